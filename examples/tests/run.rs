//! The examples are run against a real server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::Stdio;
use std::time::Duration;

use heimdall_sdk::{Client, NewUser};
use heimdall_server::boot;
use heimdall_server::config::Config;
use heimdall_server::kernel::Clock;
use heimdall_server::serve::Server;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

const ADMIN_KEY: &str = "hdk_0123456789abcdefghijklmnopqrstuvwxyz";

struct Heimdall {
    base: String,
    admin: Client,
    _server: Server,
    _folder: tempfile::TempDir,
}

async fn heimdall() -> Heimdall {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let base = format!("http://127.0.0.1:{port}/heimdall");
    let folder = tempfile::tempdir().unwrap();
    let settings: BTreeMap<String, String> = [
        (
            "DATABASE_URL",
            format!("sqlite://{}/heimdall.db", folder.path().display()),
        ),
        ("LISTEN", format!("127.0.0.1:{port}")),
        ("PUBLIC_URL", base.clone()),
        ("ADMIN_KEY", ADMIN_KEY.to_owned()),
        ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let booted = boot::boot(Config::read(settings, None).unwrap(), Clock::system())
        .await
        .unwrap();
    let _server = Server::start(booted.heimdall).await.unwrap();
    let admin = Client::new(&base, ADMIN_KEY).unwrap();
    Heimdall {
        base,
        admin,
        _server,
        _folder: folder,
    }
}

impl Heimdall {
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("HEIMDALL_URL", &self.base)
            .env("HEIMDALL_ADMIN_KEY", ADMIN_KEY)
            .env("HEIMDALL_TOKEN", ADMIN_KEY)
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs a program to its end; what it printed.
    async fn run(&self, program: &str) -> String {
        let output = self.command(program).output().await.unwrap();
        assert!(
            output.status.success(),
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A program that goes on, and its lines.
async fn start(mut command: Command) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    (child, lines)
}

async fn line(lines: &mut Lines<BufReader<ChildStdout>>) -> String {
    let line = tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await;
    line.expect("a line within 30 seconds")
        .unwrap()
        .expect("the program is still running")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_do_what_they_say() {
    let heimdall = heimdall().await;

    let onboarding = heimdall.run(env!("CARGO_BIN_EXE_onboarding")).await;
    assert!(
        onboarding.contains("ada@acme-corp.example may billing:read billing:write"),
        "{onboarding}"
    );

    let service = heimdall.run(env!("CARGO_BIN_EXE_service")).await;
    assert!(
        service.contains("may billing:read for 3600 seconds"),
        "{service}"
    );
    assert!(
        service.contains("the first secret is no good any more"),
        "{service}"
    );

    let (_receiver, mut heard) = start(heimdall.command(env!("CARGO_BIN_EXE_events"))).await;
    assert_eq!(line(&mut heard).await, "listening");

    let invite = heimdall.run(env!("CARGO_BIN_EXE_invite")).await;
    assert!(invite.contains("join Acme Corp as viewer"), "{invite}");
    assert!(invite.contains("and may billing:read"), "{invite}");
    // Deliveries overtake one another: each is heard, in whatever order.
    let mut awaited = vec!["heard of invite.created", "provision usr_", "welcome usr_"];
    while !awaited.is_empty() {
        let heard = line(&mut heard).await;
        awaited.retain(|awaited| !heard.starts_with(awaited));
    }

    let app = heimdall.admin.apps().get("acme-corp").await.unwrap();
    let mut verify = heimdall.command(env!("CARGO_BIN_EXE_verify"));
    verify.env("HEIMDALL_APP_ID", &app.id);
    let (_service, mut said) = start(verify).await;
    let address = line(&mut said).await;
    let users = heimdall.admin.app("acme-corp").users();
    let nobody = NewUser::new("carol@acme-corp.example").with_password("a house on the hill");
    users.create(&nobody).await.unwrap();
    let sign_in = |email: &'static str, password: &'static str| {
        let client = heimdall.admin.without_bearer();
        async move {
            client
                .app("acme-corp")
                .tokens()
                .password(email, password)
                .await
                .unwrap()
                .access_token
        }
    };
    let http = reqwest::Client::new();
    let bob = sign_in("bob@contractor.example", "a river runs through it").await;
    let carol = sign_in("carol@acme-corp.example", "a house on the hill").await;
    for (token, status) in [
        (bob.expose(), 200),
        (carol.expose(), 403),
        ("nonsense", 401),
    ] {
        let answer = http.get(&address).bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
    }
}

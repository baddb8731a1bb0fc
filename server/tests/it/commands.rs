//! The commands of the binary, run as an operator runs them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::postgres::{self, free_port};
use crate::support::{ADMIN_KEY, PASSWORD, TestServer};

/// What a command came to.
#[derive(Debug)]
struct Ran {
    succeeded: bool,
    printed: String,
    complained: String,
}

/// Runs a command with the settings of a server.
async fn heimdall(server: &TestServer, arguments: &[&str]) -> Ran {
    run(server.environment(), arguments).await
}

async fn run(settings: Vec<(String, String)>, arguments: &[&str]) -> Ran {
    let output = binary(settings, arguments).output().await.unwrap();
    Ran {
        succeeded: output.status.success(),
        printed: String::from_utf8(output.stdout).unwrap(),
        complained: String::from_utf8(output.stderr).unwrap(),
    }
}

fn binary(settings: Vec<(String, String)>, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heimdall"));
    command
        .args(arguments)
        .envs(settings)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

#[track_caller]
fn succeeded(ran: Ran) -> String {
    assert!(ran.succeeded, "{ran:?}");
    ran.printed
}

async fn created(server: &TestServer, path: &str, body: Value) -> Value {
    let body = body.to_string();
    let answer = server.raw("POST", path, ADMIN_KEY, Some(&body)).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

/// A request whose answer is kept.
async fn repeatable(server: &TestServer) -> (u16, Option<String>, String) {
    let url = format!("{}/v1/apps/acme/credentials", server.base);
    let body = json!({"name": "once", "permissions": ["billing:read"]});
    let request = server.http.post(url).bearer_auth(ADMIN_KEY);
    let request = request
        .header("idempotency-key", "the-one-and-only")
        .header("content-type", "application/json");
    let answer = request.body(body.to_string()).send().await.unwrap();
    let replayed = answer.headers().get("idempotent-replayed");
    let replayed = replayed.map(|value| value.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    (status, replayed, answer.text().await.unwrap())
}

on_both! {
    async fn a_copy_to_the_other_database_has_lost_nothing(server) {
        server.app("acme").await;
        let signed_in = server.sign_in("acme", "viewer@acme.example").await;
        let numbers = json!({"whole": 1.0, "round": 1e2, "big": 1e21, "small": -0.25, "text": "Ω\u{1F980}"});
        created(&server, "/v1/apps/acme/users", json!({
            "email": "Numbers@acme.example", "metadata": numbers,
        })).await;
        let invite = created(&server, "/v1/apps/acme/invites", json!({"role": "viewer"})).await;
        let hook = json!({"url": "http://127.0.0.1:9/", "events": ["*"]});
        created(&server, "/v1/apps/acme/webhooks", hook).await;
        let first = repeatable(&server).await;
        let events = server.events_of("acme").await;
        let (from, to) = (server.database(), server.other_database().await);

        let server = server.paused().await;
        let copy = ["copy", "--from", from.as_str(), "--to", to.as_str()];
        let printed = succeeded(heimdall(&server, &copy).await);
        assert!(printed.contains("Copied: every table"), "{printed}");
        let again = succeeded(heimdall(&server, &copy).await);
        assert!(again.contains("It had all been copied before"), "{again}");
        let server = server.started_over(to).await;

        let me = server.admin.with_bearer(signed_in.access_token.clone());
        assert_eq!(me.me().get().await.unwrap().email, "viewer@acme.example");
        let refresh = signed_in.refresh_token.clone().unwrap();
        server.admin.app("acme").tokens().refresh(refresh).await.unwrap();
        let users = server.raw("GET", "/v1/apps/acme/users?email=numbers@acme.example", ADMIN_KEY, None);
        let users = users.await.json();
        assert_eq!(users["data"][0]["email"], "Numbers@acme.example");
        for (name, number) in numbers.as_object().unwrap() {
            let found = &users["data"][0]["metadata"][name];
            assert!(found == number || found.as_f64() == number.as_f64(), "{name}: {found}");
        }
        let token = invite["token"].as_str().unwrap();
        let accepted = json!({"display_name": "Bob", "email": "bob@acme.example", "password": PASSWORD});
        created(&server, &format!("/v1/invites/{token}/accept"), accepted).await;
        let second = repeatable(&server).await;
        assert_eq!((second.0, second.1.as_deref(), &second.2), (201, Some("true"), &first.2));
        let (now, then) = (server.events_of("acme").await, events.len());
        assert_eq!(now[..then], events[..]);
        succeeded(heimdall(&server, &["audit", "verify"]).await);
    }

    async fn a_copy_goes_into_an_empty_database_only(server) {
        server.app("acme").await;
        let other = TestServer::sqlite().await;
        other.app("globex").await;
        let (from, to) = (server.database(), other.database());
        let other = other.paused().await;

        let refused = heimdall(&server, &["copy", "--from", &from, "--to", &to]).await;

        assert!(!refused.succeeded);
        assert!(refused.complained.contains("needs an empty database"), "{refused:?}");
        let other = other.started_over(to).await;
        assert!(other.admin.apps().get("globex").await.is_ok());
        assert!(other.admin.apps().get("acme").await.is_err());
    }

    async fn a_copy_that_is_killed_leaves_nothing_and_can_be_repeated(server) {
        server.app("acme").await;
        for batch in 0..4 {
            let row = |at| json!({"email": format!("{batch}-{at}@acme.example")});
            let rows: Vec<_> = (0..250).map(row).collect();
            let import = json!({"users": rows}).to_string();
            let answer = server.raw("POST", "/v1/apps/acme/users/import", ADMIN_KEY, Some(&import));
            assert_eq!(answer.await.status, 201);
        }
        let count = server.events_of("acme").await.len();
        let (from, to) = (server.database(), server.other_database().await);
        let server = server.paused().await;
        let copy = ["copy", "--from", from.as_str(), "--to", to.as_str()];
        for after in [60, 120, 180, 240] {
            let mut interrupted: Child = binary(server.environment(), &copy).spawn().unwrap();
            // Wherever it is by then: that is the point.
            let _ = tokio::time::timeout(Duration::from_millis(after), interrupted.wait()).await;
            interrupted.kill().await.unwrap();
        }

        succeeded(heimdall(&server, &copy).await);

        let server = server.started_over(to).await;
        assert_eq!(server.events_of("acme").await.len(), count);
    }

    async fn a_changed_log_is_found_by_the_command_and_by_whoever_has_an_export(server) {
        server.app("acme").await;
        let folder = tempfile::tempdir().unwrap();
        let (export, kept) = (folder.path().join("export"), folder.path().join("kept"));
        let (export_path, kept_path) = (export.to_str().unwrap(), kept.to_str().unwrap());
        let page = server.raw("GET", "/v1/apps/acme/events?limit=3", ADMIN_KEY, None).await.text;
        let rest = server.raw("GET", "/v1/apps/acme/audit-logs?limit=200", ADMIN_KEY, None).await;
        std::fs::write(&export, format!("{page}\n{}", rest.text)).unwrap();
        let signed = server.raw("GET", "/v1/apps/acme/events/checkpoint", ADMIN_KEY, None).await;
        let signed = signed.json();
        std::fs::write(&kept, format!("{}\n", signed["checkpoint"].as_str().unwrap())).unwrap();
        let whole = ["audit", "verify", "--checkpoints", kept_path];
        let exported = ["audit", "verify", "--export", export_path, "--checkpoints", kept_path];

        let sound = succeeded(heimdall(&server, &whole).await);
        assert!(sound.contains("sound") && !sound.contains("NOT"), "{sound}");
        succeeded(heimdall(&server, &exported).await);

        // A word changed in the export.
        let changed = std::fs::read_to_string(&export).unwrap().replace("user.created", "user.updated");
        std::fs::write(&export, changed).unwrap();
        let ran = heimdall(&server, &exported).await;
        assert!(!ran.succeeded && ran.printed.contains("was changed"), "{ran:?}");

        // The last entry cut off behind the server's back, with every trace of it but the checkpoint.
        let last = signed["seq"].as_i64().unwrap();
        let mut tx = server.heimdall().db.begin().await.unwrap();
        tx.query("DELETE FROM events WHERE seq = $1 AND app_id = $2").bind(last)
            .bind(signed["app_id"].as_str().unwrap()).execute().await.unwrap();
        tx.query("UPDATE event_heads SET last_seq = $1 - 1, last_hash = (SELECT hash FROM events
            WHERE app_id = $2 AND seq = $1 - 1) WHERE app_id = $2").bind(last)
            .bind(signed["app_id"].as_str().unwrap()).execute().await.unwrap();
        tx.commit().await.unwrap();
        succeeded(heimdall(&server, &["audit", "verify"]).await);
        let ran = heimdall(&server, &whole).await;
        assert!(!ran.succeeded && ran.printed.contains("once went on to"), "{ran:?}");

        // What an entry says, in the database.
        let mut tx = server.heimdall().db.begin().await.unwrap();
        tx.query("UPDATE events SET actor_id = 'somebody' WHERE seq = 2").execute().await.unwrap();
        tx.commit().await.unwrap();
        let ran = heimdall(&server, &["audit", "verify"]).await;
        assert!(!ran.succeeded && ran.printed.contains("entry 2 ("), "{ran:?}");
    }

    async fn a_checkpoint_comes_daily_and_is_no_token(server) {
        let tenant = server.app("acme").await;
        server.advance(Duration::from_secs(25 * 3600));
        let mut found = None;
        for _ in 0..1200 {
            let events = server.events_of("acme").await;
            found = events.into_iter().find(|event| event.kind.to_string() == "audit.checkpoint");
            if found.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let found = found.expect("a checkpoint within a minute of a day later");
        assert_eq!(found.target.id, tenant.app.id);
        let signed = found.data["checkpoint"].as_str().unwrap();
        let answer = server.raw("GET", "/v1/me", signed, None).await;
        assert_eq!((answer.status, answer.code()), (401, "UNAUTHENTICATED".into()));
        succeeded(heimdall(&server, &["audit", "verify"]).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_running_server_is_whole_and_private() {
    let server = TestServer::sqlite().await;
    server.app("acme").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backup.db");
    let backup = ["backup", "--to", file.to_str().unwrap()];

    let printed = succeeded(heimdall(&server, &backup).await);
    assert!(printed.contains("checked"), "{printed}");
    server.app("globex").await;

    let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    let again = heimdall(&server, &backup).await;
    assert!(
        !again.succeeded && again.complained.contains("overwrites nothing"),
        "{again:?}"
    );
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let restored = server.paused().await;
    let restored = restored
        .started_over(format!("sqlite://{}", file.display()))
        .await;
    assert!(restored.admin.apps().get("acme").await.is_ok());
    assert!(restored.admin.apps().get("globex").await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_postgresql_is_pg_dumps_work() {
    let server = TestServer::postgres().await;
    let ran = heimdall(&server, &["backup", "--to", "nowhere.db"]).await;
    assert!(
        !ran.succeeded && ran.complained.contains("pg_dump"),
        "{ran:?}"
    );
}

/// Starts the server in a folder; what it printed up to its `curl`.
async fn start_in(folder: &Path, port: u16) -> (Child, String) {
    let settings = vec![
        ("HEIMDALL_LISTEN".to_owned(), format!("127.0.0.1:{port}")),
        (
            "HEIMDALL_PUBLIC_URL".to_owned(),
            format!("http://127.0.0.1:{port}/heimdall"),
        ),
    ];
    let mut child = binary(settings, &[]).current_dir(folder).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut printed = String::new();
    while !printed.contains("-d '{") {
        let line = tokio::time::timeout(Duration::from_secs(30), lines.next_line()).await;
        let line = line.expect("it starts within 30 seconds").unwrap();
        printed.push_str(&line.expect("it goes on"));
        printed.push('\n');
    }
    (child, printed)
}

/// Asks a process to stop; whether it ended well.
async fn terminate(mut child: Child) -> bool {
    let id = child.id().unwrap().to_string();
    let kill = Command::new("kill").args(["-TERM", &id]).status().await;
    assert!(kill.unwrap().success());
    let ended = tokio::time::timeout(Duration::from_secs(30), child.wait()).await;
    ended.expect("it drains and stops").unwrap().success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_makes_everything_and_the_second_finds_it() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let base = format!("http://127.0.0.1:{port}/heimdall");

    let (server, printed) = start_in(folder.path(), port).await;
    for told in [
        &*format!("127.0.0.1:{port}"),
        &base,
        &format!("{base}/docs"),
        "admin key     hdk_",
    ] {
        assert!(printed.contains(told), "{told}: {printed}");
    }
    // The curl is pasted as it is.
    let curl = &printed[printed.find("  curl").unwrap()..];
    let pasted = Command::new("sh")
        .args(["-c", curl])
        .output()
        .await
        .unwrap();
    let app: Value = serde_json::from_slice(&pasted.stdout).unwrap();
    assert_eq!(app["name"], "acme-corp");
    let data = folder.path().join("heimdall-data");
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(&data), mode(&data.join("master.key"))),
        (0o700, 0o600)
    );
    assert!(terminate(server).await);

    let (server, printed) = start_in(folder.path(), port).await;
    assert!(!printed.contains("hdk_"), "{printed}");
    let key = curl
        .split("Bearer ")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let app = http
        .get(format!("{base}/v1/apps/acme-corp"))
        .bearer_auth(key)
        .send();
    assert_eq!(app.await.unwrap().status(), 200);
    assert!(terminate(server).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_settings_stop_the_start_and_are_all_named() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [
        ("HEIMDALL_LISTEN", "everywhere"),
        ("HEIMDALL_SIGNING_ALGORITHM", "none"),
        ("HEIMDALL_ADMIN_KEY", "secret"),
    ];
    let settings = settings
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    let output = binary(settings, &[])
        .current_dir(folder.path())
        .output()
        .await
        .unwrap();
    let complained = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    for right in [
        "HEIMDALL_LISTEN",
        "HEIMDALL_SIGNING_ALGORITHM",
        "ES256",
        "HEIMDALL_ADMIN_KEY",
        "hdk_",
    ] {
        assert!(complained.contains(right), "{right}: {complained}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

on_both! {
    async fn keys_are_made_listed_and_ended_by_command(server) {
        server.app("acme").await;
        let made = succeeded(heimdall(&server, &["admin-key", "create", "--app", "acme", "--permission", "users:read"]).await);
        let (id, key) = made.trim().split_once("  ").unwrap();
        assert_eq!(server.raw("GET", "/v1/apps/acme/users", key, None).await.status, 200);
        assert_eq!(server.raw("GET", "/v1/apps/acme/roles", key, None).await.status, 403);
        let listed = succeeded(heimdall(&server, &["admin-key", "list"]).await);
        assert!(listed.contains(id) && !listed.contains(key), "{listed}");
        succeeded(heimdall(&server, &["admin-key", "revoke", id]).await);
        assert_eq!(server.raw("GET", "/v1/apps/acme/users", key, None).await.status, 401);

        let rotated = succeeded(heimdall(&server, &["signing-key", "rotate"]).await);
        let kid = rotated.split_whitespace().next().unwrap();
        assert!(succeeded(heimdall(&server, &["signing-key", "list"]).await).contains(kid));
        assert!(succeeded(heimdall(&server, &["healthcheck"]).await).contains("ready"));
        assert!(succeeded(heimdall(&server, &["migrate"]).await).contains("up to date"));
    }

    async fn a_schema_that_is_newer_or_half_done_stops_the_start_with_its_reason(server) {
        let server = server;
        let mut tx = server.heimdall().db.begin().await.unwrap();
        tx.query("INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
            SELECT 9999, 'later', TRUE, checksum, 0 FROM _sqlx_migrations WHERE version = 1").execute().await.unwrap();
        tx.commit().await.unwrap();
        let ran = heimdall(&server, &["migrate"]).await;
        assert!(!ran.succeeded && ran.complained.contains("newer heimdall"), "{ran:?}");

        let mut tx = server.heimdall().db.begin().await.unwrap();
        tx.query("DELETE FROM _sqlx_migrations WHERE version = 9999").execute().await.unwrap();
        tx.query("UPDATE _sqlx_migrations SET success = FALSE WHERE version = 3").execute().await.unwrap();
        tx.commit().await.unwrap();
        let ran = heimdall(&server, &["migrate"]).await;
        assert!(!ran.succeeded && ran.complained.contains("not finished"), "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_names_what_is_wrong_with_its_ends() {
    let server = TestServer::sqlite().await;
    let at = server.database();
    let nowhere = "sqlite:///nowhere/at/all.db";
    for (from, to, told) in [
        (&*at, &*at, "the same database"),
        (nowhere, &at, "there is no database at"),
        ("mysql://x", &at, "sqlite://"),
    ] {
        let ran = heimdall(&server, &["copy", "--from", from, "--to", to]).await;
        assert!(!ran.succeeded && ran.complained.contains(told), "{ran:?}");
    }
    let empty = postgres::cluster().database().await;
    let ran = heimdall(&server, &["copy", "--from", &empty, "--to", &at]).await;
    assert!(
        !ran.succeeded && ran.complained.contains("its schema"),
        "{ran:?}"
    );
}

//! The server as an operator runs it: a process of its own, which can be killed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::Stdio;
use std::time::Duration;

use heimdall_sdk::Client;
use tokio::process::{Child, Command};

use crate::postgres::free_port;
use crate::support::{ADMIN_KEY, MASTER_KEY};

/// A process that runs the binary of this build.
#[derive(Debug)]
pub(crate) struct Binary {
    settings: Vec<(String, String)>,
    base: String,
    child: Child,
}

impl Binary {
    /// Starts one over a database, with more settings, named without their `HEIMDALL_`; answers when it is ready.
    pub(crate) async fn start(database: &str, more: &[(&str, &str)]) -> Self {
        let port = free_port();
        let base = format!("http://127.0.0.1:{port}/heimdall");
        let own = [
            ("DATABASE_URL", database),
            ("LISTEN", &format!("127.0.0.1:{port}")),
            ("PUBLIC_URL", &base),
            ("ADMIN_KEY", ADMIN_KEY),
            ("MASTER_KEY", MASTER_KEY),
            ("RATE_LIMITS", "off"),
        ];
        let settings = own.iter().chain(more);
        let settings: Vec<_> = settings
            .map(|(name, value)| (format!("HEIMDALL_{name}"), (*value).to_owned()))
            .collect();
        let child = Self::spawn(&settings);
        let binary = Self {
            settings,
            base,
            child,
        };
        binary.ready().await;
        binary
    }

    fn spawn(settings: &[(String, String)]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_heimdall"))
            .envs(settings.iter().cloned())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    async fn ready(&self) {
        let ready = format!("{}/readyz", self.base.trim_end_matches("/heimdall"));
        let answered = tokio::time::timeout(Duration::from_secs(30), async {
            while !matches!(reqwest::get(&ready).await, Ok(answer) if answer.status().is_success())
            {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        answered
            .await
            .expect("the server is ready within 30 seconds");
    }

    /// SIGKILL, and a new start over what is left.
    pub(crate) async fn kill_and_start_again(&mut self) {
        self.child.kill().await.unwrap();
        self.child = Self::spawn(&self.settings);
        self.ready().await;
    }

    /// A client with the admin key, which tries everything once.
    pub(crate) fn client(&self) -> Client {
        Client::builder(&self.base)
            .bearer(ADMIN_KEY)
            .attempts(1)
            .build()
            .unwrap()
    }
}

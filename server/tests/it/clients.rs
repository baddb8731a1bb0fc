//! Clients that no one here wrote: of npm and PyPI, against the real server.

use heimdall_sdk::NewCredential;
use tokio::process::Command;

use crate::support::{TestServer, succeeds};

async fn run(server: &TestServer, program: &str, script: &str) {
    let tenant = server.app("acme").await;
    let new = NewCredential::new("client", ["billing:read"]);
    let made = server
        .admin
        .app("acme")
        .credentials()
        .create(&new)
        .await
        .unwrap();
    let secret = made.client_secret.unwrap();
    succeeds(
        Command::new(program)
            .arg(format!(
                "{}/tests/clients/{script}",
                env!("CARGO_MANIFEST_DIR")
            ))
            .args([
                "--base",
                &server.base,
                "--client-id",
                &made.client_id,
                "--client-secret",
                secret.expose(),
            ])
            .args(["--app-id", &tenant.app.id]),
    )
    .await;
}

on_both! {
    async fn oauth4webapi_and_jose_get_check_and_revoke_tokens(server) {
        run(&server, "node", "node/oauth.mjs").await;
    }

    async fn authlib_and_pyjwt_get_and_check_tokens(server) {
        run(&server, concat!(env!("CARGO_TARGET_TMPDIR"), "/../python/bin/python"), "python/oauth.py").await;
    }
}

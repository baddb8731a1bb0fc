//! The five guides, as their code stands in the document, in Node.js against the real server.

use tokio::process::Command;

use crate::support::{ADMIN_KEY, TestServer, succeeds};

/// The guides' code names this host; the server is told that it is the one.
const PUBLIC_URL: &str = "https://api.productcraft.co/heimdall";

async fn run(server: TestServer) {
    let origin = format!("http://{}", server.address());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/guides/run.mjs");
    succeeds(Command::new("node").args([script, "--origin", &origin, "--admin-key", ADMIN_KEY]))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_of_the_five_guides_works_as_it_stands_on_sqlite() {
    run(TestServer::sqlite_with(&[("PUBLIC_URL", PUBLIC_URL)]).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_of_the_five_guides_works_as_it_stands_on_postgres() {
    run(TestServer::postgres_with(&[("PUBLIC_URL", PUBLIC_URL)]).await).await;
}

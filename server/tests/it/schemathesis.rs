//! A stranger's tool reads the document and tries everything that it says, and what it does not say: no 5xx, and no answer that the
//! document does not describe.

use std::process::Stdio;

use tokio::process::Command;

use crate::support::{ADMIN_KEY, TestServer};

/// What must hold of every answer. Whether an input should have been refused is left out: what HTTP itself does to a header
/// (trimming it, say) makes good ones of bad ones.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,positive_data_acceptance,unsupported_method";

async fn finds_nothing(server: TestServer) {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/schemathesis/schemathesis.toml"
    );
    let document = format!("{}/v1/openapi.json", server.base);
    let bearer = format!("Authorization: Bearer {ADMIN_KEY}");
    let scratch = tempfile::tempdir().unwrap();
    let output = Command::new(concat!(
        env!("CARGO_TARGET_TMPDIR"),
        "/../python/bin/schemathesis"
    ))
    .args([
        "--config-file",
        folder,
        "run",
        &document,
        "--url",
        &server.base,
        "--header",
        &bearer,
    ])
    .args([
        "--checks",
        CHECKS,
        "--phases",
        "coverage,fuzzing",
        "--max-examples",
        "5",
        "--generation-deterministic",
        "--no-color",
    ])
    .current_dir(scratch.path())
    .stdin(Stdio::null())
    .output()
    .await
    .expect("schemathesis runs; .ci/prepare installs it");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_nothing_on_sqlite() {
    finds_nothing(TestServer::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn schemathesis_finds_nothing_on_postgres() {
    finds_nothing(TestServer::postgres().await).await;
}

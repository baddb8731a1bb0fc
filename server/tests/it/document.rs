//! The document that is checked in is the one that the server generates, byte for byte.

#[tokio::test]
async fn the_document_checked_in_is_the_one_generated() {
    let generated = heimdall_server::api::document_of_a_fresh_server()
        .await
        .unwrap();
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/heimdall.json");
    let checked_in = std::fs::read_to_string(file).unwrap();
    assert!(
        generated == checked_in,
        "run: cargo run -p heimdall-server -- openapi > openapi/heimdall.json"
    );
}

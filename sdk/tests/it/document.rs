//! The client has a method for every operation that the server's document has, and no other.

use std::collections::BTreeSet;

use heimdall_sdk::OPERATIONS;
use serde_json::Value;

#[test]
fn the_operations_are_those_of_the_document() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/heimdall.json");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut documented = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            documented.insert((id, method.to_uppercase(), path.as_str()));
        }
    }
    let known: BTreeSet<_> = OPERATIONS
        .iter()
        .map(|(id, method, path)| (*id, (*method).to_owned(), *path))
        .collect();
    assert_eq!(known, documented);
}

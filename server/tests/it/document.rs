//! The document: it is the one that the server generates, byte for byte; it bounds whatever a request is made of; a linter has nothing
//! to say of it.

use serde_json::Value;
use std::collections::BTreeSet;
use tokio::process::Command;

use crate::support::succeeds;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/heimdall.json");

fn document() -> Value {
    serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap()
}

#[tokio::test]
async fn the_document_checked_in_is_the_one_generated() {
    let generated = heimdall_server::api::document_of_a_fresh_server()
        .await
        .unwrap();
    let checked_in = std::fs::read_to_string(FILE).unwrap();
    assert!(
        generated == checked_in,
        "run: cargo run -p heimdall-server -- openapi > openapi/heimdall.json"
    );
}

#[test]
fn whatever_a_request_is_made_of_has_its_bounds_in_the_document() {
    let document = document();
    let mut walk = Walk {
        schemas: &document["components"]["schemas"],
        entered: BTreeSet::new(),
        unbounded: BTreeSet::new(),
    };
    for operation in operations(&document) {
        let id = operation["operationId"].as_str().unwrap();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap();
            walk.schema(&parameter["schema"], &format!("{id}?{name}"));
        }
        let content = operation["requestBody"]["content"].as_object();
        for (_, media) in content.into_iter().flatten() {
            walk.schema(&media["schema"], id);
        }
    }
    assert!(walk.entered.len() > 20, "{:?}", walk.entered);
    assert!(walk.unbounded.is_empty(), "{:#?}", walk.unbounded);
}

fn operations(document: &Value) -> impl Iterator<Item = &Value> {
    let paths = document["paths"].as_object().unwrap().values();
    paths.flat_map(|path| path.as_object().unwrap().values())
}

/// Goes through every schema that a request is made of.
struct Walk<'a> {
    schemas: &'a Value,
    entered: BTreeSet<String>,
    unbounded: BTreeSet<String>,
}

impl Walk<'_> {
    fn schema(&mut self, schema: &Value, place: &str) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap();
            if self.entered.insert(name.to_owned()) {
                self.schema(&self.schemas[name], name);
            }
            return;
        }
        for parts in ["allOf", "anyOf", "oneOf"] {
            for part in schema[parts].as_array().into_iter().flatten() {
                self.schema(part, place);
            }
        }
        let has = |bound: &str| !schema[bound].is_null();
        match schema["type"].as_str() {
            Some("string") if has("enum") => {}
            Some("string") => {
                self.check(has("maxLength"), place, "maxLength");
                let is_some_text = has("pattern") || has("format");
                self.check(is_some_text, place, "characters that it is made of");
            }
            Some("integer" | "number") => {
                self.check(
                    has("minimum") && has("maximum"),
                    place,
                    "minimum or maximum",
                );
            }
            Some("boolean") => {}
            Some("array") => {
                self.check(has("maxItems"), place, "maxItems");
                self.schema(&schema["items"], &format!("{place}[]"));
            }
            Some("object") => {
                for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                    self.schema(property, &format!("{place}.{name}"));
                }
                match &schema["additionalProperties"] {
                    Value::Bool(false) => {}
                    any => {
                        self.check(has("maxProperties"), place, "maxProperties");
                        // Whatever it is, it is within the bounds of the whole.
                        if any.as_object().is_some_and(|any| !any.is_empty()) {
                            self.schema(any, &format!("{place}.*"));
                        }
                    }
                }
            }
            _ => {
                let is_union = ["allOf", "anyOf", "oneOf"].iter().any(|parts| has(parts));
                self.check(is_union, place, "type");
            }
        }
    }

    fn check(&mut self, holds: bool, place: &str, lacks: &str) {
        if !holds {
            self.unbounded.insert(format!("{place} has no {lacks}"));
        }
    }
}

#[tokio::test]
async fn a_linter_reports_nothing_of_the_document() {
    let clients = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    succeeds(
        Command::new(format!("{clients}/node_modules/.bin/spectral"))
            .args(["lint", "--fail-severity", "hint", "--ruleset"])
            .args([&format!("{clients}/spectral/ruleset.yaml"), FILE]),
    )
    .await;
}

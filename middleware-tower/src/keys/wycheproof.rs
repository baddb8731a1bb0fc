//! Project Wycheproof's vectors for JSON Web Signatures, over every kind of key that they have.
//!
//! No vector has an access token's header, so they meet the key itself: the parts of a compact JWS, the algorithm of its header,
//! the signature. What is valid there and not taken here is listed by name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::set;

/// How many valid vectors are not taken: those of algorithms that Heimdall does not sign with, and no other.
const NOT_TAKEN: [(&str, usize); 7] = [
    ("ES521", 2),
    ("HS256", 10),
    ("PS256", 8),
    ("PS384", 4),
    ("PS512", 4),
    ("RS384", 4),
    ("RS512", 4),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    number_of_tests: usize,
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    public: Option<Value>,
    private: Option<Value>,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    tc_id: usize,
    jws: Value,
    result: String,
}

impl Group {
    /// What a server would publish: the public half, or the secret of a group that has no other.
    fn key(&self) -> &Value {
        self.public.as_ref().or(self.private.as_ref()).unwrap()
    }

    /// Whether the key takes it for signed.
    fn accepts(&self, test: &Test) -> bool {
        let published = json!({"keys": [self.key()]}).to_string();
        let keys = set::read(published.as_bytes()).and_then(set::prepare);
        let Ok([key]) = keys.as_deref() else {
            return false;
        };
        let parts: Vec<&str> = test.jws.as_str().unwrap_or_default().split('.').collect();
        let [header, payload, signature] = parts[..] else {
            return false;
        };
        let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
        let header: Value = serde_json::from_slice(&header).unwrap_or_default();
        let signed = format!("{}.{payload}", parts[0]);
        header["alg"] == key.algorithm().as_str() && key.verifies(&signed, signature)
    }
}

#[test]
fn what_is_invalid_is_refused_and_what_is_valid_accepted_or_named_here() {
    let vectors = include_bytes!("../../tests/vectors/wycheproof-json-web-signature.json");
    let vectors: Vectors = serde_json::from_slice(vectors).unwrap();
    let (mut seen, mut accepted) = (0, 0);
    let mut not_taken: BTreeMap<&str, usize> = BTreeMap::new();
    for group in &vectors.test_groups {
        for test in &group.tests {
            seen += 1;
            match (test.result.as_str(), group.accepts(test)) {
                ("valid", true) => accepted += 1,
                ("valid", false) => {
                    let alg = group.key()["alg"].as_str().unwrap();
                    *not_taken.entry(alg).or_default() += 1;
                }
                (_, is_accepted) => assert!(!is_accepted, "accepted: {}", test.tc_id),
            }
        }
    }
    assert_eq!(seen, vectors.number_of_tests);
    assert_eq!(accepted, 10);
    assert_eq!(not_taken, BTreeMap::from(NOT_TAKEN));
}

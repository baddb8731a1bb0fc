//! What is taken out of a key set (RFC 7517 §5), and what is left in it.

use std::sync::Arc;

use jwks_client_rs::{JsonWebKey, JsonWebKeySet};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::VerificationKey;
use crate::fetch::FetchError;

/// Heimdall publishes three at most; a set of very many is no answer of Heimdall's.
const MAX_KEYS: usize = 100;

/// The private members of every key type (RFC 7518 §6). Who published one of these can't be believed any more.
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

#[derive(Deserialize)]
struct Raw {
    keys: Vec<Value>,
}

/// The keys of a set that can verify a signature. A key that is not understood is left out and spoils no other, as RFC 7517 §5
/// wants it.
pub(super) fn read(json: &[u8]) -> Result<JsonWebKeySet, FetchError> {
    let raw: Raw = serde_json::from_slice(json)?;
    if raw.keys.len() > MAX_KEYS {
        return Err(FetchError::TooManyKeys);
    }
    let verifying = raw.keys.into_iter().filter(|key| match key {
        Value::Object(key) => is_for_verifying(key),
        _ => false,
    });
    let keys: Vec<JsonWebKey> = verifying
        .filter_map(|key| serde_json::from_value(key).ok())
        .collect();
    Ok(keys.into())
}

fn is_for_verifying(jwk: &Map<String, Value>) -> bool {
    let used = jwk.get("use").is_none_or(|purpose| purpose == "sig");
    let allowed = jwk.get("key_ops").is_none_or(|operations| {
        operations
            .as_array()
            .is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
    });
    let public = PRIVATE.iter().all(|member| !jwk.contains_key(*member));
    used && allowed && public
}

/// The keys ready for use; of several with one id, the first.
pub(super) fn prepare(set: JsonWebKeySet) -> Result<Vec<Arc<VerificationKey>>, FetchError> {
    let mut keys: Vec<Arc<VerificationKey>> = Vec::new();
    for jwk in set.keys().iter().take(MAX_KEYS) {
        let known = keys.iter().any(|key| key.kid() == jwk.key_id());
        match VerificationKey::new(jwk) {
            Some(key) if !known => keys.push(Arc::new(key)),
            _ => tracing::debug!(kid = jwk.key_id(), "a key of the set is left out"),
        }
    }
    if keys.is_empty() {
        return Err(FetchError::NoKeys);
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn kids(keys: Value) -> Vec<String> {
        let set = read(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
        let keys = prepare(set).unwrap_or_default();
        keys.iter().map(|key| key.kid().to_owned()).collect()
    }

    fn ed(kid: &str, with: Value) -> Value {
        let mut key = json!({"kty": "OKP", "crv": "Ed25519", "x": X, "kid": kid});
        let members = key.as_object_mut().unwrap();
        members.extend(with.as_object().unwrap().clone());
        key
    }

    #[test]
    fn only_keys_for_verifying_are_taken() {
        let taken = kids(json!([
            ed("plain", json!({})),
            ed(
                "full",
                json!({"use": "sig", "alg": "EdDSA", "key_ops": ["verify"]})
            ),
            ed("enc", json!({"use": "enc"})),
            ed("ops", json!({"key_ops": ["encrypt"]})),
            ed("no_ops", json!({"key_ops": "verify"})),
            ed("private", json!({"d": X})),
            ed("alg", json!({"alg": "ES256"})),
            ed("curve", json!({"crv": "Ed448"})),
            ed("short", json!({"x": "AAAA"})),
            ed("padded", json!({"x": format!("{X}=")})),
        ]));
        assert_eq!(taken, ["plain", "full"]);
    }

    #[test]
    fn a_key_that_is_not_understood_spoils_no_other() {
        let secret = json!({"kty": "oct", "kid": "s", "k": "AAAA"});
        let future = json!({"kty": "AKP", "kid": "pq", "alg": "ML-DSA-44", "pub": "AAAA"});
        let nameless = json!({"kty": "OKP", "crv": "Ed25519", "x": X});
        let odd = json!([secret, future, nameless, 7, null, ed("good", json!({}))]);
        assert_eq!(kids(odd), ["good"]);
    }

    #[test]
    fn of_two_keys_with_one_id_the_first_is_taken() {
        let other = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";
        let set = json!({"keys": [ed("k", json!({})), ed("k", json!({"x": other}))]});
        let keys = prepare(read(set.to_string().as_bytes()).unwrap()).unwrap();
        let first = json!({"keys": [ed("k", json!({}))]});
        let first = prepare(read(first.to_string().as_bytes()).unwrap()).unwrap();
        assert!(keys == first);
    }

    #[test]
    fn a_set_without_a_key_to_use_is_no_set() {
        for set in [
            r#"{"keys":[]}"#,
            r#"{"keys":[{"kty":"oct","kid":"k","k":"AAAA"}]}"#,
        ] {
            let prepared = prepare(read(set.as_bytes()).unwrap());
            assert!(matches!(prepared, Err(FetchError::NoKeys)));
        }
        for set in ["{}", "[]", "<html>", "", r#"{"keys":{}}"#] {
            assert!(matches!(read(set.as_bytes()), Err(FetchError::Json(_))));
        }
    }

    #[test]
    fn a_thousand_keys_are_refused_as_a_whole() {
        let keys: Vec<Value> = (0..1000).map(|n| ed(&format!("k{n}"), json!({}))).collect();
        let set = json!({ "keys": keys }).to_string();
        assert!(matches!(read(set.as_bytes()), Err(FetchError::TooManyKeys)));
    }
}

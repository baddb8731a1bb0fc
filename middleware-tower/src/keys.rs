//! The public keys at hand.

use std::collections::HashMap;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// Keys read from a set at the most.
const MAX_KEYS: usize = 100;

/// A key, and the one algorithm that it is for. That is never what a token's header says.
pub(crate) struct Key {
    pub(crate) algorithm: Algorithm,
    pub(crate) verifies: DecodingKey,
}

/// The keys by their ids.
pub(crate) type Keys = HashMap<String, Key>;

/// Reads a JSON Web Key Set (RFC 7517, section 5). A key that can't be used is passed over, not the whole set with it;
/// `None` when it is no set.
pub(crate) fn read(json: &[u8]) -> Option<Keys> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = serde_json::from_slice(json).ok()?;
    let mut keys = Keys::new();
    for value in set.keys.into_iter().take(MAX_KEYS) {
        if let Some((kid, key)) = usable(value) {
            // Of two with one id neither can be told to be the right one; the first was there first.
            keys.entry(kid).or_insert(key);
        }
    }
    Some(keys)
}

fn usable(value: Value) -> Option<(String, Key)> {
    // A private key in a public set is a mishap; whoever else saw it could sign with it.
    if value.get("d").is_some() || value.get("k").is_some() {
        return None;
    }
    let jwk: Jwk = serde_json::from_value(value.clone()).ok()?;
    if jwk
        .common
        .public_key_use
        .as_ref()
        .is_some_and(|purpose| *purpose != PublicKeyUse::Signature)
    {
        return None;
    }
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, "ES256")
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, "EdDSA")
        }
        // 2048 bits are 342 characters of base64url; fewer are too few (RFC 7518, section 3.3).
        AlgorithmParameters::RSA(key) if key.n.len() >= 342 => (Algorithm::RS256, "RS256"),
        _ => return None,
    };
    if value
        .get("alg")
        .is_some_and(|alg| alg.as_str() != Some(name))
    {
        return None;
    }
    let kid = jwk.common.key_id.clone()?;
    let verifies = DecodingKey::from_jwk(&jwk).ok()?;
    Some((
        kid,
        Key {
            algorithm,
            verifies,
        },
    ))
}

/// The name of an algorithm, as a header has it.
pub(crate) fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::ES256 => "ES256",
        Algorithm::EdDSA => "EdDSA",
        Algorithm::RS256 => "RS256",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    #[test]
    fn what_can_not_be_used_is_passed_over() {
        let with = |extra: &str| GOOD.replace("\"kid\":\"a\"", extra);
        let set = format!(
            r#"{{"keys":[{GOOD},{},{},{},{},5,{{"kty":"oct","k":"AAAA","kid":"f"}}]}}"#,
            with(r#""kid":"b","use":"enc""#),
            with(r#""kid":"c","d":"private""#),
            with(r#""kid":"d","alg":"ES256""#),
            with(r#""no":"kid""#),
        );
        let keys = read(set.as_bytes()).unwrap();
        assert_eq!(keys.keys().collect::<Vec<_>>(), ["a"]);
        assert_eq!(keys["a"].algorithm, Algorithm::EdDSA);
    }

    #[test]
    fn what_is_no_set_is_none() {
        for bad in ["", "<html>", "[]", "{}", r#"{"keys":5}"#] {
            assert!(read(bad.as_bytes()).is_none(), "{bad}");
        }
        assert!(read(br#"{"keys":[]}"#).unwrap().is_empty());
    }
}

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::SigningKey;

pub(crate) const APP: &str = "app_01JD8QZJ4T9V6M3W2X7Y5N0KRB";
pub(crate) const OTHER_APP: &str = "app_01JD8QZJ4T0000000000000000";
pub(crate) const USER: &str = "usr_01JD8QZJ4T9V6M3W2X7Y5N0KRC";

/// What Heimdall says of a user with `billing:read` and `users:invite`, signed in at that second.
pub(crate) fn claims(issuer: &str, iat: i64) -> Value {
    json!({
        "iss": issuer, "sub": USER, "aud": APP, "exp": iat + 3600, "iat": iat, "nbf": iat,
        "jti": "tok_01JD8QZJ4T9V6M3W2X7Y5N0KRD", "app_id": APP, "app": "acme-corp", "user_id": USER,
        "client_id": APP, "sid": "ses_01JD8QZJ4T9V6M3W2X7Y5N0KRE", "roles": ["editor"],
        "permissions": ["billing:read", "users:invite"], "scope": "billing:read users:invite",
        "iat_us": iat * 1_000_000 + 500_000,
    })
}

/// One part of a token: text as it is, anything else as JSON.
pub(crate) fn segment(part: &Value) -> String {
    match part {
        Value::String(text) => URL_SAFE_NO_PAD.encode(text),
        json => URL_SAFE_NO_PAD.encode(json.to_string()),
    }
}

/// A token with any header and any payload, really signed.
pub(crate) fn forge(header: &Value, payload: &Value, key: &SigningKey) -> String {
    let signed = format!("{}.{}", segment(header), segment(payload));
    let signature = key.sign(&signed);
    format!("{signed}.{signature}")
}

//! The answers to what was refused: Heimdall's error body, and the challenge of RFC 6750 §3.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, header};
use serde_json::{Value, json};

use crate::Refusal;

const MAX_REQUEST_ID_LEN: usize = 128;

/// Seconds after which to try again when tokens can't be verified.
const RETRY_AFTER: &str = "1";

impl Refusal {
    /// The answer, with Heimdall's error body: `{"error": {"code", "message", "details": [{"field", "reason"}], "request_id"}}`.
    ///
    /// The layers give it by themselves; this is for a framework that is no tower service. `request` is the headers of the request,
    /// whose `X-Request-Id` is repeated.
    #[must_use]
    pub fn response<B: From<Bytes>>(&self, request: &HeaderMap) -> Response<B> {
        let request_id = request_id(request);
        tracing::debug!(refusal = ?self, request_id, "a request was refused");
        let body = json!({"error": {
            "code": self.code(), "message": self.to_string(), "details": details(self), "request_id": request_id,
        }});
        let mut response = Response::new(B::from(Bytes::from(body.to_string())));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/json");
        headers.insert(header::CONTENT_TYPE, json);
        if let Some(challenge) = challenge(self) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if matches!(self, Self::Unavailable) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        }
        response
    }
}

fn details(refusal: &Refusal) -> Vec<Value> {
    match refusal {
        Refusal::PermissionDenied(missing) => missing
            .iter()
            .map(|permission| json!({"field": "permission", "reason": format!("{permission} is required")}))
            .collect(),
        _ => Vec::new(),
    }
}

/// A request without any token gets the bare realm: RFC 6750 §3.1 wants no error code then.
fn challenge(refusal: &Refusal) -> Option<HeaderValue> {
    let value = match refusal {
        Refusal::Unavailable => return None,
        Refusal::NoToken => "Bearer realm=\"heimdall\"".to_owned(),
        Refusal::Invalid(_) | Refusal::Expired | Refusal::Revoked | Refusal::Stale => {
            format!(
                "Bearer realm=\"heimdall\", error=\"invalid_token\", error_description=\"{refusal}\""
            )
        }
        Refusal::PermissionDenied(missing) => format!(
            "Bearer realm=\"heimdall\", error=\"insufficient_scope\", scope=\"{}\"",
            missing.join(" ").replace(['"', '\\'], "")
        ),
    };
    // What the service itself asked for may hold anything; a challenge without the scope still is one.
    let bare = HeaderValue::from_static("Bearer realm=\"heimdall\", error=\"insufficient_scope\"");
    Some(HeaderValue::try_from(value).unwrap_or(bare))
}

/// The caller's `X-Request-Id`, when it is sane. No new one is made: that is the business of whatever logs it.
fn request_id(headers: &HeaderMap) -> &str {
    let sent = headers.get("x-request-id");
    let sent = sent.and_then(|value| value.to_str().ok());
    sent.filter(|id| is_sane(id)).unwrap_or_default()
}

fn is_sane(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (1..=MAX_REQUEST_ID_LEN).contains(&id.len()) && id.bytes().all(plain)
}

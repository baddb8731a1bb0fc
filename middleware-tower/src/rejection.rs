//! What is answered to a request that does not get through.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Response, StatusCode};
use serde_json::json;

/// Why a request does not get through.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rejection {
    /// No bearer token, or not exactly one.
    NoToken,
    /// The token is none of this App's: 401 `UNAUTHENTICATED`.
    Unauthenticated,
    /// 401 `TOKEN_EXPIRED`.
    TokenExpired,
    /// Its session, user, client, App or key has been revoked: 401 `TOKEN_REVOKED`.
    TokenRevoked,
    /// The rights behind it have changed; a refreshed token has the new ones: 401 `TOKEN_STALE`.
    TokenStale,
    /// It lacks this permission: 403 `PERMISSION_DENIED`.
    PermissionDenied(String),
    /// Nothing can be said of it now: no keys could be fetched yet, or what is known of revocations is older than
    /// allowed. 503 `UNAVAILABLE`.
    Unavailable,
}

impl Rejection {
    /// 401, 403 or 503.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::PermissionDenied(_) => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        }
    }

    /// The code of the error body.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoToken | Self::Unauthenticated => "UNAUTHENTICATED",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::TokenRevoked => "TOKEN_REVOKED",
            Self::TokenStale => "TOKEN_STALE",
            Self::PermissionDenied(_) => "PERMISSION_DENIED",
            Self::Unavailable => "UNAVAILABLE",
        }
    }

    /// For people.
    pub fn message(&self) -> &'static str {
        match self {
            Self::NoToken => "A bearer token is needed.",
            Self::Unauthenticated => "The token is not valid here.",
            Self::TokenExpired => "The token has expired.",
            Self::TokenRevoked => "The token has been revoked.",
            Self::TokenStale => "The rights behind this token have changed; refresh it.",
            Self::PermissionDenied(_) => "The caller lacks the permission for this.",
            Self::Unavailable => "The token can't be checked now.",
        }
    }

    /// The `WWW-Authenticate` header (RFC 6750, section 3).
    fn challenge(&self) -> Option<String> {
        let realm = "Bearer realm=\"heimdall\"";
        match self {
            Self::Unavailable => None,
            Self::NoToken => Some(realm.to_owned()),
            Self::PermissionDenied(permission) => Some(format!(
                "{realm}, error=\"insufficient_scope\", scope=\"{permission}\""
            )),
            other => Some(format!(
                "{realm}, error=\"invalid_token\", error_description=\"{}\"",
                other.message()
            )),
        }
    }

    /// The response: Heimdall's error body, and the headers that go with it.
    pub fn response<B: From<String>>(&self, request_id: Option<&str>) -> Response<B> {
        let details = match self {
            Self::PermissionDenied(permission) => {
                json!([{"field": "permission", "reason": permission}])
            }
            _ => json!([]),
        };
        let body = json!({"error": {
            "code": self.code(), "message": self.message(), "details": details,
            "request_id": request_id.unwrap_or_default(),
        }});
        let mut response = Response::new(B::from(body.to_string()));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(Ok(challenge)) = self.challenge().map(HeaderValue::try_from) {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if *self == Self::Unavailable {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Rejection {}

/// Makes the response of a rejection, for a response body `B`.
///
/// [`JsonRejection`] does it for every body that can be made from text. For another (gRPC, say), a function does:
/// `HeimdallLayer::new(verifier).with_rejection(|rejection: &Rejection, _: Option<&str>| …)`.
pub trait Reject<B> {
    /// The response; `request_id` is the request's `X-Request-Id`, if it had one.
    fn reject(&self, rejection: &Rejection, request_id: Option<&str>) -> Response<B>;
}

/// Heimdall's JSON error body.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonRejection;

impl<B: From<String>> Reject<B> for JsonRejection {
    fn reject(&self, rejection: &Rejection, request_id: Option<&str>) -> Response<B> {
        rejection.response(request_id)
    }
}

impl<B, F: Fn(&Rejection, Option<&str>) -> Response<B>> Reject<B> for F {
    fn reject(&self, rejection: &Rejection, request_id: Option<&str>) -> Response<B> {
        self(rejection, request_id)
    }
}

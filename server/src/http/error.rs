//! The one shape of every error, and how it becomes a response.
//!
//! Handlers answer `Result<_, ApiError>`. An error does not know the request it belongs to: the
//! id of the request is filled in at the [`boundary`](super::boundary), so leave an error an `Err`
//! (or an `ApiError`) on its way out and never turn it into bytes yourself.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use poem::error::ResponseError;
use poem::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::payload::Payload;
use poem_openapi::types::ToJSON;

use super::answer::Answer;
use super::challenge::challenge;
use super::code::Code;
use super::error_body::{ErrorBody, ErrorDetail, ErrorInfo};
use super::request_id::RequestId;
use crate::error::Wrong;

/// An error on its way to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    pub code: Code,
    pub message: Cow<'static, str>,
    pub details: Vec<Wrong>,
    /// Whether the request carried a bearer at all; a 401 says other things then.
    pub token_was_sent: bool,
    /// The permissions that would have been enough, for `WWW-Authenticate`.
    pub scope: Vec<String>,
    /// Rounded up to whole seconds in the header.
    pub retry_after: Option<Duration>,
    /// For a 405, what the path does answer.
    pub allow: Vec<Method>,
}

impl ApiError {
    /// With the message that the code has by itself.
    pub fn new(code: Code) -> Self {
        Self::with(code, code.message())
    }

    pub fn with(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            details: Vec::new(),
            token_was_sent: true,
            scope: Vec::new(),
            retry_after: None,
            allow: Vec::new(),
        }
    }

    /// Fields that are wrong, all of them.
    pub fn invalid(details: Vec<Wrong>) -> Self {
        Self {
            details,
            ..Self::new(Code::ValidationError)
        }
    }

    /// There is no bearer in the request.
    pub fn no_bearer() -> Self {
        Self {
            token_was_sent: false,
            ..Self::new(Code::Unauthenticated)
        }
    }

    /// The caller lacks these permissions.
    pub fn permission_denied(missing: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let scope: Vec<String> = missing.into_iter().map(Into::into).collect();
        Self {
            details: scope
                .iter()
                .map(|permission| Wrong::new("permission", permission))
                .collect(),
            scope,
            ..Self::new(Code::PermissionDenied)
        }
    }

    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }

    /// The path does not answer the method, but these.
    pub fn method_not_allowed(allow: Vec<Method>) -> Self {
        Self {
            allow,
            ..Self::new(Code::MethodNotAllowed)
        }
    }

    pub fn rate_limited(retry_after: Duration) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(Code::RateLimited)
        }
    }

    pub fn unavailable(retry_after: Duration) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(Code::Unavailable)
        }
    }

    /// A fault of ours, of which the client learns nothing but that it happened.
    pub fn internal() -> Self {
        Self::new(Code::Internal)
    }

    /// The finished response of one request.
    pub fn render(&self, request_id: &RequestId) -> Response {
        let body = ErrorBody {
            error: ErrorInfo {
                code: self.code,
                message: self.message.to_string(),
                details: self.details.iter().map(ErrorDetail::from).collect(),
                request_id: request_id.to_string(),
            },
        };
        let mut response = Response::builder()
            .status(self.code.status())
            .content_type(Answer::<ErrorBody>::CONTENT_TYPE)
            .body(Body::from_string(body.to_json_string()));
        self.add_headers(response.headers_mut());
        response
    }

    fn add_headers(&self, headers: &mut HeaderMap) {
        let challenge = challenge(self.code, self.token_was_sent, &self.message, &self.scope);
        let retry_after = self
            .retry_after
            .map(|wait| (wait.as_millis().div_ceil(1000)).max(1).to_string());
        let methods: Vec<&str> = self.allow.iter().map(Method::as_str).collect();
        let allow = (self.code == Code::MethodNotAllowed).then(|| methods.join(", "));
        add(headers, header::WWW_AUTHENTICATE, challenge);
        add(headers, header::RETRY_AFTER, retry_after);
        add(headers, header::ALLOW, allow);
    }
}

fn add(headers: &mut HeaderMap, name: HeaderName, value: Option<String>) {
    if let Some(Ok(value)) = value.map(HeaderValue::try_from) {
        headers.insert(name, value);
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.code, self.message)
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status(&self) -> StatusCode {
        self.code.status()
    }

    fn as_response(&self) -> Response {
        self.clone().into_response()
    }
}

/// Without the id of the request yet; the error rides along, so that the boundary can fill it in.
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.render(&RequestId::unknown());
        response.set_data(self);
        response
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::{Value, json};

    use super::*;

    async fn body(response: Response) -> Value {
        serde_json::from_slice(&response.into_body().into_vec().await.unwrap()).unwrap()
    }

    #[tokio::test]
    async fn an_error_has_the_shape_of_the_contract() {
        let error = ApiError::invalid(vec![Wrong::new("email", "is required")]);
        let response = error.render(&RequestId::sane("abc").unwrap());
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
        assert_eq!(response.content_type(), Some("application/json"));
        assert_eq!(
            body(response).await,
            json!({"error": {
                "code": "VALIDATION_ERROR",
                "message": "Some fields are wrong; details names each of them.",
                "details": [{"field": "email", "reason": "is required"}],
                "request_id": "abc",
            }})
        );
    }

    #[test]
    fn a_throttled_client_learns_how_many_whole_seconds_to_wait() {
        for (wait, header) in [(1, "1"), (1000, "1"), (1001, "2"), (0, "1")] {
            let error = ApiError::rate_limited(Duration::from_millis(wait));
            let response = error.into_response();
            assert_eq!(response.header("retry-after"), Some(header));
        }
    }

    #[test]
    fn a_missing_permission_is_in_the_details_and_in_the_header() {
        let error = ApiError::permission_denied(["users:write"]);
        assert_eq!(error.details, [Wrong::new("permission", "users:write")]);
        let response = error.into_response();
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let challenge = response.header("www-authenticate").unwrap();
        assert!(challenge.contains("scope=\"users:write\""), "{challenge}");
    }
}

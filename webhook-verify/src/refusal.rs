//! The answers of the layer and the extractor to what they refuse, in the shape that every Heimdall error has.
//!
//! A genuine delivery that this version can't read is 400 and not 401: whoever looks at the sender's delivery list should
//! not go and look for a wrong secret.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::json;

use crate::{Error, WEBHOOK_ID};

const MAX_REQUEST_ID_LEN: usize = 128;

/// Why a request did not get through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It isn't genuine, or its event can't be read.
    Error(Error),
    /// The body is longer than the limit.
    TooLarge,
    /// The connection broke while the body was read.
    Unreadable,
}

impl Reason {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Error(Error::InvalidEvent(_)) | Self::Unreadable => StatusCode::BAD_REQUEST,
            Self::Error(_) => StatusCode::UNAUTHORIZED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Error(Error::InvalidEvent(_)) => "MALFORMED_JSON",
            Self::Error(_) => "UNAUTHENTICATED",
            Self::TooLarge => "PAYLOAD_TOO_LARGE",
            Self::Unreadable => "VALIDATION_ERROR",
        }
    }

    pub(crate) fn message(&self) -> String {
        match self {
            Self::Error(error) => error.to_string(),
            Self::TooLarge => "the body is larger than this receiver takes".to_owned(),
            Self::Unreadable => "the body could not be read to its end".to_owned(),
        }
    }

    /// `{"error": {"code", "message", "details": [], "request_id"}}`
    pub(crate) fn response<B: From<Bytes>>(&self, request_id: &str) -> Response<B> {
        let body = json!({"error": {
            "code": self.code(), "message": self.message(), "details": [], "request_id": request_id,
        }});
        let mut response = Response::new(B::from(Bytes::from(body.to_string())));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        if self.status() == StatusCode::UNAUTHORIZED {
            // RFC 9110 §15.5.2 wants a challenge in every 401; this names the header that would have done.
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("X-Heimdall-Signature"),
            );
        }
        response
    }
}

/// What the answer calls the request: its `X-Request-Id`, else its `webhook-id`, by which the sender lists it, else nothing.
/// No new one is made, since that would take randomness.
pub(crate) fn request_id(headers: &HeaderMap) -> String {
    ["x-request-id", WEBHOOK_ID]
        .into_iter()
        .filter_map(|name| headers.get(name)?.to_str().ok())
        .find(|id| is_sane(id))
        .unwrap_or_default()
        .to_owned()
}

fn is_sane(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (1..=MAX_REQUEST_ID_LEN).contains(&id.len()) && id.bytes().all(plain)
}

//! How a call ends when it does not succeed.

mod code;

use std::fmt;
use std::time::Duration;

pub use code::Code;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;

use crate::lenient::or_default;

/// What a call ends with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call did not succeed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server refused, and said why.
    #[error("{status} {code}: {message}{}", Listed(details))]
    Api {
        /// The HTTP status.
        status: u16,
        /// What to decide by.
        code: Code,
        /// What to tell a developer; its wording may change.
        message: String,
        /// The fields that are wrong, all of them, or the permissions that are missing.
        details: Vec<Detail>,
        /// What to look for in the server's log.
        request_id: Option<String>,
        /// How long to wait before asking again (429, 503).
        retry_after: Option<Duration>,
    },
    /// No answer: the connection failed or the time was up. Whether the server acted is not known.
    #[error("no answer: {0}")]
    Transport(#[source] reqwest::Error),
    /// A success whose body doesn't read.
    #[error("the answer to {operation} ({status}) doesn't read: {source}")]
    Decode {
        /// The operation's id.
        operation: &'static str,
        /// The HTTP status.
        status: u16,
        /// What to look for in the server's log.
        request_id: Option<String>,
        /// Where it doesn't read.
        source: serde_json::Error,
    },
    /// Nothing was sent, since it could only go wrong: a base URL that is none, an empty id, a header that can't be.
    #[error("not sent: {0}")]
    Invalid(String),
}

impl Error {
    /// The server's code, when the server answered.
    pub fn code(&self) -> Option<&Code> {
        match self {
            Self::Api { code, .. } => Some(code),
            _ => None,
        }
    }

    /// Whether the server refused with this code.
    pub fn is_code(&self, code: &Code) -> bool {
        self.code() == Some(code)
    }

    /// The HTTP status, when there was an answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Api { status, .. } | Self::Decode { status, .. } => Some(*status),
            Self::Transport(_) | Self::Invalid(_) => None,
        }
    }

    /// What to look for in the server's log.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Api { request_id, .. } | Self::Decode { request_id, .. } => request_id.as_deref(),
            Self::Transport(_) | Self::Invalid(_) => None,
        }
    }

    /// What was wrong with the request, field by field; or the permissions that are missing.
    pub fn details(&self) -> &[Detail] {
        match self {
            Self::Api { details, .. } => details,
            _ => &[],
        }
    }

    /// An URL can hold a token, and an error is logged: so it goes without.
    pub(crate) fn transport(error: reqwest::Error) -> Self {
        Self::Transport(error.without_url())
    }

    /// Reads an error of the API, or one of OAuth (RFC 6749, section 5.2), or what a proxy says in their place.
    pub(crate) fn from_answer(status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let retry_after = headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let retry_after = retry_after.map(Duration::from_secs);
        let (code, message, details, in_body) = match serde_json::from_slice(body) {
            Ok(Body {
                error:
                    Said::Api {
                        code,
                        message,
                        details,
                        request_id,
                    },
                ..
            }) => (code, message, details, request_id),
            Ok(Body {
                error: Said::OAuth(code),
                error_description,
            }) => (
                Code::from(&*code),
                error_description.unwrap_or_default(),
                Vec::new(),
                None,
            ),
            Err(_) => (
                Code::Other(format!("HTTP_{status}")),
                excerpt(body),
                Vec::new(),
                None,
            ),
        };
        let request_id = in_body.or_else(|| request_id(headers));
        Self::Api {
            status,
            code,
            message,
            details,
            request_id,
            retry_after,
        }
    }
}

/// What the server calls a request, in its log too.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    Some(headers.get("x-request-id")?.to_str().ok()?.to_owned())
}

/// The beginning of what someone other than Heimdall answered.
fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..200).unwrap_or(body));
    format!("no error of Heimdall's: {}", text.trim())
}

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Detail {
    /// The field by its JSON path, such as `owner.email`.
    #[serde(default, deserialize_with = "or_default")]
    pub field: String,
    /// Why.
    #[serde(default, deserialize_with = "or_default")]
    pub reason: String,
}

#[derive(Deserialize)]
struct Body {
    error: Said,
    error_description: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Said {
    Api {
        code: Code,
        #[serde(default, deserialize_with = "or_default")]
        message: String,
        #[serde(default, deserialize_with = "or_default")]
        details: Vec<Detail>,
        request_id: Option<String>,
    },
    OAuth(String),
}

struct Listed<'a>(&'a [Detail]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, detail) in self.0.iter().enumerate() {
            let before = if at == 0 { " (" } else { "; " };
            write!(f, "{before}{}: {}", detail.field, detail.reason)?;
        }
        if self.0.is_empty() {
            Ok(())
        } else {
            f.write_str(")")
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use super::*;

    fn read(status: u16, body: &str) -> Error {
        let headers = [("retry-after", "7"), ("x-request-id", "req-header")];
        let headers = headers.map(|(name, value)| {
            (
                reqwest::header::HeaderName::from_static(name),
                reqwest::header::HeaderValue::from_static(value),
            )
        });
        Error::from_answer(status, &headers.into_iter().collect(), body.as_bytes())
    }

    #[test]
    fn an_error_of_the_api_tells_all_it_was_told() {
        let error = read(
            400,
            r#"{"error": {"code": "VALIDATION_ERROR", "message": "2 fields are wrong", "request_id": "req-body", "new": 1,
                "details": [{"field": "owner.email", "reason": "is none"}, {"field": "name", "reason": "is taken"}]}}"#,
        );
        assert!(error.is_code(&Code::ValidationError));
        assert_eq!(error.request_id(), Some("req-body"));
        assert_eq!(error.details().len(), 2);
        let text =
            "400 VALIDATION_ERROR: 2 fields are wrong (owner.email: is none; name: is taken)";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn an_oauth_error_is_an_error_like_any_other() {
        let error = read(
            401,
            r#"{"error": "invalid_client", "error_description": "no such client"}"#,
        );
        assert!(error.is_code(&Code::InvalidClient));
        assert_eq!(error.to_string(), "401 invalid_client: no such client");
    }

    #[test]
    fn what_a_proxy_answers_keeps_its_status_and_a_bit_of_its_text() {
        let Error::Api {
            status,
            code,
            message,
            retry_after,
            request_id,
            ..
        } = read(502, "<h1>Bad Gateway</h1>")
        else {
            panic!("an answer is an answer");
        };
        assert_eq!((status, code), (502, Code::Other("HTTP_502".to_owned())));
        assert!(message.contains("Bad Gateway"));
        assert_eq!(retry_after, Some(Duration::from_secs(7)));
        assert_eq!(request_id.as_deref(), Some("req-header"));
    }

    #[test]
    fn a_code_of_a_newer_server_is_kept() {
        let error = read(418, r#"{"error": {"code": "TEAPOT"}}"#);
        assert!(error.is_code(&Code::Other("TEAPOT".to_owned())));
    }
}

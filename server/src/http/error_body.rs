//! What the OpenAPI document says of errors: their body, and which statuses an operation can have.

use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object};

use super::answer::Answer;
use super::code::Code;
use super::error::ApiError;
use crate::error::Wrong;

/// The body of every error.
#[derive(Debug, Object)]
pub struct ErrorBody {
    /// What went wrong.
    pub error: ErrorInfo,
}

/// What went wrong.
#[derive(Debug, Object)]
#[oai(rename = "Error")]
pub struct ErrorInfo {
    /// For programs; never changes its meaning.
    pub code: Code,
    /// For people; may change its words.
    pub message: String,
    /// What exactly is wrong, one entry for each field; empty where there is nothing to add.
    pub details: Vec<ErrorDetail>,
    /// The id of the request, as in the `X-Request-Id` header and in the server's log.
    pub request_id: String,
}

/// What is wrong with one field.
#[derive(Debug, Object)]
pub struct ErrorDetail {
    /// The field by its path in the request, such as `roles[0].permissions[2]`.
    pub field: String,
    /// What is wrong with it, or what would be right.
    pub reason: String,
}

impl From<&Wrong> for ErrorDetail {
    fn from(wrong: &Wrong) -> Self {
        Self {
            field: wrong.field.clone(),
            reason: wrong.reason.clone(),
        }
    }
}

/// What the OpenAPI document says of each status. 405 is not among them: it is never the answer
/// of an operation that exists.
const DOCUMENTED: [(u16, &str); 11] = [
    (
        400,
        "The request is wrong: `VALIDATION_ERROR` (details names every wrong field) or `MALFORMED_JSON`.",
    ),
    (
        401,
        "No valid bearer or login: `UNAUTHENTICATED`, `TOKEN_EXPIRED`, `TOKEN_REVOKED`, `TOKEN_STALE` (refresh it) or `INVALID_CREDENTIALS`.",
    ),
    (
        403,
        "The caller may not: `PERMISSION_DENIED` (details names the missing permissions), `APP_SUSPENDED` or `USER_SUSPENDED`.",
    ),
    (
        404,
        "It does not exist, or belongs to another App: `NOT_FOUND`.",
    ),
    (
        409,
        "The present state does not allow it: `CONFLICT`, `IDEMPOTENCY_KEY_REUSED` or `ROLE_IN_USE`.",
    ),
    (
        410,
        "It was there once: `INVITE_EXPIRED`, `INVITE_USED`, `INVITE_REVOKED`, `LINK_EXPIRED` or `LINK_USED`.",
    ),
    (413, "The body is over its limit: `PAYLOAD_TOO_LARGE`."),
    (
        415,
        "The body's Content-Type or Content-Encoding is not read here: `UNSUPPORTED_MEDIA_TYPE`.",
    ),
    (429, "Too many requests: `RATE_LIMITED`."),
    (500, "A fault of the server: `INTERNAL`."),
    (
        503,
        "The database is away, or the server is stopping: `UNAVAILABLE`.",
    ),
];

impl ApiResponse for ApiError {
    fn meta() -> MetaResponses {
        let responses = DOCUMENTED.map(|(status, description)| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content: vec![MetaMediaType {
                content_type: Answer::<ErrorBody>::CONTENT_TYPE,
                schema: ErrorBody::schema_ref(),
            }],
            headers: match status {
                401 | 403 => vec![documented(
                    "WWW-Authenticate",
                    "What the bearer lacks, as RFC 6750 has it.",
                    status == 401,
                )],
                429 | 503 => vec![documented(
                    "Retry-After",
                    "Seconds to wait before the next try.",
                    status == 429,
                )],
                _ => Vec::new(),
            },
        });
        MetaResponses {
            responses: responses.into(),
        }
    }

    fn register(registry: &mut Registry) {
        ErrorBody::register(registry);
    }
}

fn documented(name: &str, description: &str, required: bool) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required,
        deprecated: false,
        schema: String::schema_ref(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use poem_openapi::types::ParseFromJSON;

    use super::*;

    #[test]
    fn the_document_names_every_code_under_its_status() {
        let mut registry = Registry::new();
        Code::register(&mut registry);
        let names = registry.schemas["ErrorCode"].enum_items.clone();
        assert_eq!(names.len(), 25);
        for name in names {
            let code = Code::parse_from_json(Some(name.clone())).unwrap();
            let name = format!("`{}`", name.as_str().unwrap());
            let named: Vec<u16> = DOCUMENTED
                .iter()
                .filter(|(_, text)| text.contains(&name))
                .map(|(status, _)| *status)
                .collect();
            match code {
                Code::MethodNotAllowed => assert!(named.is_empty()),
                _ => assert_eq!(named, [code.status().as_u16()], "{name}"),
            }
        }
    }
}

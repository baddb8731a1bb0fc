//! What an error of poem's or poem-openapi's means to a client.
//!
//! Their texts are never passed on as they are: they name Rust types and validators.

use std::time::Duration;

use poem::error::{MethodNotAllowedError, NotFoundError, ReadBodyError};
use poem::http::StatusCode;
use poem_openapi::error as parse;

use super::code::Code;
use super::error::ApiError;
use crate::error::Wrong;

/// What a client is told to wait when whoever refused it did not say.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// The error in our shape; one of ours comes out as it went in.
pub fn api_error(error: poem::Error) -> ApiError {
    let error = match error.downcast::<ApiError>() {
        Ok(error) => return error,
        Err(error) => error,
    };
    if error.is::<NotFoundError>() {
        return ApiError::not_found();
    }
    // A name that can't be one is a name of nothing.
    if error.is::<parse::ParsePathError>() || error.is::<poem::error::ParsePathError>() {
        return ApiError::not_found();
    }
    if error.is::<MethodNotAllowedError>() {
        return ApiError::new(Code::MethodNotAllowed);
    }
    if error.is::<parse::AuthorizationError>() {
        return ApiError::no_bearer();
    }
    if let Some(wrong) = error.downcast_ref::<parse::ParseParamError>() {
        return ApiError::invalid(vec![Wrong::new(wrong.name, for_people(&wrong.reason))]);
    }
    if error.is::<parse::ParseRequestPayloadError>() {
        return ApiError::invalid(vec![Wrong::new("body", "can't be read")]);
    }
    if let Some(ReadBodyError::Io(_) | ReadBodyError::Utf8(_)) = error.downcast_ref() {
        return ApiError::with(
            Code::MalformedJson,
            "The body could not be read to its end.",
        );
    }
    by_status(error.status())
}

/// What can be said when only the status is known.
pub(super) fn by_status(status: StatusCode) -> ApiError {
    match status {
        StatusCode::UNAUTHORIZED => ApiError::no_bearer(),
        StatusCode::FORBIDDEN => ApiError::new(Code::PermissionDenied),
        StatusCode::NOT_FOUND => ApiError::not_found(),
        StatusCode::METHOD_NOT_ALLOWED => ApiError::new(Code::MethodNotAllowed),
        StatusCode::CONFLICT => ApiError::new(Code::Conflict),
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(Code::PayloadTooLarge),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ApiError::new(Code::UnsupportedMediaType),
        StatusCode::TOO_MANY_REQUESTS => ApiError::rate_limited(TRY_AGAIN),
        StatusCode::SERVICE_UNAVAILABLE => ApiError::unavailable(TRY_AGAIN),
        other if other.is_client_error() => {
            ApiError::with(Code::ValidationError, "The request can't be read.")
        }
        _ => ApiError::internal(),
    }
}

/// poem-openapi's reason for a parameter without its type names and validator notation.
fn for_people(reason: &str) -> String {
    if let Some(rule) = reason.strip_prefix("verification failed. ") {
        let (rule, bound) = rule.split_once('(').unwrap_or((rule, ""));
        let bound = bound.split([')', ',']).next().unwrap_or_default();
        return match rule {
            "maxLength" => format!("must be at most {bound} characters"),
            "minLength" => format!("must be at least {bound} characters"),
            "maximum" => format!("must be at most {bound}"),
            "minimum" => format!("must be at least {bound}"),
            "maxItems" => format!("must be given at most {bound} times"),
            "minItems" => format!("must be given at least {bound} times"),
            _ => "does not have the right form".to_owned(),
        };
    }
    // What `Limit` and `CursorText` say of themselves is made for people already.
    if let Some((_, own)) = reason.split_once(": must ") {
        return format!("must {own}");
    }
    let kind = reason.split('"').nth(1).unwrap_or_default();
    let kind = kind.strip_prefix("optional_").unwrap_or(kind);
    if reason.ends_with("expects an input value.") {
        "is required"
    } else if reason.ends_with("Expect a valid enumeration value.") {
        "is not one of the allowed values"
    } else if kind.starts_with("integer") {
        "must be a whole number in its range"
    } else if kind.starts_with("number") {
        "must be a number"
    } else if kind.starts_with("boolean") {
        "must be true or false"
    } else if kind.ends_with("date-time") {
        "must be an RFC 3339 time, such as 2030-01-31T12:00:00Z"
    } else {
        "does not have the right form"
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reasons_of_poem_openapi_are_put_into_words() {
        for (reason, words) in [
            (
                "verification failed. maxLength(63)",
                "must be at most 63 characters",
            ),
            (
                "verification failed. minimum(1, exclusive: false)",
                "must be at least 1",
            ),
            (
                "verification failed. pattern(\"^a$\")",
                "does not have the right form",
            ),
            (r#"Type "string" expects an input value."#, "is required"),
            (
                r#"failed to parse "boolean": provided string was not `true` or `false`"#,
                "must be true or false",
            ),
            (
                r#"failed to parse "integer_uint16": invalid digit found in string (occurred while parsing "optional_integer_uint16")"#,
                "must be a whole number in its range",
            ),
            (
                r#"failed to parse "Status": Expect a valid enumeration value."#,
                "is not one of the allowed values",
            ),
            (
                r#"failed to parse "limit": must be a whole number from 1 to 200"#,
                "must be a whole number from 1 to 200",
            ),
            ("whatever else", "does not have the right form"),
        ] {
            assert_eq!(for_people(reason), words, "{reason}");
        }
    }

    #[test]
    fn what_poem_reports_by_status_alone_gets_the_code_of_the_status() {
        for (status, code) in [
            (401, Code::Unauthenticated),
            (404, Code::NotFound),
            (405, Code::MethodNotAllowed),
            (413, Code::PayloadTooLarge),
            (418, Code::ValidationError),
            (502, Code::Internal),
            (503, Code::Unavailable),
        ] {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            assert_eq!(api_error(poem::Error::from_status(status)).code, code);
        }
    }
}

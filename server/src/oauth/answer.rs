//! Answers in OAuth's own shape: `{"error": "invalid_client"}` (RFC 6749, section 5.2).

use poem::http::StatusCode;
use poem::{Body, IntoResponse, Response};
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, Object};

use crate::error::{Error, Refusal};
use crate::http::ApiError;
use crate::http::code::Code;

/// An error as OAuth 2.0 has it.
#[derive(Clone, Debug, Object)]
#[oai(rename = "OAuthError")]
pub(crate) struct ErrorBody {
    /// `invalid_request`, `invalid_client`, `invalid_grant`, `unauthorized_client`, `unsupported_grant_type`, `invalid_scope`,
    /// `temporarily_unavailable` or `server_error`.
    pub error: String,
    /// For people.
    pub error_description: String,
}

/// Why a client does not get what it asked for.
#[derive(Clone, Debug)]
pub struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: String,
    /// Whether the client said who it is by HTTP Basic, and is to be challenged likewise.
    basic: bool,
    retry_after: Option<u64>,
}

impl OAuthError {
    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            error,
            // RFC 6749, section 5.2: printable ASCII without quotes and backslashes.
            description: description
                .into()
                .chars()
                .filter(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\'))
                .collect(),
            basic: false,
            retry_after: None,
        }
    }

    pub(super) fn invalid_request(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", why)
    }

    pub(super) fn invalid_client(basic: bool) -> Self {
        let error = Self::new(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "The client is not known, or its secret is not right.",
        );
        Self { basic, ..error }
    }

    pub(super) fn unauthorized_client(why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unauthorized_client", why)
    }

    pub(super) fn unsupported_grant_type() -> Self {
        let why = "grant_type must be client_credentials, refresh_token or password.";
        Self::new(StatusCode::BAD_REQUEST, "unsupported_grant_type", why)
    }

    /// What an operation's refusal is to a client that asked with a grant.
    pub(super) fn of_grant(error: Error) -> Self {
        match error {
            Error::Refused(Refusal::Invalid(wrong))
                if wrong.iter().all(|wrong| wrong.field == "scope") =>
            {
                let why = wrong
                    .first()
                    .map_or_else(String::new, |wrong| wrong.reason.clone());
                Self::new(StatusCode::BAD_REQUEST, "invalid_scope", why)
            }
            Error::Refused(
                refusal @ (Refusal::InvalidCredentials
                | Refusal::TokenExpired
                | Refusal::TokenRevoked
                | Refusal::TokenStale
                | Refusal::Unauthenticated
                | Refusal::AppSuspended
                | Refusal::UserSuspended
                | Refusal::NotFound),
            ) => Self::new(
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                ApiError::from(refusal).message,
            ),
            other => ApiError::from(other).into(),
        }
    }
}

impl From<ApiError> for OAuthError {
    fn from(error: ApiError) -> Self {
        let status = error.code.status();
        let name = match error.code {
            Code::RateLimited | Code::Unavailable => "temporarily_unavailable",
            Code::Internal => "server_error",
            _ => "invalid_request",
        };
        let fields = error
            .details
            .iter()
            .map(|wrong| format!("{} {}", wrong.field, wrong.reason));
        let fields: Vec<_> = fields.collect();
        let description = if fields.is_empty() {
            error.message.to_string()
        } else {
            fields.join("; ")
        };
        let mut made = Self::new(status, name, description);
        made.retry_after = error.retry_after.map(|wait| wait.as_secs().max(1));
        made
    }
}

impl From<crate::db::Error> for OAuthError {
    fn from(error: crate::db::Error) -> Self {
        ApiError::from(error).into()
    }
}

/// 200 with JSON that no cache keeps, or an error in OAuth's shape.
#[derive(Debug)]
pub enum OAuthAnswer<T> {
    Ok(T),
    Refused(OAuthError),
}

impl<T> From<Result<T, OAuthError>> for OAuthAnswer<T> {
    fn from(outcome: Result<T, OAuthError>) -> Self {
        match outcome {
            Ok(answer) => Self::Ok(answer),
            Err(error) => Self::Refused(error),
        }
    }
}

impl<T: ToJSON> IntoResponse for OAuthAnswer<T> {
    fn into_response(self) -> Response {
        let private = |status| {
            Response::builder()
                .status(status)
                .content_type("application/json")
                .header("cache-control", "no-store")
                .header("pragma", "no-cache")
        };
        match self {
            Self::Ok(answer) => {
                private(StatusCode::OK).body(Body::from_string(answer.to_json_string()))
            }
            Self::Refused(error) => {
                let mut response = private(error.status);
                if error.basic {
                    response = response.header(
                        "www-authenticate",
                        "Basic realm=\"heimdall\", charset=\"UTF-8\"",
                    );
                }
                if let Some(seconds) = error.retry_after {
                    response = response.header("retry-after", seconds);
                }
                let body = ErrorBody {
                    error: error.error.to_owned(),
                    error_description: error.description,
                };
                response.body(Body::from_string(body.to_json_string()))
            }
        }
    }
}

impl<T: ToJSON> ApiResponse for OAuthAnswer<T> {
    const BAD_REQUEST_HANDLER: bool = true;

    fn meta() -> MetaResponses {
        let media = |schema| {
            vec![MetaMediaType {
                content_type: "application/json",
                schema,
            }]
        };
        let answer = |status, description, schema| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content: media(schema),
            headers: Vec::new(),
        };
        let errors = [
            (400, "What is asked for is wrong, or not granted."),
            (401, "`invalid_client`."),
            (413, "The body is too large."),
            (415, "The body is no form."),
            (429, "`temporarily_unavailable`: too many requests."),
            (500, "`server_error`."),
            (503, "`temporarily_unavailable`."),
        ];
        let mut responses = vec![answer(200, "It worked.", T::schema_ref())];
        responses.extend(
            errors
                .map(|(status, description)| answer(status, description, ErrorBody::schema_ref())),
        );
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
        ErrorBody::register(registry);
    }

    fn from_parse_request_error(error: poem::Error) -> Self {
        Self::Refused(crate::http::poem_error::api_error(error).into())
    }
}

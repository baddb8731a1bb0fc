//! Every error code of the contract, and the one status that each goes with.

use poem::http::StatusCode;
use poem_openapi::Enum;

/// What went wrong, in one word for programs. The message beside it is for people and may change;
/// the code doesn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename = "ErrorCode", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    ValidationError,
    MalformedJson,

    Unauthenticated,
    TokenExpired,
    TokenRevoked,
    TokenStale,
    InvalidCredentials,

    PermissionDenied,
    AppSuspended,
    UserSuspended,

    NotFound,
    MethodNotAllowed,

    Conflict,
    IdempotencyKeyReused,
    RoleInUse,

    InviteExpired,
    InviteUsed,
    InviteRevoked,
    LinkExpired,
    LinkUsed,

    PayloadTooLarge,
    UnsupportedMediaType,
    RateLimited,

    Internal,
    Unavailable,
}

impl Code {
    /// A code has one status, so that the two can't contradict each other.
    pub fn status(self) -> StatusCode {
        match self {
            Self::ValidationError | Self::MalformedJson => StatusCode::BAD_REQUEST,
            Self::Unauthenticated
            | Self::TokenExpired
            | Self::TokenRevoked
            | Self::TokenStale
            | Self::InvalidCredentials => StatusCode::UNAUTHORIZED,
            Self::PermissionDenied | Self::AppSuspended | Self::UserSuspended => {
                StatusCode::FORBIDDEN
            }
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict | Self::IdempotencyKeyReused | Self::RoleInUse => StatusCode::CONFLICT,
            Self::InviteExpired
            | Self::InviteUsed
            | Self::InviteRevoked
            | Self::LinkExpired
            | Self::LinkUsed => StatusCode::GONE,
            Self::PayloadTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What is said when nobody has something better to say.
    pub fn message(self) -> &'static str {
        match self {
            Self::ValidationError => "Some fields are wrong; details names each of them.",
            Self::MalformedJson => "The body is not valid JSON.",
            Self::Unauthenticated => "A valid bearer token is needed.",
            Self::TokenExpired => "The token has expired.",
            Self::TokenRevoked => "The token has been revoked.",
            Self::TokenStale => "The rights behind this token have changed; refresh it.",
            Self::InvalidCredentials => "The credentials are not right.",
            Self::PermissionDenied => "The caller lacks the permission for this.",
            Self::AppSuspended => "The App is suspended.",
            Self::UserSuspended => "The user is suspended.",
            Self::NotFound => "There is no such thing here.",
            Self::MethodNotAllowed => "This path does not answer that method; see Allow.",
            Self::Conflict => "This is not possible in the present state.",
            Self::IdempotencyKeyReused => "This Idempotency-Key came with another request before.",
            Self::RoleInUse => "Users hold this role; force=true removes it from them.",
            Self::InviteExpired => "The invite has expired.",
            Self::InviteUsed => "The invite has been used up.",
            Self::InviteRevoked => "The invite has been revoked.",
            Self::LinkExpired => "The link has expired.",
            Self::LinkUsed => "The link has been used.",
            Self::PayloadTooLarge => "The body is too large.",
            Self::UnsupportedMediaType => "The body has a type that this operation does not read.",
            Self::RateLimited => "Too many requests; see Retry-After.",
            Self::Internal => "Something went wrong on our side.",
            Self::Unavailable => "The service can't answer now; see Retry-After.",
        }
    }
}

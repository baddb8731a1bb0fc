//! What each refusal is to a client: the one place that gives it a code, and so a status.

use std::time::Duration;

use super::code::Code;
use super::error::ApiError;
use crate::error::{Error, Failure, Refusal, Wrong};

/// When to try again after the database could not be reached, or there was too much to do.
const RETRY: Duration = Duration::from_secs(1);

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Invalid(wrong) => Self::invalid(wrong),
            Refusal::NotFound => Self::not_found(),
            Refusal::Unauthenticated => Self::new(Code::Unauthenticated),
            Refusal::TokenExpired => Self::new(Code::TokenExpired),
            Refusal::TokenRevoked => Self::new(Code::TokenRevoked),
            Refusal::TokenStale => Self::new(Code::TokenStale),
            Refusal::InvalidCredentials => Self::new(Code::InvalidCredentials),
            Refusal::PermissionDenied(missing) => {
                Self::permission_denied(missing.iter().map(ToString::to_string))
            }
            Refusal::UserOnly => Self::with(
                Code::PermissionDenied,
                "Only the access token of a user may do this.",
            ),
            Refusal::AppSuspended => Self::new(Code::AppSuspended),
            Refusal::UserSuspended => Self::new(Code::UserSuspended),
            Refusal::Taken { field } => Self {
                details: vec![Wrong::new(field, "is taken")],
                ..Self::with(
                    Code::Conflict,
                    format!("Another one has this {field} already."),
                )
            },
            Refusal::Conflict(why) => {
                let mut message = why.to_owned();
                message.push('.');
                if let Some(first) = message.get_mut(..1) {
                    first.make_ascii_uppercase();
                }
                Self::with(Code::Conflict, message)
            }
            Refusal::RoleInUse { users } => Self {
                details: vec![Wrong::new("users", format!("{users} hold it"))],
                ..Self::new(Code::RoleInUse)
            },
            Refusal::IdempotencyKeyReused => Self::new(Code::IdempotencyKeyReused),
            Refusal::InviteExpired => Self::new(Code::InviteExpired),
            Refusal::InviteUsed => Self::new(Code::InviteUsed),
            Refusal::InviteRevoked => Self::new(Code::InviteRevoked),
            Refusal::LinkExpired => Self::new(Code::LinkExpired),
            Refusal::LinkUsed => Self::new(Code::LinkUsed),
            Refusal::RateLimited { retry_after } => Self::rate_limited(retry_after),
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Failed(failure) => failure.into(),
        }
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        let later = match &failure {
            Failure::Busy => true,
            Failure::Database(error) => error.is_unavailable(),
            _ => false,
        };
        if later {
            tracing::warn!(error = %failure, "a request could not be served now");
            return Self::unavailable(RETRY);
        }
        tracing::error!(error = %failure, "a request failed");
        Self::internal()
    }
}

impl From<crate::db::Error> for ApiError {
    fn from(error: crate::db::Error) -> Self {
        Failure::from(error).into()
    }
}

//! How an operation ends when it does not succeed.
//!
//! A [`Refusal`] is part of the product: it has a name here, and exactly one place
//! (`http/refusal.rs`) gives it its status and code. A [`Failure`] is ours: it is logged, and the
//! caller is told nothing but that it happened.

use std::time::Duration;

use crate::db;
use crate::kernel::cipher::CannotOpen;
use crate::permissions::Permission;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("refused: {0:?}")]
    Refused(Refusal),
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// What was wrong with one field of a request, by its JSON path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub field: String,
    pub reason: String,
}

impl Wrong {
    pub fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            reason: reason.into(),
        }
    }
}

/// Everything that Heimdall refuses to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Fields that are wrong, all of them.
    Invalid(Vec<Wrong>),
    /// It does not exist, or belongs to another App: the two are never told apart.
    NotFound,

    /// No bearer, or one that is none of ours.
    Unauthenticated,
    TokenExpired,
    TokenRevoked,
    /// The rights behind the token have changed since; a refreshed one has the new ones.
    TokenStale,
    /// A login that failed, whatever the cause.
    InvalidCredentials,

    /// The caller lacks these.
    PermissionDenied(Vec<Permission>),
    /// Only a signed-in user has a self to act on.
    UserOnly,
    AppSuspended,
    UserSuspended,

    /// Something else has this name or address already.
    Taken {
        field: &'static str,
    },
    /// It can't be done in the state that the thing is in.
    Conflict(&'static str),
    RoleInUse {
        users: i64,
    },
    IdempotencyKeyReused,

    InviteExpired,
    InviteUsed,
    InviteRevoked,
    LinkExpired,
    LinkUsed,

    RateLimited {
        retry_after: Duration,
    },
}

impl Refusal {
    pub fn invalid(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid(vec![Wrong::new(field, reason)])
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// Something that should have worked and did not.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Database(#[from] db::Error),
    #[error(transparent)]
    Cipher(#[from] CannotOpen),
    #[error("signing: {0}")]
    Signing(String),
    #[error("stored JSON does not read: {0}")]
    Stored(#[from] serde_json::Error),
    #[error("the server is stopping, or has too much to do")]
    Busy,
    #[error("{0}")]
    Broken(&'static str),
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        Failure::from(error).into()
    }
}

impl From<CannotOpen> for Error {
    fn from(error: CannotOpen) -> Self {
        Failure::from(error).into()
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Failure::from(error).into()
    }
}

//! Every way in which a request is not let through, and the one place that turns it into a status and a code.
//!
//! The caller learns the code and no more: which check failed is for the log ([`Fault`]), since a forger could use it.

use http::StatusCode;

/// Why a request was not let through.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// There is no bearer at all.
    #[error("a bearer token is needed")]
    NoToken,
    /// The bearer is not a token of this App's that a key of Heimdall's has signed.
    #[error("the bearer token is not valid")]
    Invalid(Fault),
    /// The token was good, and its time is over. A refresh gives the next.
    #[error("the token has expired")]
    Expired,
    /// The session, user, client, App, key or token was revoked.
    #[error("the token was revoked")]
    Revoked,
    /// The rights have changed since the token was issued. A refresh gives one with the new rights.
    #[error("the token is out of date: its rights have changed, refresh it")]
    Stale,
    /// The token is good, and lacks these permissions.
    #[error("the token lacks the permission {}", .0.join(", "))]
    PermissionDenied(Box<[String]>),
    /// Nothing can be said of the token now: there are no keys yet, or Heimdall has been out of reach for longer than allowed.
    #[error("tokens can't be verified at the moment")]
    Unavailable,
}

/// What exactly is wrong with a bearer: for the log, never for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// More than one `Authorization` header, or one that is not the scheme, one space, and a token.
    #[error("the Authorization header is malformed")]
    Authorization,
    /// The token is longer than 16 KiB.
    #[error("the token is too long")]
    Length,
    /// The token is not three parts of unpadded base64url (RFC 7515 §3.1).
    #[error("the token is not a compact JWS")]
    Shape,
    /// The header is not `alg`, `typ: at+jwt` and `kid` as strings, or has a parameter that is never obeyed (`crit`, `jwk`, …).
    #[error("the token's header is not an access token's")]
    Header,
    /// No key of Heimdall's has this `kid`.
    #[error("the token's key is unknown")]
    UnknownKey,
    /// `alg` is not what the key signs with, or is not allowed here.
    #[error("the token's algorithm is not its key's")]
    Algorithm,
    /// The signature does not verify.
    #[error("the token's signature is wrong")]
    Signature,
    /// A claim is missing, doubled, or of the wrong type.
    #[error("the token's claims are not an access token's")]
    Claims,
    /// `iss` is another issuer.
    #[error("the token is another issuer's")]
    Issuer,
    /// `aud` or `app_id` is another App.
    #[error("the token is another App's")]
    App,
    /// `nbf` or `iat` lies in the future.
    #[error("the token is not valid yet")]
    NotYet,
    /// The request names no App to verify for.
    #[error("the request names no App")]
    NoApp,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Invalid(fault)
    }
}

impl Refusal {
    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::Invalid(_) | Self::Expired | Self::Revoked | Self::Stale => {
                StatusCode::UNAUTHORIZED
            }
            Self::PermissionDenied(_) => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The code in the error body, as Heimdall itself would say it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoToken | Self::Invalid(_) => "UNAUTHENTICATED",
            Self::Expired => "TOKEN_EXPIRED",
            Self::Revoked => "TOKEN_REVOKED",
            Self::Stale => "TOKEN_STALE",
            Self::PermissionDenied(_) => "PERMISSION_DENIED",
            Self::Unavailable => "UNAVAILABLE",
        }
    }
}

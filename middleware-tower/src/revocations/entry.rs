//! The feed as it is sent.

use chrono::{DateTime, Utc};
use serde::Deserialize;

/// A page of the feed. Unknown fields are ignored: a newer Heimdall may say more.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) data: Vec<Entry>,
    pub(super) next_cursor: String,
    #[serde(default)]
    pub(super) more: bool,
}

/// What is to be refused.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) id: String,
    pub(super) not_before: DateTime<Utc>,
    pub(super) reason: Reason,
    pub(super) expires_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Session,
    User,
    Credential,
    App,
    Key,
    Token,
    /// Of a newer Heimdall; there is no claim to compare it with.
    #[serde(other)]
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    Stale,
    /// Also whatever a newer Heimdall says: refused it must be.
    #[serde(other)]
    Revoked,
}

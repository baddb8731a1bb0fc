//! What a verifier must refuse before it expires.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::lenient::or_default;
use crate::{Call, Client, operations as op};

/// The feed of revocations: [`Client::revocations`], [`InApp::revocations`](crate::InApp::revocations).
#[derive(Clone, Copy, Debug)]
pub struct Revocations<'a> {
    pub(crate) client: &'a Client,
    pub(crate) app: Option<&'a str>,
}

impl Revocations<'_> {
    /// Reads the feed. Without [`after`](RevocationQuery::after) it is all that is in force, batch by
    /// batch while there is [`more`](RevocationBatch::more); with it, what came since.
    ///
    /// ```no_run
    /// # async fn f(client: heimdall_sdk::Client) -> Result<(), heimdall_sdk::Error> {
    /// use heimdall_sdk::RevocationQuery;
    ///
    /// let mut query = RevocationQuery::default();
    /// loop {
    ///     let batch = client.app("acme").revocations().list(&query).await?;
    ///     for entry in &batch.data {
    ///         println!("refuse {} {} before {}", entry.kind, entry.id, entry.not_before);
    ///     }
    ///     query = RevocationQuery::after(batch.next_cursor).with_wait(30);
    /// }
    /// # }
    /// ```
    pub fn list(&self, query: &RevocationQuery) -> Call<RevocationBatch> {
        let draft = match self.app {
            Some(app) => self.client.draft(op::LIST_APP_REVOCATIONS, &[app]),
            None => self.client.draft(op::LIST_REVOCATIONS, &[]),
        };
        draft
            .query(query)
            .waits(query.wait.unwrap_or(0))
            .returning()
    }
}

/// What to read of the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RevocationQuery {
    /// The `next_cursor` of the batch before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many seconds to wait where there is nothing yet: 0–60.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<u32>,
    /// How many entries at the most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl RevocationQuery {
    /// What came after this cursor.
    pub fn after(cursor: impl Into<String>) -> Self {
        Self {
            after: Some(cursor.into()),
            ..Self::default()
        }
    }

    with!(with_wait, wait: u32);
    with!(with_limit, limit: u32);
}

/// Entries in their order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RevocationBatch {
    /// The entries; none when the wait was over.
    #[serde(default, deserialize_with = "or_default")]
    pub data: Vec<Revocation>,
    /// What to ask with next, as `after`.
    pub next_cursor: String,
    /// Whether there is more at once.
    #[serde(default, deserialize_with = "or_default")]
    pub more: bool,
}

open_enum! {
    /// What an entry refuses by.
    RevocationKind {
        /// The tokens of a session, by `sid`.
        Session = "session",
        /// The tokens of a user, by `user_id`.
        User = "user",
        /// The tokens of a service, by `client_id`.
        Credential = "credential",
        /// The tokens of an App, by `app_id`.
        App = "app",
        /// Every token that a key signed, by `kid`, whenever it was issued.
        Key = "key",
        /// One token, by `jti`.
        Token = "token",
    }
}

open_enum! {
    /// Why a token is refused.
    RevocationReason {
        /// It is over.
        Revoked = "revoked",
        /// Its rights have changed; a refresh gives a good one.
        Stale = "stale",
    }
}

/// What is to be refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Revocation {
    /// By what.
    pub kind: RevocationKind,
    /// Which one.
    pub id: String,
    /// Of which App; `instance` where it concerns all.
    pub app_id: Option<String>,
    /// Tokens whose `iat_us` lies before this are refused. It has microseconds.
    pub not_before: DateTime<Utc>,
    /// Why.
    pub reason: RevocationReason,
    /// When every token concerned has expired, and the entry can be forgotten.
    pub expires_at: DateTime<Utc>,
}

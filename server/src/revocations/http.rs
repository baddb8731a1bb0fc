//! What the API promises of the revocation feed.

use std::time::Duration;

use poem_openapi::param::{Path, Query};
use poem_openapi::{Enum, Object, OpenApi};

use super::{Entry, Page};
use crate::api::Tag;
use crate::app::Heimdall;
use crate::error::{Refusal, Result};
use crate::http::text::{FeedCursor, Reference};
use crate::http::{Answered, Authenticated, Limit, Private, Wait};
use crate::kernel::Timestamp;
use crate::permissions::REVOCATIONS_READ;

/// What a local verifier must refuse before it expires.
#[derive(Debug, Object)]
#[oai(rename = "Revocation")]
pub struct View {
    pub kind: RevocationKind,
    /// The session's, user's, client's, App's, key's or token's id (`sid`, `user_id`, `client_id`,
    /// `app_id`, `kid`, `jti`).
    pub id: String,
    /// The App's id; `instance` where it concerns all.
    pub app_id: String,
    /// Refuse the tokens issued (`iat_us`) before this; of a `key` or `token`, all.
    pub not_before: Timestamp,
    pub reason: RevocationReason,
    /// When the last token that it could concern has expired, and it may be forgotten.
    pub expires_at: Timestamp,
}

/// What is revoked.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
pub enum RevocationKind {
    Session,
    User,
    Credential,
    App,
    Key,
    Token,
}

/// Why.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
pub enum RevocationReason {
    /// It is over: `TOKEN_REVOKED`.
    Revoked,
    /// The rights have changed, and a refresh gives a good token: `TOKEN_STALE`.
    Stale,
}

impl From<Entry> for View {
    fn from(entry: Entry) -> Self {
        Self {
            kind: match entry.kind.as_str() {
                "session" => RevocationKind::Session,
                "user" => RevocationKind::User,
                "credential" => RevocationKind::Credential,
                "app" => RevocationKind::App,
                "key" => RevocationKind::Key,
                _ => RevocationKind::Token,
            },
            id: entry.subject_id,
            app_id: entry.app_id,
            not_before: Timestamp::from_micros(entry.not_before_us),
            reason: match entry.reason.as_str() {
                "stale" => RevocationReason::Stale,
                _ => RevocationReason::Revoked,
            },
            expires_at: entry.expires_at,
        }
    }
}

/// A part of the feed.
#[derive(Debug, Object)]
#[oai(rename = "RevocationFeed")]
pub struct Feed {
    /// Oldest first.
    pub data: Vec<View>,
    /// What to ask with next, also when there was nothing.
    pub next_cursor: String,
    /// Whether there is more at once.
    pub more: bool,
}

impl From<Page> for Feed {
    fn from(page: Page) -> Self {
        Self {
            data: page.entries.into_iter().map(View::from).collect(),
            next_cursor: page.next.to_string(),
            more: page.more,
        }
    }
}

#[derive(Debug)]
pub struct RevocationsApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1", tag = "Tag::Revocations")]
impl RevocationsApi {
    /// Follow the revocations of all Apps
    ///
    /// First without `after`: the state in force. Then with the `next_cursor` of each answer: what
    /// has come since, held open up to `wait` seconds while there is nothing. Needs
    /// `revocations:read` and a key of the whole instance.
    #[oai(
        path = "/revocations",
        method = "get",
        operation_id = "list_revocations"
    )]
    async fn all(
        &self,
        caller: Authenticated,
        /// The `next_cursor` of the answer before.
        after: Query<Option<FeedCursor>>,
        wait: Query<Wait>,
        limit: Query<Limit>,
    ) -> Answered<Private<Feed>> {
        caller.0.require_instance(REVOCATIONS_READ)?;
        let after = number(after.0)?;
        Ok(Private(
            follow(&self.0, None, after, wait.0, limit.0).await?.into(),
        ))
    }

    /// Follow the revocations of an App
    ///
    /// As for all Apps, with what concerns this one. Needs `revocations:read`.
    #[oai(
        path = "/apps/:app/revocations",
        method = "get",
        operation_id = "list_app_revocations"
    )]
    async fn of_app(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        /// The `next_cursor` of the answer before.
        after: Query<Option<FeedCursor>>,
        wait: Query<Wait>,
        limit: Query<Limit>,
    ) -> Answered<Private<Feed>> {
        let mut conn = self.0.db.read().await?;
        let app = caller
            .0
            .enter(&mut conn, &app.0.0, REVOCATIONS_READ)
            .await?;
        drop(conn);
        let after = number(after.0)?;
        Ok(Private(
            follow(&self.0, Some(app.id.as_str()), after, wait.0, limit.0)
                .await?
                .into(),
        ))
    }
}

fn number(after: Option<FeedCursor>) -> Result<Option<i64>, Refusal> {
    let Some(FeedCursor(text)) = after else {
        return Ok(None);
    };
    let number = text.parse().ok().filter(|number| *number >= 0);
    let number: i64 = number
        .ok_or_else(|| Refusal::invalid("after", "must be the next_cursor of an earlier answer"))?;
    Ok(Some(number))
}

/// Reads the feed; while there is nothing, waits for something to be sealed.
async fn follow(
    heimdall: &Heimdall,
    app: Option<&str>,
    after: Option<i64>,
    wait: Wait,
    limit: Limit,
) -> Result<Page> {
    let mut sealed = heimdall.signals.sealed();
    let most = i64::try_from(limit.rows()).unwrap_or(50);
    let deadline = tokio::time::Instant::now() + wait.duration().unwrap_or(Duration::ZERO);
    loop {
        let page = super::read(heimdall, app, after, most).await?;
        // A snapshot is answered at once, also when it is empty.
        if !page.entries.is_empty() || after.is_none() {
            return Ok(page);
        }
        let woken = tokio::select! {
            changed = sealed.changed() => changed.is_ok(),
            () = tokio::time::sleep_until(deadline) => false,
            () = heimdall.signals.stopping() => false,
        };
        if !woken {
            return Ok(page);
        }
    }
}

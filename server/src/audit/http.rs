//! What the API promises of the audit log and the feed of events.

use std::time::Duration;

use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};

use crate::api::Tag;
use crate::app::Heimdall;
use crate::error::Result;
use crate::events::{self, Event, Filter, hash, sealer};
use crate::http::metadata::Metadata;
use crate::http::text::{Reference, SearchText};
use crate::http::{
    Answer, Answered, Authenticated, CursorText, Limit, Listing, Page, Private, Wait,
};
use crate::kernel::Timestamp;
use crate::permissions::AUDIT_READ;

/// Something that happened.
#[derive(Debug, Object)]
#[oai(rename = "Event", skip_serializing_if_is_none)]
pub struct View {
    pub id: String,
    pub app_id: String,
    /// Without a gap within the App, in the order of commit.
    pub seq: i64,
    #[oai(rename = "type")]
    pub kind: String,
    /// Who did it.
    pub actor: Party,
    /// To whom or what.
    pub target: Party,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub request_id: String,
    /// As in the webhook of the same event.
    pub data: Metadata,
    pub occurred_at: Timestamp,
    /// SHA-256 in hex; covers the event and the hash of the one before.
    pub hash: String,
    /// The hash of the event before; 64 zeros before the first.
    pub previous_hash: String,
    /// Which fields of `data` tell of a person: they, `ip` and `user_agent` are covered by
    /// `personal_digest` only, so that a person can be erased from a log that still verifies.
    pub personal_fields: Vec<String>,
    /// A salted SHA-256 in hex of what tells of a person, as it was when it happened.
    pub personal_digest: String,
}

/// A signed statement of how far the log had come.
#[derive(Debug, Object)]
#[oai(rename = "Checkpoint")]
pub struct CheckpointView {
    pub app_id: String,
    /// The last event of the log.
    pub seq: i64,
    /// Its hash, in hex, which covers all before it.
    pub hash: String,
    pub created_at: Timestamp,
    /// The same as a JWT (`typ` `heimdall-checkpoint+jwt`), signed with a key of the JWKS.
    pub checkpoint: String,
}

/// Who did something, or to whom it was done.
#[derive(Debug, Object)]
#[oai(rename = "Party")]
pub struct Party {
    /// `user`, `service`, `admin_key`, `role`, and so on.
    #[oai(rename = "type")]
    pub kind: String,
    pub id: String,
}

impl From<Event> for View {
    fn from(event: Event) -> Self {
        Self {
            id: event.id.to_string(),
            app_id: event.app_id,
            seq: event.seq,
            kind: event.kind,
            actor: Party {
                kind: event.actor_type,
                id: event.actor_id,
            },
            target: Party {
                kind: event.target_type,
                id: event.target_id,
            },
            ip: event.ip,
            user_agent: event.user_agent,
            request_id: event.request_id,
            data: Metadata(event.data),
            occurred_at: event.occurred_at,
            hash: hash::hex(&event.hash),
            previous_hash: hash::hex(&event.previous_hash),
            personal_fields: event.personal_fields,
            personal_digest: hash::hex(&event.personal_digest),
        }
    }
}

/// A part of the feed.
#[derive(Debug, Object)]
#[oai(rename = "EventFeed")]
pub struct Feed {
    /// Oldest first.
    pub data: Vec<View>,
    /// The `seq` to ask with next, also when there was nothing.
    pub next_after: i64,
    /// Whether there is more at once.
    pub more: bool,
}

#[derive(Debug)]
pub struct AuditApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1/apps", tag = "Tag::Audit")]
impl AuditApi {
    /// List what happened
    ///
    /// Newest first. Needs `audit:read`.
    #[oai(
        path = "/:app/audit-logs",
        method = "get",
        operation_id = "list_audit_logs"
    )]
    #[allow(clippy::too_many_arguments)] // each is a parameter of the operation
    async fn list(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        /// Of this type, such as `user.created`.
        #[oai(name = "type")]
        kind: Query<Option<SearchText>>,
        /// Done by this one, by id.
        actor: Query<Option<SearchText>>,
        /// Done to this one, by id.
        target: Query<Option<SearchText>>,
        /// Not before this time.
        since: Query<Option<Timestamp>>,
        /// Before this time.
        until: Query<Option<Timestamp>>,
        limit: Query<Limit>,
        cursor: Query<CursorText>,
    ) -> Answered<Answer<Page<View>>> {
        let text = |text: Option<SearchText>| text.map(|text| text.0);
        let filter = Filter {
            kind: text(kind.0),
            actor: text(actor.0),
            target: text(target.0),
            since: since.0,
            until: until.0,
        };
        let app = self.enter(&caller, &app.0.0).await?;
        let list = Listing::new(
            &self.0,
            format!("{app}/audit-logs?{filter:?}"),
            limit.0,
            &cursor.0,
        )?;
        let before = list.before().and_then(|before| before.parse().ok());
        let mut conn = self.0.db.read().await?;
        let rows = events::list_before(&mut conn, &app, &filter, before, list.most()).await?;
        Ok(Answer(
            list.page(rows, |event| event.seq.to_string())
                .map(View::from),
        ))
    }

    /// Follow what happens
    ///
    /// Oldest first, in order and without a gap: with the last `seq` seen as `after` nothing is
    /// missed and nothing comes twice. Held open up to `wait` seconds while there is nothing. Needs
    /// `audit:read`.
    #[oai(path = "/:app/events", method = "get", operation_id = "list_events")]
    async fn follow(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        /// The last `seq` seen; 0 for the beginning.
        #[oai(validator(minimum(value = "0"), maximum(value = "9007199254740991")))]
        after: Query<Option<i64>>,
        wait: Query<Wait>,
        limit: Query<Limit>,
    ) -> Answered<Private<Feed>> {
        let app = self.enter(&caller, &app.0.0).await?;
        let after = after.0.unwrap_or(0);
        let events = wait_for(&self.0, &app, after, wait.0, limit.0).await?;
        let more = events.len() > limit.0.rows();
        let data: Vec<View> = events
            .into_iter()
            .take(limit.0.rows())
            .map(View::from)
            .collect();
        Ok(Private(Feed {
            next_after: data.last().map_or(after, |event| event.seq),
            more,
            data,
        }))
    }

    /// Sign how far the log has come
    ///
    /// Kept elsewhere, it shows later whether the end of the log was cut off or its chain made anew, which the hashes
    /// alone can't: `heimdall audit verify --checkpoints FILE`. The webhook event `audit.checkpoint` brings
    /// one daily, if anything has happened. Needs `audit:read`.
    #[oai(
        path = "/:app/events/checkpoint",
        method = "get",
        operation_id = "get_checkpoint"
    )]
    async fn checkpoint(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
    ) -> Answered<Private<CheckpointView>> {
        let app = self.enter(&caller, &app.0.0).await?;
        let (checkpoint, signed) = super::checkpoint(&self.0, &app).await?;
        Ok(Private(CheckpointView {
            app_id: checkpoint.app_id,
            seq: checkpoint.seq,
            hash: checkpoint.hash,
            created_at: checkpoint.at,
            checkpoint: signed,
        }))
    }
}

impl AuditApi {
    /// Enters the App, with its log sealed up to now: whoever has just done something finds it.
    async fn enter(&self, caller: &Authenticated, app: &str) -> Result<String, Refused> {
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, app, AUDIT_READ).await?;
        drop(conn);
        sealer::catch_up(&self.0, app.id.as_str()).await?;
        Ok(app.id.to_string())
    }
}

type Refused = crate::http::ApiError;

async fn wait_for(
    heimdall: &Heimdall,
    app: &str,
    after: i64,
    wait: Wait,
    limit: Limit,
) -> Result<Vec<Event>> {
    let mut sealed = heimdall.signals.sealed();
    let deadline = tokio::time::Instant::now() + wait.duration().unwrap_or(Duration::ZERO);
    loop {
        let mut conn = heimdall.db.read().await?;
        let events = events::list_after(&mut conn, app, after, limit.plus_one()).await?;
        drop(conn);
        if !events.is_empty() {
            return Ok(events);
        }
        let woken = tokio::select! {
            changed = sealed.changed() => changed.is_ok(),
            () = tokio::time::sleep_until(deadline) => false,
            () = heimdall.signals.stopping() => false,
        };
        if !woken {
            return Ok(events);
        }
    }
}

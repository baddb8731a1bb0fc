//! What happened in an App: as an audit log, newest first, and as a feed, oldest first. It is one log.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::lenient::or_default;
use crate::{Call, EventType, InApp, JsonObject, Page, operations as op};

/// What happened, newest first: [`InApp::audit_logs`].
#[derive(Clone, Copy, Debug)]
pub struct AuditLogs<'a>(pub(crate) InApp<'a>);

impl AuditLogs<'_> {
    /// Lists what happened.
    pub fn list(&self, query: &AuditQuery) -> Call<Page<Event>> {
        self.0
            .draft(op::LIST_AUDIT_LOGS, &[])
            .query(query)
            .returning()
    }
}

/// What happened, oldest first: [`InApp::events`].
#[derive(Clone, Copy, Debug)]
pub struct Events<'a>(pub(crate) InApp<'a>);

impl Events<'_> {
    /// Reads what came after an event, and waits for it where there is nothing yet. No event is ever
    /// skipped: `seq` has no gaps, and what commits late comes late.
    ///
    /// ```no_run
    /// # async fn f(client: heimdall_sdk::Client, mut seen: u64) -> Result<(), heimdall_sdk::Error> {
    /// use heimdall_sdk::EventQuery;
    ///
    /// loop {
    ///     let news = client.app("acme").events().list(&EventQuery::after(seen).with_wait(30)).await?;
    ///     for event in news.data {
    ///         println!("{} {}", event.seq, event.kind);
    ///         seen = event.seq; // Remember it where you keep what you made of the event.
    ///     }
    /// }
    /// # }
    /// ```
    pub fn list(&self, query: &EventQuery) -> Call<EventBatch> {
        self.0
            .draft(op::LIST_EVENTS, &[])
            .query(query)
            .waits(query.wait.unwrap_or(0))
            .returning()
    }

    /// How far the log has come, signed. Kept elsewhere, it shows later whether the end of the log was
    /// cut off or its chain made anew: `heimdall audit verify --checkpoints FILE`.
    pub fn checkpoint(&self) -> Call<Checkpoint> {
        self.0.draft(op::GET_CHECKPOINT, &[]).returning()
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// `evt_` and a ULID: the `webhook-id` of its deliveries.
    pub id: String,
    /// Its place in the App's log, from 1, without gaps.
    pub seq: u64,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// Who did it.
    pub actor: Actor,
    /// What it happened to.
    pub target: Target,
    /// Where the request came from.
    pub ip: Option<String>,
    /// What the request came with.
    pub user_agent: Option<String>,
    /// The request, as the server's log names it.
    pub request_id: Option<String>,
    /// More about it; what is in it goes by the type.
    #[serde(default, deserialize_with = "or_default")]
    pub data: JsonObject,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// SHA-256 in hex, over the event and the hash of the one before.
    pub hash: Option<String>,
    /// The hash of the event before; 64 zeros before the first.
    pub previous_hash: Option<String>,
    /// Which fields of `data` tell of a person, and so are not in `hash` but in `personal_digest`.
    #[serde(default, deserialize_with = "or_default")]
    pub personal_fields: Vec<String>,
    /// A salted SHA-256 in hex of what tells of a person.
    pub personal_digest: Option<String>,
}

/// A signed statement of how far an App's log had come.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Checkpoint {
    /// Whose log it is.
    pub app_id: String,
    /// The last event.
    pub seq: u64,
    /// Its hash in hex, which covers all before it.
    pub hash: String,
    /// When it was signed.
    pub created_at: DateTime<Utc>,
    /// The same as a JWT: this is what to keep.
    pub checkpoint: String,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Actor {
    /// `admin_key`, `user`, `service`, `invite`, `link`, `anonymous` or `system`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which one.
    #[serde(default, deserialize_with = "or_default")]
    pub id: String,
}

/// What something happened to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Target {
    /// `user`, `role`, `session` and so on.
    #[serde(rename = "type")]
    pub kind: String,
    /// Which one.
    #[serde(default, deserialize_with = "or_default")]
    pub id: String,
}

/// Which entries of the audit log to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditQuery {
    /// Only those of this type.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<EventType>,
    /// Only what this one did, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Only what happened to this one, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Only from this instant on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Only before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// How many items a page holds: 1–200, 50 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl AuditQuery {
    with!(with_kind, kind: into EventType);
    with!(with_actor, actor: into String);
    with!(with_target, target: into String);
    with!(with_since, since: DateTime<Utc>);
    with!(with_until, until: DateTime<Utc>);
    with!(with_limit, limit: u32);
    with!(with_cursor, cursor: into String);
}

/// What to read of the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EventQuery {
    /// The last `seq` that was seen; from the beginning unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<u64>,
    /// How many seconds to wait where there is nothing yet: 0–60.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<u32>,
    /// How many events at the most: 1–200, 50 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl EventQuery {
    /// What came after this `seq`.
    pub fn after(seq: u64) -> Self {
        Self {
            after: Some(seq),
            ..Self::default()
        }
    }

    with!(with_wait, wait: u32);
    with!(with_limit, limit: u32);
}

/// Events in their order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct EventBatch {
    /// The events, oldest first; none when the wait was over.
    #[serde(default, deserialize_with = "or_default")]
    pub data: Vec<Event>,
    /// The `seq` to ask with next, as `after`; also when there was nothing.
    pub next_after: u64,
    /// Whether there is more at once.
    #[serde(default, deserialize_with = "or_default")]
    pub more: bool,
}

//! The one log.
//!
//! Every change, and every authentication, appends one event in the transaction that makes it true
//! ([`append`]). Afterwards the [`sealer`] puts the committed events of an App in order, without a
//! gap, each bound to the one before by its hash; whoever tells the outside world what happened
//! (audit log, feed, webhooks, revocations) reads what was sealed and is never a second writer.

pub mod checkpoint;
pub mod export;
pub mod hash;
mod kind;
pub mod sealer;
mod sql;
pub mod verify;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use kind::Kind;
pub use sql::{
    Filter, apps_to_checkpoint, entries_after, find, head, list_after, list_before, logs,
};

use crate::db::Conn;
use crate::error::Result;
use crate::kernel::ids::{AppId, EventId};
use crate::kernel::{Random, Timestamp};

/// The pseudo-App of what belongs to none: admin keys, signing keys.
pub const INSTANCE: &str = "instance";

/// Who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// `admin_key`, `user`, `service`, `invite`, `link`, `anonymous` or `system`.
    pub kind: &'static str,
    pub id: String,
}

impl Actor {
    pub fn new(kind: &'static str, id: impl ToString) -> Self {
        Self {
            kind,
            id: id.to_string(),
        }
    }

    /// The server itself: a job, a command.
    pub fn system(what: &str) -> Self {
        Self::new("system", what)
    }

    pub fn anonymous() -> Self {
        Self::new("anonymous", "anonymous")
    }
}

/// Where a request came from. Personal data, but for the request's id.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    pub request_id: String,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
}

/// An event that is about to be written.
#[derive(Clone, Debug)]
pub struct New {
    pub kind: Kind,
    /// What it happened to: `("user", "usr_…")`.
    pub target: (&'static str, String),
    /// Ids and facts; never personal, never secret.
    pub data: Map<String, Value>,
    /// What tells of a person, so that it can be erased without breaking the chain.
    pub personal: Map<String, Value>,
    /// What local verifiers must refuse from now on.
    pub revokes: Vec<Revoked>,
}

/// What a local verifier must refuse.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Revoked {
    /// `session`, `user`, `credential`, `app`, `key` or `token`.
    pub kind: String,
    pub id: String,
    /// Tokens issued before this, in microseconds since the Unix epoch.
    pub not_before_us: i64,
    /// `revoked`, or `stale` when a refresh helps.
    pub reason: String,
    /// When the last token that it could concern has expired, in microseconds likewise.
    pub expires_us: i64,
}

impl New {
    pub fn of(kind: Kind, target: &'static str, id: impl ToString) -> Self {
        Self {
            kind,
            target: (target, id.to_string()),
            data: Map::new(),
            personal: Map::new(),
            revokes: Vec::new(),
        }
    }

    pub fn revokes(mut self, revoked: impl IntoIterator<Item = Revoked>) -> Self {
        self.revokes.extend(revoked);
        self
    }

    pub fn data(mut self, key: &str, value: impl Serialize) -> Self {
        put(&mut self.data, key, value);
        self
    }

    pub fn personal(mut self, key: &str, value: impl Serialize) -> Self {
        put(&mut self.personal, key, value);
        self
    }
}

fn put(map: &mut Map<String, Value>, key: &str, value: impl Serialize) {
    if let Ok(value) = serde_json::to_value(value)
        && !value.is_null()
    {
        map.insert(key.to_owned(), value);
    }
}

/// The erasable half of an event.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Personal {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
}

/// A sealed event.
#[derive(Clone, Debug)]
pub struct Event {
    pub app_id: String,
    pub id: EventId,
    pub seq: i64,
    pub kind: String,
    pub actor_type: String,
    pub actor_id: String,
    pub target_type: String,
    pub target_id: String,
    /// The facts and, as long as they are not erased, the personal ones.
    pub data: Map<String, Value>,
    /// Which of `data` are personal: outside of what is hashed, but for their digest.
    pub personal_fields: Vec<String>,
    pub personal_digest: Vec<u8>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub request_id: String,
    pub occurred_at: Timestamp,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

#[allow(clippy::too_many_arguments)] // only `Work::record` calls it, which has them all
/// Writes an event within the caller's transaction. `app` is an App's id, or [`INSTANCE`].
pub async fn append(
    conn: &mut Conn,
    random: &Random,
    app: &str,
    actor: &Actor,
    origin: &Origin,
    at: Timestamp,
    position: i64,
    event: New,
) -> Result<EventId> {
    let id = EventId::new(at, random);
    let personal = Personal {
        ip: origin.ip.clone(),
        user_agent: origin.user_agent.clone(),
        data: event.personal,
    };
    let salt: [u8; 16] = random.bytes();
    let stored = serde_json::to_value(&personal)?;
    let digest = hash::personal(&salt, &stored);
    let row = sql::Insert {
        app,
        id: &id,
        kind: event.kind.as_str(),
        actor,
        target: &event.target,
        data: Value::Object(event.data),
        personal: stored,
        personal_salt: &salt,
        personal_digest: &digest,
        revokes: (!event.revokes.is_empty()).then_some(event.revokes),
        request_id: &origin.request_id,
        occurred_at: at,
        position,
    };
    sql::insert(conn, row).await?;
    Ok(id)
}

/// Erases what the log knows of a person: the hashes stay, and still verify.
pub async fn erase_person(conn: &mut Conn, app: &AppId, person: &str) -> Result<u64> {
    Ok(sql::erase_personal(conn, app, person).await?)
}

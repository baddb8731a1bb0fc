//! Every statement about events.

use serde_json::{Map, Value};

use super::verify::{self, Entry};
use super::{Actor, Event, Personal, Revoked};
use crate::db::{Conn, Error, FromRow, Json, Sql};
use crate::kernel::Timestamp;
use crate::kernel::ids::{AppId, EventId};

pub(super) struct Insert<'e> {
    pub app: &'e str,
    pub id: &'e EventId,
    pub kind: &'static str,
    pub actor: &'e Actor,
    pub target: &'e (&'static str, String),
    pub data: Value,
    pub personal: Value,
    pub personal_salt: &'e [u8],
    pub personal_digest: &'e [u8],
    pub revokes: Option<Vec<Revoked>>,
    pub request_id: &'e str,
    pub occurred_at: Timestamp,
    pub position: i64,
}

pub(super) async fn insert(conn: &mut Conn, row: Insert<'_>) -> Result<(), Error> {
    conn.query(
        "INSERT INTO events (app_id, id, type, actor_type, actor_id, target_type, target_id, data,
           personal, personal_salt, personal_digest, revokes, request_id, occurred_at, position)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(row.app)
    .bind(row.id)
    .bind(row.kind)
    .bind(row.actor.kind)
    .bind(row.actor.id.as_str())
    .bind(row.target.0)
    .bind(row.target.1.as_str())
    .bind(Json(row.data))
    .bind(Json(row.personal))
    .bind(row.personal_salt)
    .bind(row.personal_digest)
    .bind(row.revokes.map(Json))
    .bind(row.request_id)
    .bind(row.occurred_at)
    .bind(row.position)
    .execute()
    .await?;
    Ok(())
}

/// An event as it waits to be sealed.
#[derive(Debug, FromRow)]
pub(super) struct Unsealed {
    pub id: EventId,
    #[sqlx(rename = "type")]
    pub kind: String,
    pub actor_type: String,
    pub actor_id: String,
    pub target_type: String,
    pub target_id: String,
    pub data: Json<Value>,
    pub personal_digest: Vec<u8>,
    pub revokes: Option<Json<Vec<Revoked>>>,
    pub request_id: String,
    pub occurred_at: Timestamp,
}

pub(super) async fn unsealed(
    conn: &mut Conn,
    app: &str,
    most: i64,
) -> Result<Vec<Unsealed>, Error> {
    conn.query(
        "SELECT id, type, actor_type, actor_id, target_type, target_id, data, personal_digest,
           revokes, request_id, occurred_at
         FROM events WHERE app_id = $1 AND seq IS NULL
         ORDER BY occurred_at, position, id LIMIT $2",
    )
    .bind(app)
    .bind(most)
    .all()
    .await
}

/// The Apps that have events to be sealed.
pub(super) async fn apps_to_seal(conn: &mut Conn) -> Result<Vec<String>, Error> {
    let apps = conn.query("SELECT DISTINCT app_id FROM events WHERE seq IS NULL LIMIT 100");
    let apps: Vec<(String,)> = apps.all().await?;
    Ok(apps.into_iter().map(|(app,)| app).collect())
}

pub(super) async fn has_unsealed(conn: &mut Conn, app: &str) -> Result<bool, Error> {
    let one = conn.query("SELECT id FROM events WHERE app_id = $1 AND seq IS NULL LIMIT 1");
    Ok(one.bind(app).optional::<(String,)>().await?.is_some())
}

/// Takes the turn to seal; whoever else wants to waits until this transaction ends. Gives the
/// number of the turn.
pub(super) async fn take_turn(conn: &mut Conn) -> Result<i64, Error> {
    let turn =
        conn.query("UPDATE counters SET value = value + 1 WHERE name = 'sealed' RETURNING value");
    Ok(turn.one::<(i64,)>().await?.0)
}

/// The number of the last turn, on whichever node it was.
pub(super) async fn last_turn(conn: &mut Conn) -> Result<i64, Error> {
    let turn = conn.query("SELECT value FROM counters WHERE name = 'sealed'");
    Ok(turn.one::<(i64,)>().await?.0)
}

/// The last sealed event of an App: its number and hash.
pub async fn head(conn: &mut Conn, app: &str) -> Result<Option<(i64, Vec<u8>)>, Error> {
    let head = conn.query("SELECT last_seq, last_hash FROM event_heads WHERE app_id = $1");
    head.bind(app).optional().await
}

pub(super) async fn set_head(
    conn: &mut Conn,
    app: &str,
    seq: i64,
    hash: &[u8],
) -> Result<(), Error> {
    conn.query(
        "INSERT INTO event_heads (app_id, last_seq, last_hash) VALUES ($1, $2, $3)
         ON CONFLICT (app_id) DO UPDATE SET last_seq = $2, last_hash = $3",
    )
    .bind(app)
    .bind(seq)
    .bind(hash)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn seal(
    conn: &mut Conn,
    app: &str,
    id: &EventId,
    seq: i64,
    previous: &[u8],
    hash: &[u8],
) -> Result<(), Error> {
    conn.query(
        "UPDATE events SET seq = $3, previous_hash = $4, hash = $5 WHERE app_id = $1 AND id = $2",
    )
    .bind(app)
    .bind(id)
    .bind(seq)
    .bind(previous)
    .bind(hash)
    .execute()
    .await?;
    Ok(())
}

/// Erases the personal half of every event that a person did, that happened to them, or that tells
/// of an address that was ever theirs: an invite, say, or a login that failed before they came.
pub(super) async fn erase_personal(
    conn: &mut Conn,
    app: &AppId,
    person: &str,
) -> Result<u64, Error> {
    conn.query(
        "UPDATE events SET personal = NULL, personal_salt = NULL
         WHERE app_id = $1 AND (target_id = $2 OR actor_id = $2
           OR lower(personal -> 'data' ->> 'email') IN (
             SELECT lower(personal -> 'data' ->> 'email') FROM events
             WHERE app_id = $1 AND target_id = $2))",
    )
    .bind(app)
    .bind(person)
    .execute()
    .await
}

/// What a reader of the log asks for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub kind: Option<String>,
    pub actor: Option<String>,
    pub target: Option<String>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

#[derive(FromRow)]
struct Stored {
    app_id: String,
    id: EventId,
    seq: i64,
    #[sqlx(rename = "type")]
    kind: String,
    actor_type: String,
    actor_id: String,
    target_type: String,
    target_id: String,
    data: Json<Map<String, Value>>,
    personal: Option<Json<Personal>>,
    personal_digest: Vec<u8>,
    request_id: String,
    occurred_at: Timestamp,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
}

impl From<Stored> for Event {
    fn from(row: Stored) -> Self {
        let personal = row.personal.map(|personal| personal.0).unwrap_or_default();
        let personal_fields = personal.data.keys().cloned().collect();
        let mut data = row.data.0;
        data.extend(personal.data);
        Self {
            app_id: row.app_id,
            id: row.id,
            seq: row.seq,
            kind: row.kind,
            actor_type: row.actor_type,
            actor_id: row.actor_id,
            target_type: row.target_type,
            target_id: row.target_id,
            data,
            personal_fields,
            personal_digest: row.personal_digest,
            ip: personal.ip,
            user_agent: personal.user_agent,
            request_id: row.request_id,
            occurred_at: row.occurred_at,
            previous_hash: row.previous_hash,
            hash: row.hash,
        }
    }
}

/// Sealed events newest first, before `before` (exclusive), that pass the filter.
pub async fn list_before(
    conn: &mut Conn,
    app: &str,
    filter: &Filter,
    before: Option<i64>,
    most: i64,
) -> Result<Vec<Event>, Error> {
    let rows = conn.query(Sql::Same(
        "SELECT app_id, id, seq, type, actor_type, actor_id, target_type, target_id, data, personal,
           personal_digest, request_id, occurred_at, previous_hash, hash
         FROM events
         WHERE app_id = $1 AND seq < $2
           AND ($3 IS NULL OR type = $3) AND ($4 IS NULL OR actor_id = $4)
           AND ($5 IS NULL OR target_id = $5)
           AND occurred_at >= $6 AND occurred_at < $7
         ORDER BY seq DESC LIMIT $8",
    ));
    let rows: Vec<Stored> = rows
        .bind(app)
        .bind(before.unwrap_or(i64::MAX))
        .bind(filter.kind.as_deref())
        .bind(filter.actor.as_deref())
        .bind(filter.target.as_deref())
        .bind(filter.since.unwrap_or(Timestamp::from_micros(0)))
        .bind(
            filter
                .until
                .unwrap_or(Timestamp::from_micros(FAR_FUTURE_US)),
        )
        .bind(most)
        .all()
        .await?;
    Ok(rows.into_iter().map(Event::from).collect())
}

/// The year 9999, the last that every part of the way can write.
const FAR_FUTURE_US: i64 = 253_402_300_799_000_000;

/// Sealed events oldest first, after `after` (exclusive).
pub async fn list_after(
    conn: &mut Conn,
    app: &str,
    after: i64,
    most: i64,
) -> Result<Vec<Event>, Error> {
    let rows = conn.query(
        "SELECT app_id, id, seq, type, actor_type, actor_id, target_type, target_id, data, personal,
           personal_digest, request_id, occurred_at, previous_hash, hash
         FROM events WHERE app_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    );
    let rows: Vec<Stored> = rows.bind(app).bind(after).bind(most).all().await?;
    Ok(rows.into_iter().map(Event::from).collect())
}

/// One sealed event.
pub async fn find(conn: &mut Conn, app: &str, id: &EventId) -> Result<Option<Event>, Error> {
    let row = conn.query(
        "SELECT app_id, id, seq, type, actor_type, actor_id, target_type, target_id, data, personal,
           personal_digest, request_id, occurred_at, previous_hash, hash
         FROM events WHERE app_id = $1 AND id = $2 AND seq IS NOT NULL",
    );
    let row: Option<Stored> = row.bind(app).bind(id).optional().await?;
    Ok(row.map(Event::from))
}

/// Every log that there is, or ought to be: of each App, and of the instance.
pub async fn logs(conn: &mut Conn) -> Result<Vec<String>, Error> {
    let logs = conn.query(
        "SELECT id FROM apps UNION SELECT app_id FROM event_heads UNION SELECT app_id FROM events
         ORDER BY 1",
    );
    let logs: Vec<(String,)> = logs.all().await?;
    Ok(logs.into_iter().map(|(app,)| app).collect())
}

/// The logs in which something has happened since their last checkpoint.
pub async fn apps_to_checkpoint(conn: &mut Conn) -> Result<Vec<String>, Error> {
    let logs = conn.query(
        "SELECT head.app_id FROM event_heads head
         JOIN events last ON last.app_id = head.app_id AND last.seq = head.last_seq
         WHERE last.type <> 'audit.checkpoint' ORDER BY head.app_id",
    );
    let logs: Vec<(String,)> = logs.all().await?;
    Ok(logs.into_iter().map(|(app,)| app).collect())
}

#[derive(FromRow)]
struct Whole {
    seq: i64,
    id: String,
    #[sqlx(rename = "type")]
    kind: String,
    actor_type: String,
    actor_id: String,
    target_type: String,
    target_id: String,
    data: Json<Value>,
    personal: Option<Json<Value>>,
    personal_salt: Option<Vec<u8>>,
    personal_digest: Vec<u8>,
    request_id: String,
    occurred_at: Timestamp,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
}

/// Sealed events, oldest first, with all that is needed to verify them.
pub async fn entries_after(
    conn: &mut Conn,
    app: &str,
    after: i64,
    most: i64,
) -> Result<Vec<Entry>, Error> {
    let rows = conn.query(
        "SELECT seq, id, type, actor_type, actor_id, target_type, target_id, data, personal,
           personal_salt, personal_digest, request_id, occurred_at, previous_hash, hash
         FROM events WHERE app_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    );
    let rows: Vec<Whole> = rows.bind(app).bind(after).bind(most).all().await?;
    let entry = |row: Whole| Entry {
        app_id: app.to_owned(),
        seq: row.seq,
        id: row.id,
        kind: row.kind,
        actor: (row.actor_type, row.actor_id),
        target: (row.target_type, row.target_id),
        data: row.data.0,
        personal: match (row.personal_salt, row.personal) {
            (Some(salt), Some(personal)) => verify::Personal::Kept(salt, personal.0),
            _ => verify::Personal::Unknown,
        },
        personal_digest: row.personal_digest,
        request_id: row.request_id,
        occurred_at: row.occurred_at,
        previous_hash: row.previous_hash,
        hash: row.hash,
    };
    Ok(rows.into_iter().map(entry).collect())
}

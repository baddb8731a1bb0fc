//! Every statement about deliveries.

use super::{Replay, Status};
use crate::db::{Conn, Error, FromRow, Sql, text_column};
use crate::kernel::Timestamp;
use crate::kernel::ids::{AppId, DeliveryId, EventId, WebhookId};
use crate::webhooks::send::Attempt;

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

text_column!(Status, |text| Status::parse(&text)
    .ok_or_else(|| "no status".into()));

/// A delivery as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct DeliveryRow {
    pub id: DeliveryId,
    pub webhook_id: WebhookId,
    pub event_id: EventId,
    pub event_type: String,
    pub status: Status,
    pub attempts: i64,
    pub next_attempt_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// An attempt as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct AttemptRow {
    pub at: Timestamp,
    pub latency_ms: i64,
    pub status_code: Option<i64>,
    pub response_excerpt: Option<String>,
    pub error: Option<String>,
}

/// Makes a delivery that is due at once.
pub async fn insert(
    conn: &mut Conn,
    app: &str,
    id: &DeliveryId,
    webhook: &WebhookId,
    event: &EventId,
    kind: &str,
    at: Timestamp,
) -> Result<(), Error> {
    conn.query(
        "INSERT INTO deliveries (app_id, id, webhook_id, event_id, event_type, status, attempts,
           next_attempt_at, created_at)
         VALUES ($1, $2, $3, $4, $5, 'pending', 0, $6, $6)",
    )
    .bind(app)
    .bind(id)
    .bind(webhook)
    .bind(event)
    .bind(kind)
    .bind(at)
    .execute()
    .await?;
    Ok(())
}

pub async fn find(
    conn: &mut Conn,
    app: &AppId,
    webhook: &WebhookId,
    id: &DeliveryId,
) -> Result<Option<DeliveryRow>, Error> {
    let found = conn.query(
        "SELECT id, webhook_id, event_id, event_type, status, attempts, next_attempt_at, created_at
         FROM deliveries WHERE app_id = $1 AND webhook_id = $2 AND id = $3",
    );
    found.bind(app).bind(webhook).bind(id).optional().await
}

/// What a list of deliveries is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub status: Option<Status>,
}

/// A page, newest first.
pub async fn list(
    conn: &mut Conn,
    app: &AppId,
    webhook: &WebhookId,
    filter: &Filter,
    before: Option<&str>,
    most: i64,
) -> Result<Vec<DeliveryRow>, Error> {
    conn.query(
        "SELECT id, webhook_id, event_id, event_type, status, attempts, next_attempt_at, created_at
         FROM deliveries WHERE app_id = $1 AND webhook_id = $2
           AND ($3 IS NULL OR status = $3) AND ($4 IS NULL OR id < $4)
         ORDER BY id DESC LIMIT $5",
    )
    .bind(app)
    .bind(webhook)
    .bind(filter.status)
    .bind(before)
    .bind(most)
    .all()
    .await
}

/// The attempts of a delivery, first to last.
pub async fn attempts(
    conn: &mut Conn,
    app: &AppId,
    id: &DeliveryId,
) -> Result<Vec<AttemptRow>, Error> {
    let attempts = conn.query(
        "SELECT at, latency_ms, status_code, response_excerpt, error FROM delivery_attempts
         WHERE app_id = $1 AND delivery_id = $2 ORDER BY number",
    );
    attempts.bind(app).bind(id).all().await
}

/// An endpoint that has something to be sent now.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct Waiting {
    pub app_id: AppId,
    pub webhook_id: WebhookId,
}

/// The active endpoints that have something to be sent, those that have waited longest first.
pub(crate) async fn due_endpoints(
    conn: &mut Conn,
    now: Timestamp,
    most: i64,
) -> Result<Vec<Waiting>, Error> {
    let due = conn.query(
        "SELECT deliveries.app_id AS app_id, deliveries.webhook_id AS webhook_id
         FROM deliveries JOIN webhooks
           ON webhooks.app_id = deliveries.app_id AND webhooks.id = deliveries.webhook_id
         WHERE deliveries.next_attempt_at <= $1 AND webhooks.status = 'active'
           AND (deliveries.leased_until IS NULL OR deliveries.leased_until <= $1)
         GROUP BY deliveries.app_id, deliveries.webhook_id
         ORDER BY MIN(deliveries.next_attempt_at) LIMIT $2",
    );
    due.bind(now).bind(most).all().await
}

/// When the next delivery to an active endpoint falls due.
pub(crate) async fn next_due(conn: &mut Conn) -> Result<Option<Timestamp>, Error> {
    let next = conn.query(
        "SELECT deliveries.next_attempt_at FROM deliveries JOIN webhooks
           ON webhooks.app_id = deliveries.app_id AND webhooks.id = deliveries.webhook_id
         WHERE deliveries.next_attempt_at IS NOT NULL AND deliveries.leased_until IS NULL
           AND webhooks.status = 'active'
         ORDER BY deliveries.next_attempt_at LIMIT 1",
    );
    let next: Option<(Timestamp,)> = next.optional().await?;
    Ok(next.map(|(at,)| at))
}

/// A delivery that is ours to attempt.
#[derive(Clone, Debug, FromRow)]
pub struct Due {
    pub id: DeliveryId,
    pub event_id: EventId,
    pub attempts: i64,
}

/// Takes deliveries of one endpoint to attempt them; nobody else does until the lease ends.
pub(crate) async fn claim(
    conn: &mut Conn,
    endpoint: &Waiting,
    lease: &str,
    now: Timestamp,
    until: Timestamp,
    most: i64,
) -> Result<Vec<Due>, Error> {
    let claimed = conn.query(Sql::Differs {
        sqlite: "UPDATE deliveries SET lease = $3, leased_until = $5
             WHERE app_id = $1 AND id IN (
               SELECT id FROM deliveries WHERE app_id = $1 AND webhook_id = $2 AND next_attempt_at <= $4
                 AND (leased_until IS NULL OR leased_until <= $4)
               ORDER BY next_attempt_at, id LIMIT $6)
             RETURNING id, event_id, attempts",
        postgres: "UPDATE deliveries SET lease = $3, leased_until = $5
             WHERE app_id = $1 AND id IN (
               SELECT id FROM deliveries WHERE app_id = $1 AND webhook_id = $2 AND next_attempt_at <= $4
                 AND (leased_until IS NULL OR leased_until <= $4)
               ORDER BY next_attempt_at, id LIMIT $6 FOR UPDATE SKIP LOCKED)
             RETURNING id, event_id, attempts",
    });
    claimed
        .bind(&endpoint.app_id)
        .bind(&endpoint.webhook_id)
        .bind(lease)
        .bind(now)
        .bind(until)
        .bind(most)
        .all()
        .await
}

/// Gives a delivery back untried.
pub(crate) async fn release(
    conn: &mut Conn,
    app: &AppId,
    id: &DeliveryId,
    lease: &str,
) -> Result<(), Error> {
    let released = conn.query(
        "UPDATE deliveries SET lease = NULL, leased_until = NULL WHERE app_id = $1 AND id = $2 AND lease = $3",
    );
    released.bind(app).bind(id).bind(lease).execute().await?;
    Ok(())
}

/// Writes an attempt down, and what is to become of its delivery. Whether the lease was still ours: what an overtaken holder
/// found out is not written over what its successor did.
pub(crate) async fn finish(
    conn: &mut Conn,
    app: &AppId,
    id: &DeliveryId,
    lease: &str,
    attempt: &Attempt,
    status: Status,
    next: Option<Timestamp>,
) -> Result<bool, Error> {
    let finished = conn.query(
        "UPDATE deliveries SET status = $4, attempts = attempts + 1, next_attempt_at = $5, lease = NULL,
           leased_until = NULL
         WHERE app_id = $1 AND id = $2 AND lease = $3 RETURNING attempts",
    );
    let finished = finished
        .bind(app)
        .bind(id)
        .bind(lease)
        .bind(status)
        .bind(next);
    let Some((number,)) = finished.optional::<(i64,)>().await? else {
        return Ok(false);
    };
    conn.query(
        "INSERT INTO delivery_attempts (app_id, delivery_id, number, at, latency_ms, status_code,
           response_excerpt, error)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(app)
    .bind(id)
    .bind(number)
    .bind(attempt.at)
    .bind(attempt.latency_ms)
    .bind(attempt.status_code.map(i64::from))
    .bind(attempt.excerpt.as_deref())
    .bind(attempt.error.as_deref())
    .execute()
    .await?;
    Ok(true)
}

/// The events whose delivery to an endpoint was given up and which did not get there since, oldest first.
pub(super) async fn failed_events(
    conn: &mut Conn,
    app: &AppId,
    webhook: &WebhookId,
    replay: &Replay,
    most: i64,
) -> Result<Vec<(EventId, String)>, Error> {
    let failed = conn.query(
        "SELECT DISTINCT events.id, events.type, events.seq
         FROM deliveries JOIN events ON events.app_id = deliveries.app_id AND events.id = deliveries.event_id
         WHERE deliveries.app_id = $1 AND deliveries.webhook_id = $2 AND deliveries.status = 'failed'
           AND ($3 IS NULL OR events.occurred_at >= $3) AND ($4 IS NULL OR events.occurred_at < $4)
           AND NOT EXISTS (
             SELECT 1 FROM deliveries AS other
             WHERE other.app_id = $1 AND other.webhook_id = $2 AND other.event_id = deliveries.event_id
               AND other.status <> 'failed')
         ORDER BY events.seq LIMIT $5",
    );
    let failed: Vec<(EventId, String, Option<i64>)> = failed
        .bind(app)
        .bind(webhook)
        .bind(replay.since)
        .bind(replay.until)
        .bind(most)
        .all()
        .await?;
    Ok(failed.into_iter().map(|(id, kind, _)| (id, kind)).collect())
}

/// The sealed events of a range of time, oldest first.
pub(super) async fn events_between(
    conn: &mut Conn,
    app: &AppId,
    replay: &Replay,
    most: i64,
) -> Result<Vec<(EventId, String)>, Error> {
    let between = conn.query(
        "SELECT id, type FROM events WHERE app_id = $1 AND seq IS NOT NULL
           AND ($2 IS NULL OR occurred_at >= $2) AND ($3 IS NULL OR occurred_at < $3)
         ORDER BY seq LIMIT $4",
    );
    between
        .bind(app)
        .bind(replay.since)
        .bind(replay.until)
        .bind(most)
        .all()
        .await
}

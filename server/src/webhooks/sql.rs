//! Every statement about endpoints.

use super::model::Status;
use crate::db::{Conn, Error, FromRow, Json, text_column};
use crate::error::Result;
use crate::events::Kind;
use crate::kernel::ids::{AppId, DeliveryId, EventId, WebhookId};
use crate::kernel::{Random, Timestamp};

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

text_column!(Status, |text| Status::parse(&text)
    .ok_or_else(|| "no status".into()));

/// An endpoint as it is stored.
#[derive(Clone, FromRow)]
pub struct WebhookRow {
    pub app_id: AppId,
    pub id: WebhookId,
    pub url: String,
    pub events: Json<Vec<String>>,
    pub description: Option<String>,
    pub status: Status,
    pub secret_sealed: Vec<u8>,
    pub previous_secret_sealed: Option<Vec<u8>>,
    pub previous_secret_until: Option<Timestamp>,
    pub failing_since: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl std::fmt::Debug for WebhookRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Webhook").field(&self.id).finish()
    }
}

pub(super) async fn count(conn: &mut Conn, app: &AppId) -> Result<i64, Error> {
    let count = conn.query("SELECT COUNT(*) FROM webhooks WHERE app_id = $1");
    Ok(count.bind(app).one::<(i64,)>().await?.0)
}

pub(super) async fn insert(conn: &mut Conn, webhook: &WebhookRow) -> Result<(), Error> {
    conn.query(
        "INSERT INTO webhooks (app_id, id, url, events, description, status, secret_sealed, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&webhook.app_id)
    .bind(&webhook.id)
    .bind(&webhook.url)
    .bind(&webhook.events)
    .bind(&webhook.description)
    .bind(webhook.status)
    .bind(webhook.secret_sealed.as_slice())
    .bind(webhook.created_at)
    .bind(webhook.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub async fn find(
    conn: &mut Conn,
    app: &AppId,
    id: &WebhookId,
) -> Result<Option<WebhookRow>, Error> {
    let found = conn.query("SELECT * FROM webhooks WHERE app_id = $1 AND id = $2");
    found.bind(app).bind(id).optional().await
}

/// The endpoint, which nobody else changes until this transaction ends.
pub(super) async fn lock(
    conn: &mut Conn,
    app: &AppId,
    id: &WebhookId,
) -> Result<Option<WebhookRow>, Error> {
    let locked = conn.query(
        "UPDATE webhooks SET updated_at = updated_at WHERE app_id = $1 AND id = $2 RETURNING *",
    );
    locked.bind(app).bind(id).optional().await
}

pub(super) async fn update(conn: &mut Conn, webhook: &WebhookRow) -> Result<(), Error> {
    conn.query(
        "UPDATE webhooks SET url = $3, events = $4, description = $5, status = $6, secret_sealed = $7,
           previous_secret_sealed = $8, previous_secret_until = $9, failing_since = $10, updated_at = $11
         WHERE app_id = $1 AND id = $2",
    )
    .bind(&webhook.app_id)
    .bind(&webhook.id)
    .bind(&webhook.url)
    .bind(&webhook.events)
    .bind(&webhook.description)
    .bind(webhook.status)
    .bind(webhook.secret_sealed.as_slice())
    .bind(webhook.previous_secret_sealed.as_deref())
    .bind(webhook.previous_secret_until)
    .bind(webhook.failing_since)
    .bind(webhook.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn delete(conn: &mut Conn, app: &AppId, id: &WebhookId) -> Result<(), Error> {
    let deleted = conn.query("DELETE FROM webhooks WHERE app_id = $1 AND id = $2");
    deleted.bind(app).bind(id).execute().await?;
    Ok(())
}

/// A page, newest first.
pub async fn list(
    conn: &mut Conn,
    app: &AppId,
    before: Option<&str>,
    most: i64,
) -> Result<Vec<WebhookRow>, Error> {
    let page = conn.query(
        "SELECT * FROM webhooks WHERE app_id = $1 AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
    );
    page.bind(app).bind(before).bind(most).all().await
}

/// An attempt succeeded: whatever failed before is over.
pub(super) async fn note_success(
    conn: &mut Conn,
    app: &AppId,
    id: &WebhookId,
) -> Result<(), Error> {
    let noted = conn.query(
        "UPDATE webhooks SET failing_since = NULL WHERE app_id = $1 AND id = $2 AND failing_since IS NOT NULL",
    );
    noted.bind(app).bind(id).execute().await?;
    Ok(())
}

/// An attempt failed; since when all have.
pub(super) async fn note_failure(
    conn: &mut Conn,
    app: &AppId,
    id: &WebhookId,
    at: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let noted = conn.query(
        "UPDATE webhooks SET failing_since = COALESCE(failing_since, $3) WHERE app_id = $1 AND id = $2
         RETURNING failing_since",
    );
    let since: Option<(Option<Timestamp>,)> = noted.bind(app).bind(id).bind(at).optional().await?;
    Ok(since.and_then(|(since,)| since))
}

/// An endpoint that wants events.
#[derive(Clone, Debug, FromRow)]
pub struct Subscriber {
    pub id: WebhookId,
    pub events: Json<Vec<String>>,
    pub created_at: Timestamp,
}

/// The active endpoints of an App.
pub async fn subscribers(conn: &mut Conn, app: &str) -> Result<Vec<Subscriber>, Error> {
    let active = conn.query(
        "SELECT id, events, created_at FROM webhooks WHERE app_id = $1 AND status = 'active' ORDER BY id",
    );
    active.bind(app).all().await
}

/// Makes a delivery for each endpoint that wants this event, within the sealer's transaction. A test is for the endpoint that
/// it names alone, and is made when it is asked for.
pub async fn fan_out(
    conn: &mut Conn,
    random: &Random,
    subscribers: &[Subscriber],
    app: &str,
    event: &EventId,
    kind: &str,
    at: Timestamp,
) -> Result<()> {
    if !Kind::DELIVERED.contains(&kind) || kind == Kind::WebhookTest.as_str() {
        return Ok(());
    }
    let wants = |subscriber: &&Subscriber| {
        let asked = subscriber
            .events
            .iter()
            .any(|asked| asked == "*" || asked == kind);
        asked && subscriber.created_at <= at
    };
    for subscriber in subscribers.iter().filter(wants) {
        let id = DeliveryId::new(at, random);
        super::deliveries::insert(conn, app, &id, &subscriber.id, event, kind, at).await?;
    }
    Ok(())
}

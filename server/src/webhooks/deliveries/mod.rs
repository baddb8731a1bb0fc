//! Deliveries: one event to one endpoint, however many attempts it takes.

mod sql;

use serde_json::Value;

pub use sql::{AttemptRow, DeliveryRow as Delivery, Due, Filter, attempts, find, insert, list};
pub(super) use sql::{claim, due_endpoints, finish, next_due, release};

use super::{Webhook, find as find_webhook};
use crate::app::{Heimdall, Work};
use crate::db::Conn;
use crate::error::{Failure, Refusal, Result};
use crate::events::{self, Event, Kind, New, sealer};
use crate::kernel::Timestamp;
use crate::kernel::ids::{AppId, DeliveryId, EventId, WebhookId};

/// Deliveries made by one replay at the most.
const MAX_REPLAYED: i64 = 10_000;

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It will be tried, or tried again.
    Pending,
    /// It was acknowledged.
    Succeeded,
    /// It was given up.
    Failed,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "pending" => Self::Pending,
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            _ => return None,
        })
    }
}

/// Sends a test event to one endpoint.
pub async fn test(work: &mut Work, app: &AppId, webhook: &WebhookId) -> Result<Delivery> {
    let webhook = find_webhook(&mut work.tx, app, webhook)
        .await?
        .ok_or(Refusal::NotFound)?;
    let kind = Kind::WebhookTest;
    let event = New::of(kind, "webhook", &webhook.id).data("webhook_id", &webhook.id);
    let event = work.record(app, event).await?;
    schedule(work, &webhook, &event, kind.as_str()).await
}

/// Delivers an event once more to the endpoint that it was delivered to, as a delivery of its own.
pub async fn redeliver(
    work: &mut Work,
    app: &AppId,
    webhook: &WebhookId,
    delivery: &DeliveryId,
) -> Result<Delivery> {
    let webhook = find_webhook(&mut work.tx, app, webhook)
        .await?
        .ok_or(Refusal::NotFound)?;
    let delivery = find(&mut work.tx, app, &webhook.id, delivery)
        .await?
        .ok_or(Refusal::NotFound)?;
    schedule(work, &webhook, &delivery.event_id, &delivery.event_type).await
}

async fn schedule(
    work: &mut Work,
    webhook: &Webhook,
    event: &EventId,
    kind: &str,
) -> Result<Delivery> {
    let (at, id) = (work.at, DeliveryId::new(work.at, work.random()));
    let app = webhook.app_id.clone();
    insert(
        &mut work.tx,
        app.as_str(),
        &id,
        &webhook.id,
        event,
        kind,
        at,
    )
    .await?;
    work.wake();
    let made = find(&mut work.tx, &app, &webhook.id, &id).await?;
    Ok(made.ok_or(Failure::Broken(
        "a delivery that was just made is not there",
    ))?)
}

/// What is to be delivered again.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Only what was given up.
    pub failed_only: bool,
    /// All types that the endpoint hears of, when nothing.
    pub types: Vec<String>,
}

/// Delivers again what happened in a range of time, or only what failed to be delivered; how many.
pub async fn replay(
    work: &mut Work,
    app: &AppId,
    webhook: &WebhookId,
    replay: &Replay,
) -> Result<i64> {
    let webhook = find_webhook(&mut work.tx, app, webhook)
        .await?
        .ok_or(Refusal::NotFound)?;
    let wanted = |kind: &str| {
        let asked = replay.types.is_empty() || replay.types.iter().any(|asked| asked == kind);
        let heard = webhook
            .events
            .iter()
            .any(|heard| heard == "*" || heard == kind);
        asked && heard && Kind::DELIVERED.contains(&kind) && kind != Kind::WebhookTest.as_str()
    };
    let events = if replay.failed_only {
        sql::failed_events(&mut work.tx, app, &webhook.id, replay, MAX_REPLAYED).await?
    } else {
        sql::events_between(&mut work.tx, app, replay, MAX_REPLAYED).await?
    };
    let mut scheduled = 0;
    for (event, kind) in events.into_iter().filter(|(_, kind)| wanted(kind)) {
        schedule(work, &webhook, &event, &kind).await?;
        scheduled += 1;
    }
    Ok(scheduled)
}

/// The event of a delivery, sealed; and the body that tells it.
pub(super) async fn body(
    heimdall: &Heimdall,
    app: &AppId,
    event: &EventId,
) -> Result<Option<Vec<u8>>> {
    let mut conn = heimdall.db.read().await?;
    let mut found = events::find(&mut conn, app.as_str(), event).await?;
    drop(conn);
    if found.is_none() {
        // A test's, perhaps, that is not sealed yet.
        sealer::catch_up(heimdall, app.as_str()).await?;
        let mut conn: Conn = heimdall.db.read().await?;
        found = events::find(&mut conn, app.as_str(), event).await?;
    }
    Ok(found.map(|event: Event| {
        let body: Value = sealer::payload(&event);
        body.to_string().into_bytes()
    }))
}

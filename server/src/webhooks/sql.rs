//! Every statement about webhooks.

use crate::db::{Conn, Error, FromRow, Json};
use crate::error::Result;
use crate::events::Kind;
use crate::kernel::ids::{DeliveryId, EventId, WebhookId};
use crate::kernel::{Random, Timestamp};

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

/// Makes a delivery for each endpoint that wants this event, within the sealer's transaction.
pub async fn fan_out(
    conn: &mut Conn,
    random: &Random,
    subscribers: &[Subscriber],
    app: &str,
    event: &EventId,
    kind: &str,
    at: Timestamp,
) -> Result<()> {
    if !Kind::DELIVERED.contains(&kind) {
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
        conn.query(
            "INSERT INTO deliveries (app_id, id, webhook_id, event_id, event_type, status, attempts,
               next_attempt_at, created_at)
             VALUES ($1, $2, $3, $4, $5, 'pending', 0, $6, $6)",
        )
        .bind(app)
        .bind(DeliveryId::new(at, random))
        .bind(&subscriber.id)
        .bind(event)
        .bind(kind)
        .bind(at)
        .execute()
        .await?;
    }
    Ok(())
}

//! Webhooks: endpoints, and the deliveries that the sealer makes for them.
//!
//! A delivery is made in the transaction that seals its event, and is tried until it is acknowledged or its schedule ends. What a
//! newcomer would get wrong: nothing is sent from where something happens. The [`dispatcher`] sends, and only what is stored.

mod backoff;
pub mod deliveries;
pub mod dispatcher;
pub mod guard;
pub mod http;
mod model;
mod send;
mod sql;

use std::time::Duration;

pub use model::{Changes, NewWebhook, Status};
pub use sql::{Subscriber, WebhookRow as Webhook, fan_out, find, list, subscribers};

use crate::app::Work;
use crate::error::{Failure, Refusal, Result};
use crate::events::{Kind, New};
use crate::kernel::Secret;
use crate::kernel::ids::{AppId, WebhookId};
use heimdall_webhook_verify as sign;

/// Endpoints of an App at the most.
const MAX_PER_APP: i64 = 100;
/// How long the last secret signs too, once there is a new one.
pub const OVERLAP: Duration = Duration::from_secs(24 * 3600);
/// What secrets are sealed for.
const PURPOSE: &str = "webhook-secret";

/// Creates an endpoint, and its secret.
pub async fn create(work: &mut Work, app: &AppId, new: NewWebhook) -> Result<(Webhook, Secret)> {
    if sql::count(&mut work.tx, app).await? >= MAX_PER_APP {
        return Err(
            Refusal::Conflict("the App has 100 endpoints already, and can have no more").into(),
        );
    }
    let id = WebhookId::new(work.at, work.random());
    let secret = fresh_secret(work)?;
    let webhook = Webhook {
        secret_sealed: seal(work, &id, &secret),
        app_id: app.clone(),
        id,
        url: new.url,
        events: new.events.into(),
        description: new.description,
        status: Status::Active,
        previous_secret_sealed: None,
        previous_secret_until: None,
        failing_since: None,
        created_at: work.at,
        updated_at: work.at,
    };
    sql::insert(&mut work.tx, &webhook).await?;
    work.record(app, event(Kind::WebhookCreated, &webhook))
        .await?;
    Ok((webhook, secret))
}

/// Changes an endpoint: its address, what it hears of, whether it is called.
pub async fn update(
    work: &mut Work,
    app: &AppId,
    id: &WebhookId,
    changes: Changes,
) -> Result<Webhook> {
    let mut webhook = sql::lock(&mut work.tx, app, id)
        .await?
        .ok_or(Refusal::NotFound)?;
    changes.apply(&mut webhook);
    webhook.updated_at = work.at;
    sql::update(&mut work.tx, &webhook).await?;
    let event = event(Kind::WebhookUpdated, &webhook).data("status", webhook.status.as_str());
    work.record(app, event).await?;
    Ok(webhook)
}

/// Deletes an endpoint, its deliveries and their log.
pub async fn delete(work: &mut Work, app: &AppId, id: &WebhookId) -> Result<()> {
    let webhook = sql::lock(&mut work.tx, app, id)
        .await?
        .ok_or(Refusal::NotFound)?;
    sql::delete(&mut work.tx, app, id).await?;
    work.record(app, event(Kind::WebhookDeleted, &webhook))
        .await?;
    Ok(())
}

/// Makes a new secret. The last one signs too for a day, so that no delivery fails while the new one is rolled out.
pub async fn rotate_secret(
    work: &mut Work,
    app: &AppId,
    id: &WebhookId,
) -> Result<(Webhook, Secret)> {
    let mut webhook = sql::lock(&mut work.tx, app, id)
        .await?
        .ok_or(Refusal::NotFound)?;
    let secret = fresh_secret(work)?;
    let sealed = seal(work, id, &secret);
    webhook.previous_secret_sealed = Some(std::mem::replace(&mut webhook.secret_sealed, sealed));
    webhook.previous_secret_until = Some(work.at.plus(OVERLAP));
    webhook.updated_at = work.at;
    sql::update(&mut work.tx, &webhook).await?;
    work.record(app, event(Kind::WebhookSecretRotated, &webhook))
        .await?;
    Ok((webhook, secret))
}

/// Disables an endpoint that is gone or has failed for a week.
async fn disable(work: &mut Work, app: &AppId, id: &WebhookId, why: &str) -> Result<()> {
    let Some(mut webhook) = sql::lock(&mut work.tx, app, id).await? else {
        return Ok(());
    };
    if webhook.status == Status::Disabled {
        return Ok(());
    }
    webhook.status = Status::Disabled;
    webhook.updated_at = work.at;
    sql::update(&mut work.tx, &webhook).await?;
    work.record(
        app,
        event(Kind::WebhookDisabled, &webhook).data("reason", why),
    )
    .await?;
    Ok(())
}

fn fresh_secret(work: &Work) -> Result<Secret> {
    let secret = sign::Secret::generate(&work.random().bytes::<32>());
    let secret = secret.map_err(|_| Failure::Broken("32 bytes make no webhook secret"))?;
    Ok(Secret::from(secret.expose().to_owned()))
}

fn seal(work: &Work, id: &WebhookId, secret: &Secret) -> Vec<u8> {
    work.cipher().seal(
        work.random(),
        PURPOSE,
        id.as_str(),
        secret.expose().as_bytes(),
    )
}

fn event(kind: Kind, webhook: &Webhook) -> New {
    New::of(kind, "webhook", &webhook.id).data("webhook_id", &webhook.id)
}

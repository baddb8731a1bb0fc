//! Webhooks: endpoints that are called when something happens.
//!
//! What arrives at an endpoint is verified with the crate `heimdall-webhook-verify`.

mod deliveries;
mod model;

pub use deliveries::{Attempt, Delivery, DeliveryQuery, DeliveryStatus, Replay, Replayed};
pub use model::{NewWebhook, Webhook, WebhookChanges, WebhookStatus};

use crate::{Call, InApp, ListQuery, Page, operations as op};

/// Webhooks of an App: [`InApp::webhooks`].
#[derive(Clone, Copy, Debug)]
pub struct Webhooks<'a>(pub(crate) InApp<'a>);

impl Webhooks<'_> {
    /// Creates an endpoint. Its `secret` is in this answer and never again.
    ///
    /// ```no_run
    /// # async fn f(client: heimdall_sdk::Client) -> Result<(), heimdall_sdk::Error> {
    /// use heimdall_sdk::NewWebhook;
    ///
    /// let webhook = NewWebhook::new("https://acme.example/hooks", ["user.created", "user.deactivated"]);
    /// let webhook = client.app("acme").webhooks().create(&webhook).await?;
    /// client.app("acme").webhooks().test(&webhook.id).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(&self, webhook: &NewWebhook) -> Call<Webhook> {
        self.0
            .draft(op::CREATE_WEBHOOK, &[])
            .json(webhook)
            .returning()
    }

    /// Lists endpoints.
    pub fn list(&self, query: &ListQuery) -> Call<Page<Webhook>> {
        self.0
            .draft(op::LIST_WEBHOOKS, &[])
            .query(query)
            .returning()
    }

    /// An endpoint, by id.
    pub fn get(&self, id: &str) -> Call<Webhook> {
        self.0.draft(op::GET_WEBHOOK, &[id]).returning()
    }

    /// Changes an endpoint; setting the status to active calls one again that was disabled.
    pub fn update(&self, id: &str, changes: &WebhookChanges) -> Call<Webhook> {
        self.0
            .draft(op::UPDATE_WEBHOOK, &[id])
            .json(changes)
            .returning()
    }

    /// Deletes an endpoint and its deliveries.
    pub fn delete(&self, id: &str) -> Call<()> {
        self.0.draft(op::DELETE_WEBHOOK, &[id]).returning_nothing()
    }

    /// Gives an endpoint a new secret, which is in this answer and never again. For a while both sign.
    pub fn rotate_secret(&self, id: &str) -> Call<Webhook> {
        self.0.draft(op::ROTATE_WEBHOOK_SECRET, &[id]).returning()
    }

    /// Sends a `webhook.test` to this endpoint, whatever it subscribes to.
    pub fn test(&self, id: &str) -> Call<Delivery> {
        self.0.draft(op::TEST_WEBHOOK, &[id]).returning()
    }

    /// Lists deliveries, newest first.
    pub fn deliveries(&self, id: &str, query: &DeliveryQuery) -> Call<Page<Delivery>> {
        self.0
            .draft(op::LIST_DELIVERIES, &[id])
            .query(query)
            .returning()
    }

    /// Delivers an event once more, under the same `webhook-id`.
    pub fn redeliver(&self, id: &str, delivery: &str) -> Call<Delivery> {
        self.0.draft(op::REDELIVER, &[id, delivery]).returning()
    }

    /// Delivers many events once more.
    pub fn replay(&self, id: &str, replay: &Replay) -> Call<Replayed> {
        self.0
            .draft(op::REPLAY_DELIVERIES, &[id])
            .json(replay)
            .returning()
    }
}

//! What the API promises of webhooks.

use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::MaybeUndefined;
use poem_openapi::{Enum, Object, OpenApi};
use url::Url;

use super::deliveries::{self, AttemptRow, Delivery, Filter, Replay};
use super::guard::Guard;
use super::{Changes, NewWebhook, Status, Webhook};
use crate::api::Tag;
use crate::app::Heimdall;
use crate::apps::http::change;
use crate::db::Conn;
use crate::error::{Refusal, Result};
use crate::events::Kind;
use crate::http::text::{Description, EventName, KeyText, Reference, WebAddress};
use crate::http::{
    Answer, Answered, Authenticated, Body, CursorText, Done, Invalid, Kept, Limit, Listing, Page,
    Private, Repeatable,
};
use crate::kernel::ids::{AppId, DeliveryId, WebhookId};
use crate::kernel::{Secret, Timestamp};
use crate::permissions::{WEBHOOKS_READ, WEBHOOKS_WRITE};

/// Where events are sent.
#[derive(Debug, Object)]
#[oai(rename = "Webhook", skip_serializing_if_is_none)]
pub struct View {
    pub id: String,
    pub app_id: String,
    pub url: String,
    /// Types of events, or `*`.
    pub events: Vec<String>,
    pub description: Option<String>,
    pub status: WebhookStatus,
    /// What signs; only in the answer to the request that made it.
    pub secret: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Webhook> for View {
    fn from(webhook: Webhook) -> Self {
        Self {
            id: webhook.id.to_string(),
            app_id: webhook.app_id.to_string(),
            url: webhook.url,
            events: webhook.events.0,
            description: webhook.description,
            status: webhook.status.into(),
            secret: None,
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
        }
    }
}

impl From<(Webhook, Secret)> for View {
    fn from((webhook, secret): (Webhook, Secret)) -> Self {
        Self {
            secret: Some(secret.expose().to_owned()),
            ..webhook.into()
        }
    }
}

/// A disabled endpoint is not called; what is due to it waits until it is active again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum WebhookStatus {
    Active,
    Disabled,
}

impl From<Status> for WebhookStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Disabled => Self::Disabled,
        }
    }
}

impl From<WebhookStatus> for Status {
    fn from(status: WebhookStatus) -> Self {
        match status {
            WebhookStatus::Active => Self::Active,
            WebhookStatus::Disabled => Self::Disabled,
        }
    }
}

/// An endpoint to be created.
#[derive(Clone, Debug, Object)]
#[oai(rename = "NewWebhook", deny_unknown_fields)]
pub struct New {
    /// An `https://` URL of a public address. Redirects are not followed.
    url: WebAddress,
    /// Types of events such as `user.created`, or `*` for all.
    #[oai(validator(min_items = 1, max_items = 100))]
    events: Vec<EventName>,
    description: Option<Description>,
}

/// What to change of an endpoint; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename = "WebhookChanges", deny_unknown_fields)]
pub struct Patch {
    url: Option<WebAddress>,
    #[oai(validator(min_items = 1, max_items = 100))]
    events: Option<Vec<EventName>>,
    #[oai(nullable)]
    description: MaybeUndefined<Description>,
    /// `disabled` pauses it, `active` resumes it with what has been due meanwhile.
    status: Option<WebhookStatus>,
}

/// One event to one endpoint.
#[derive(Debug, Object)]
#[oai(rename = "Delivery", skip_serializing_if_is_none)]
pub struct DeliveryView {
    pub id: String,
    pub webhook_id: String,
    /// The `webhook-id` header: the same over all attempts and deliveries of the event.
    pub event_id: String,
    pub event_type: String,
    pub status: DeliveryStatus,
    /// First to last.
    pub attempts: Vec<AttemptView>,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It will be tried, or tried again.
    Pending,
    /// It was acknowledged by a status in the 200s.
    Succeeded,
    /// It was given up.
    Failed,
}

impl From<deliveries::Status> for DeliveryStatus {
    fn from(status: deliveries::Status) -> Self {
        match status {
            deliveries::Status::Pending => Self::Pending,
            deliveries::Status::Succeeded => Self::Succeeded,
            deliveries::Status::Failed => Self::Failed,
        }
    }
}

impl From<DeliveryStatus> for deliveries::Status {
    fn from(status: DeliveryStatus) -> Self {
        match status {
            DeliveryStatus::Pending => Self::Pending,
            DeliveryStatus::Succeeded => Self::Succeeded,
            DeliveryStatus::Failed => Self::Failed,
        }
    }
}

/// One attempt to deliver.
#[derive(Debug, Object)]
#[oai(rename = "DeliveryAttempt", skip_serializing_if_is_none)]
pub struct AttemptView {
    pub at: Timestamp,
    pub latency_ms: i64,
    /// Absent when there was no answer.
    pub status_code: Option<i64>,
    /// The first KiB of the answer.
    pub response_excerpt: Option<String>,
    /// Why there was no answer.
    pub error: Option<String>,
}

impl From<AttemptRow> for AttemptView {
    fn from(attempt: AttemptRow) -> Self {
        Self {
            at: attempt.at,
            latency_ms: attempt.latency_ms,
            status_code: attempt.status_code,
            response_excerpt: attempt.response_excerpt,
            error: attempt.error,
        }
    }
}

impl DeliveryView {
    async fn load(conn: &mut Conn, app: &AppId, delivery: Delivery) -> Result<Self> {
        let attempts = deliveries::attempts(conn, app, &delivery.id).await?;
        Ok(Self {
            id: delivery.id.to_string(),
            webhook_id: delivery.webhook_id.to_string(),
            event_id: delivery.event_id.to_string(),
            event_type: delivery.event_type,
            status: delivery.status.into(),
            attempts: attempts.into_iter().map(AttemptView::from).collect(),
            next_attempt_at: delivery.next_attempt_at,
            created_at: delivery.created_at,
        })
    }
}

/// What is to be delivered again.
#[derive(Debug, Object)]
#[oai(rename = "ReplayRequest", deny_unknown_fields)]
pub struct ReplayBody {
    /// What happened at this time or later.
    since: Option<Timestamp>,
    /// What happened before this time.
    until: Option<Timestamp>,
    /// `failed`: only what was given up and has not got there since.
    status: Option<ReplayStatus>,
    /// Only these types; all that the endpoint hears of when left out.
    #[oai(validator(max_items = 100))]
    event_types: Option<Vec<EventName>>,
}

/// Which deliveries are repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ReplayStatus {
    Failed,
}

/// What came of it.
#[derive(Debug, Object)]
#[oai(rename = "ReplayResult")]
pub struct Replayed {
    /// How many deliveries were made; 10,000 at the most.
    scheduled: i64,
}

#[derive(Debug)]
pub struct WebhooksApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1/apps", tag = "Tag::Webhooks")]
impl WebhooksApi {
    /// Create an endpoint
    ///
    /// The secret is shown once. Needs `webhooks:write`.
    #[oai(
        path = "/:app/webhooks",
        method = "post",
        operation_id = "create_webhook"
    )]
    async fn create(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<KeyText>>,
        body: Body<New>,
    ) -> Answered<Kept<View>> {
        let request = Repeatable::new(
            caller.0.name(),
            key.0,
            &["create_webhook", &app.0.0],
            &body.0,
        );
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, WEBHOOKS_WRITE).await?;
        if let Some(answer) = request.answered(&mut work).await? {
            return Ok(answer);
        }
        let new = body.0;
        let mut wrong = Invalid::new();
        let new = NewWebhook {
            url: self.check_url(&new.url, &mut wrong),
            events: check_events(new.events, "events", &mut wrong),
            description: new.description.map(|text| text.0),
        };
        wrong.into_result()?;
        let made = super::create(&mut work, &app.id, new).await?;
        Ok(request.answer(work, made.into()).await?)
    }

    /// List endpoints
    ///
    /// Newest first. Needs `webhooks:read`.
    #[oai(
        path = "/:app/webhooks",
        method = "get",
        operation_id = "list_webhooks"
    )]
    async fn list(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        limit: Query<Limit>,
        cursor: Query<CursorText>,
    ) -> Answered<Answer<Page<View>>> {
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, &app.0.0, WEBHOOKS_READ).await?;
        let list = Listing::new(&self.0, format!("{}/webhooks", app.id), limit.0, &cursor.0)?;
        let rows = super::list(&mut conn, &app.id, list.before(), list.most()).await?;
        Ok(Answer(
            list.page(rows, |webhook| webhook.id.to_string())
                .map(View::from),
        ))
    }

    /// Get an endpoint
    ///
    /// Needs `webhooks:read`.
    #[oai(
        path = "/:app/webhooks/:webhook",
        method = "get",
        operation_id = "get_webhook"
    )]
    async fn get(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        webhook: Path<Reference>,
    ) -> Answered<Answer<View>> {
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, &app.0.0, WEBHOOKS_READ).await?;
        let webhook = super::find(&mut conn, &app.id, &id(&webhook.0)?)
            .await?
            .ok_or(Refusal::NotFound)?;
        Ok(Answer(webhook.into()))
    }

    /// Change an endpoint
    ///
    /// Needs `webhooks:write`.
    #[oai(
        path = "/:app/webhooks/:webhook",
        method = "patch",
        operation_id = "update_webhook"
    )]
    async fn update(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        webhook: Path<Reference>,
        body: Body<Patch>,
    ) -> Answered<Answer<View>> {
        let patch = body.0;
        let mut wrong = Invalid::new();
        let changes = Changes {
            url: patch.url.map(|url| self.check_url(&url, &mut wrong)),
            events: patch
                .events
                .map(|events| check_events(events, "events", &mut wrong)),
            description: change(patch.description).map(|text| text.map(|text| text.0)),
            status: patch.status.map(Status::from),
        };
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, WEBHOOKS_WRITE).await?;
        wrong.into_result()?;
        let webhook = super::update(&mut work, &app.id, &id(&webhook.0)?, changes).await?;
        work.wake();
        work.commit().await?;
        Ok(Answer(webhook.into()))
    }

    /// Delete an endpoint
    ///
    /// With its deliveries. Needs `webhooks:write`.
    #[oai(
        path = "/:app/webhooks/:webhook",
        method = "delete",
        operation_id = "delete_webhook"
    )]
    async fn delete(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        webhook: Path<Reference>,
    ) -> Answered<Done> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, WEBHOOKS_WRITE).await?;
        super::delete(&mut work, &app.id, &id(&webhook.0)?).await?;
        work.commit().await?;
        Ok(Done)
    }

    /// Exchange an endpoint's secret
    ///
    /// The new one is shown once. For a day both sign. Needs `webhooks:write`.
    #[oai(
        path = "/:app/webhooks/:webhook/rotate-secret",
        method = "post",
        operation_id = "rotate_webhook_secret"
    )]
    async fn rotate_secret(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        webhook: Path<Reference>,
    ) -> Answered<Private<View>> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, WEBHOOKS_WRITE).await?;
        let rotated = super::rotate_secret(&mut work, &app.id, &id(&webhook.0)?).await?;
        work.commit().await?;
        Ok(Private(rotated.into()))
    }

    /// Send a test event
    ///
    /// To this endpoint alone. Needs `webhooks:write`.
    #[oai(
        path = "/:app/webhooks/:webhook/test",
        method = "post",
        operation_id = "test_webhook"
    )]
    async fn test(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        webhook: Path<Reference>,
    ) -> Answered<Answer<DeliveryView>> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, WEBHOOKS_WRITE).await?;
        let delivery = deliveries::test(&mut work, &app.id, &id(&webhook.0)?).await?;
        let view = DeliveryView::load(&mut work.tx, &app.id, delivery).await?;
        work.commit().await?;
        Ok(Answer(view))
    }

    /// List deliveries
    ///
    /// Newest first, each with its attempts. Needs `webhooks:read`.
    #[oai(
        path = "/:app/webhooks/:webhook/deliveries",
        method = "get",
        operation_id = "list_deliveries"
    )]
    async fn deliveries(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        webhook: Path<Reference>,
        status: Query<Option<DeliveryStatus>>,
        limit: Query<Limit>,
        cursor: Query<CursorText>,
    ) -> Answered<Answer<Page<DeliveryView>>> {
        let filter = Filter {
            status: status.0.map(deliveries::Status::from),
        };
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, &app.0.0, WEBHOOKS_READ).await?;
        let webhook = super::find(&mut conn, &app.id, &id(&webhook.0)?)
            .await?
            .ok_or(Refusal::NotFound)?;
        let scope = format!("{}/webhooks/{}/deliveries?{filter:?}", app.id, webhook.id);
        let list = Listing::new(&self.0, scope, limit.0, &cursor.0)?;
        let rows = deliveries::list(
            &mut conn,
            &app.id,
            &webhook.id,
            &filter,
            list.before(),
            list.most(),
        )
        .await?;
        let page = list.page(rows, |delivery| delivery.id.to_string());
        let mut data = Vec::with_capacity(page.data.len());
        for delivery in page.data {
            data.push(DeliveryView::load(&mut conn, &app.id, delivery).await?);
        }
        Ok(Answer(Page {
            data,
            next_cursor: page.next_cursor,
        }))
    }

    /// Deliver once more
    ///
    /// The same event, as a delivery of its own. Needs `webhooks:write`.
    #[oai(
        path = "/:app/webhooks/:webhook/deliveries/:delivery/redeliver",
        method = "post",
        operation_id = "redeliver"
    )]
    async fn redeliver(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        webhook: Path<Reference>,
        delivery: Path<Reference>,
    ) -> Answered<Answer<DeliveryView>> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, WEBHOOKS_WRITE).await?;
        let delivery = DeliveryId::parse(&delivery.0.0).ok_or(Refusal::NotFound)?;
        let made = deliveries::redeliver(&mut work, &app.id, &id(&webhook.0)?, &delivery).await?;
        let view = DeliveryView::load(&mut work.tx, &app.id, made).await?;
        work.commit().await?;
        Ok(Answer(view))
    }

    /// Replay events
    ///
    /// What happened in a range of time, or only what failed to be delivered. Needs `webhooks:write`.
    #[oai(
        path = "/:app/webhooks/:webhook/replay",
        method = "post",
        operation_id = "replay_deliveries"
    )]
    async fn replay(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        webhook: Path<Reference>,
        body: Body<ReplayBody>,
    ) -> Answered<Answer<Replayed>> {
        let asked = body.0;
        let mut wrong = Invalid::new();
        let replay = Replay {
            since: asked.since,
            until: asked.until,
            failed_only: asked.status == Some(ReplayStatus::Failed),
            types: check_events(
                asked.event_types.unwrap_or_default(),
                "event_types",
                &mut wrong,
            ),
        };
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, WEBHOOKS_WRITE).await?;
        wrong.into_result()?;
        let scheduled = deliveries::replay(&mut work, &app.id, &id(&webhook.0)?, &replay).await?;
        work.commit().await?;
        Ok(Answer(Replayed { scheduled }))
    }
}

impl WebhooksApi {
    /// The address as it will be called; notes it when it can't be.
    fn check_url(&self, url: &WebAddress, wrong: &mut Invalid) -> String {
        let guard = Guard::new(&self.0.config.webhook_allowed_networks);
        match Url::parse(&url.0).map_err(|_| "must be an https:// URL".to_owned()) {
            Ok(parsed) => {
                if let Err(reason) = guard.check_url(&parsed) {
                    wrong.add("url", reason);
                }
                parsed.into()
            }
            Err(reason) => {
                wrong.add("url", reason);
                String::new()
            }
        }
    }
}

/// The types that are asked for; notes those that there aren't.
fn check_events(events: Vec<EventName>, field: &str, wrong: &mut Invalid) -> Vec<String> {
    for (place, event) in events.iter().enumerate() {
        if event.0 != "*" && !Kind::DELIVERED.contains(&event.0.as_str()) {
            wrong.add(
                format!("{field}[{place}]"),
                format!("must be * or one of {}", Kind::DELIVERED.join(", ")),
            );
        }
    }
    events.into_iter().map(|event| event.0).collect()
}

fn id(text: &Reference) -> std::result::Result<WebhookId, Refusal> {
    WebhookId::parse(&text.0).ok_or(Refusal::NotFound)
}

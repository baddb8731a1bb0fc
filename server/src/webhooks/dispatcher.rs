//! Sends what is due.
//!
//! A delivery is claimed by lease, attempted outside of any transaction, and written down afterwards, many at a time. A node that
//! dies with a lease loses it, and the delivery comes again: at least once, and never lost. There is a bound on what is under way
//! to one endpoint and one over all, so that one that is slow, dead or flooded delays no other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use heimdall_webhook_verify as sign;
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

use super::backoff::next_attempt;
use super::deliveries::{self, Due, Status};
use super::guard::Guard;
use super::send::{Attempt, Message, Sender};
use super::{PURPOSE, Webhook, sql};
use crate::app::{Heimdall, Work};
use crate::error::Result;
use crate::events::{Actor, Origin};
use crate::kernel::Timestamp;
use crate::kernel::ids::{AppId, WebhookId, unique};

/// Attempts under way to one endpoint, and to all.
const PER_ENDPOINT: usize = 8;
const OVER_ALL: usize = 128;
/// How long a claimed delivery is ours: several times what an attempt may take.
const LEASE: Duration = Duration::from_secs(60);
/// How often to look for what is due, at the least.
const LOOK: Duration = Duration::from_millis(500);
/// Outcomes written down in one transaction at the most.
const TOGETHER: usize = 100;
/// After failing for so long an endpoint is disabled.
const GIVE_UP: Duration = Duration::from_secs(7 * 24 * 3600);

/// An attempt that has ended.
struct Ended {
    webhook: WebhookId,
    app: AppId,
    due: Due,
    lease: String,
    attempt: Attempt,
}

/// What is under way, by endpoint.
type UnderWay = Arc<Mutex<HashMap<WebhookId, usize>>>;

struct Dispatcher {
    heimdall: Heimdall,
    sender: Sender,
    under_way: UnderWay,
    ended: mpsc::UnboundedSender<Ended>,
    attempts: TaskTracker,
}

/// Sends until the server stops; then finishes what is under way.
pub async fn run(heimdall: Heimdall) {
    let guard = Guard::new(&heimdall.config.webhook_allowed_networks);
    let sender = match Sender::new(guard, heimdall.clock.clone()) {
        Ok(sender) => sender,
        Err(error) => {
            tracing::error!(%error, "webhooks can't be sent: the HTTP client can't be set up");
            return;
        }
    };
    let (ended, outcomes) = mpsc::unbounded_channel();
    let dispatcher = Dispatcher {
        heimdall: heimdall.clone(),
        sender,
        under_way: UnderWay::default(),
        ended,
        attempts: TaskTracker::new(),
    };
    let recorder = tokio::spawn(record(
        heimdall.clone(),
        dispatcher.under_way.clone(),
        outcomes,
    ));
    dispatcher.send_what_is_due().await;
    dispatcher.attempts.close();
    dispatcher.attempts.wait().await;
    // With the last sender gone the recorder ends when all is written down.
    drop(dispatcher);
    if recorder.await.is_err() {
        tracing::error!("the outcomes of deliveries could not be written down; they come again");
    }
}

impl Dispatcher {
    async fn send_what_is_due(&self) {
        let stop = self.heimdall.signals.stop_token();
        let mut sealed = self.heimdall.signals.sealed();
        while !stop.is_cancelled() {
            let wait = match self.claim_and_start().await {
                // There may be more, as soon as there is room.
                Ok(started) if started > 0 => Duration::from_millis(1),
                Ok(_) => self.until_next_due().await,
                Err(error) => {
                    tracing::warn!(%error, "looking for deliveries failed; trying again");
                    LOOK
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                _ = sealed.changed() => {}
                () = self.heimdall.signals.delivery_scheduled() => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Until the next delivery falls due, as far as is known.
    async fn until_next_due(&self) -> Duration {
        let Ok(mut conn) = self.heimdall.db.read().await else {
            return LOOK;
        };
        let now = self.heimdall.clock.now();
        match deliveries::next_due(&mut conn).await {
            Ok(Some(at)) if at > now => at.since(now).min(LOOK),
            // Due already, but its endpoint is full: whoever makes room wakes us.
            Ok(Some(_)) => Duration::from_millis(50),
            _ => LOOK,
        }
    }

    async fn claim_and_start(&self) -> Result<usize> {
        let now = self.heimdall.clock.now();
        let mut conn = self.heimdall.db.read().await?;
        let waiting = deliveries::due_endpoints(&mut conn, now, 200).await?;
        drop(conn);
        let mut started = 0;
        for endpoint in waiting {
            let room = self.room(&endpoint.webhook_id);
            if room == 0 {
                continue;
            }
            let lease = unique(now, &self.heimdall.random);
            let mut tx = self.heimdall.db.begin().await?;
            let most = i64::try_from(room).unwrap_or(0);
            let claimed =
                deliveries::claim(&mut tx, &endpoint, &lease, now, now.plus(LEASE), most).await?;
            let webhook = sql::find(&mut tx, &endpoint.app_id, &endpoint.webhook_id).await?;
            tx.commit().await?;
            let Some(webhook) = webhook else { continue };
            let secrets = self.secrets(&webhook, now)?;
            for due in claimed {
                self.start(webhook.clone(), secrets.clone(), due, lease.clone());
                started += 1;
            }
        }
        Ok(started)
    }

    /// How many more attempts may be under way to an endpoint.
    fn room(&self, webhook: &WebhookId) -> usize {
        let under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let all: usize = under_way.values().sum();
        let here = under_way.get(webhook).copied().unwrap_or(0);
        PER_ENDPOINT
            .saturating_sub(here)
            .min(OVER_ALL.saturating_sub(all))
    }

    /// The secrets that sign now: the last one too, for a while after a rotation.
    fn secrets(&self, webhook: &Webhook, now: Timestamp) -> Result<Vec<sign::Secret>> {
        let overlap = webhook
            .previous_secret_until
            .is_some_and(|until| until > now);
        let previous = webhook.previous_secret_sealed.as_ref().filter(|_| overlap);
        let mut secrets = Vec::new();
        for sealed in std::iter::once(&webhook.secret_sealed).chain(previous) {
            let opened = self
                .heimdall
                .cipher
                .open(PURPOSE, webhook.id.as_str(), sealed)?;
            let secret = sign::Secret::parse(&String::from_utf8_lossy(&opened));
            secrets.extend(secret.ok());
        }
        Ok(secrets)
    }

    fn start(&self, webhook: Webhook, secrets: Vec<sign::Secret>, due: Due, lease: String) {
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *under_way.entry(webhook.id.clone()).or_default() += 1;
        drop(under_way);
        let (heimdall, sender, ended) = (
            self.heimdall.clone(),
            self.sender.clone(),
            self.ended.clone(),
        );
        let under_way = self.under_way.clone();
        self.attempts.spawn(async move {
            let body = match deliveries::body(&heimdall, &webhook.app_id, &due.event_id).await {
                Ok(Some(body)) => body,
                outcome => {
                    if let Err(error) = outcome {
                        tracing::warn!(%error, "the event of a delivery can't be read; trying again");
                    }
                    give_back(&heimdall, &webhook.app_id, &due, &lease).await;
                    leave(&under_way, &webhook.id);
                    return;
                }
            };
            let message = Message {
                url: webhook.url,
                event_id: due.event_id.to_string(),
                body,
                secrets,
            };
            let attempt = sender.send(&message).await;
            let outcome = Ended {
                webhook: webhook.id,
                app: webhook.app_id,
                due,
                lease,
                attempt,
            };
            // The recorder outlives all who send to it.
            let _ = ended.send(outcome);
        });
    }
}

async fn give_back(heimdall: &Heimdall, app: &AppId, due: &Due, lease: &str) {
    let given_back = async {
        let mut tx = heimdall.db.begin().await?;
        deliveries::release(&mut tx, app, &due.id, lease).await?;
        tx.commit().await
    };
    if given_back.await.is_err() {
        tracing::warn!(delivery = %due.id, "a delivery could not be given back; it comes again when its lease ends");
    }
}

fn leave(under_way: &UnderWay, webhook: &WebhookId) {
    let mut under_way = under_way.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(count) = under_way.get_mut(webhook) {
        *count -= 1;
        if *count == 0 {
            under_way.remove(webhook);
        }
    }
}

/// Writes down what has ended, as many as there are at a time.
async fn record(
    heimdall: Heimdall,
    under_way: UnderWay,
    mut outcomes: mpsc::UnboundedReceiver<Ended>,
) {
    let mut together = Vec::new();
    while outcomes.recv_many(&mut together, TOGETHER).await > 0 {
        if let Err(error) = write_down(&heimdall, &together).await {
            tracing::warn!(%error, "the outcomes of deliveries could not be written down; they come again");
        }
        for ended in together.drain(..) {
            leave(&under_way, &ended.webhook);
        }
        heimdall.signals.schedule_delivery();
    }
}

async fn write_down(heimdall: &Heimdall, outcomes: &[Ended]) -> Result<()> {
    let mut work = heimdall
        .begin(Actor::system("webhooks"), Origin::default())
        .await?;
    for ended in outcomes {
        write_one_down(heimdall, &mut work, ended).await?;
    }
    work.commit().await
}

async fn write_one_down(heimdall: &Heimdall, work: &mut Work, ended: &Ended) -> Result<()> {
    let Ended {
        app,
        webhook,
        due,
        lease,
        attempt,
    } = ended;
    let (status, next) = if attempt.succeeded() {
        heimdall.metrics.delivered();
        (Status::Succeeded, None)
    } else {
        heimdall.metrics.attempt_failed();
        let schedule = &heimdall.config.webhook_retry_schedule;
        let now = heimdall.clock.now();
        let next = next_attempt(
            schedule,
            due.attempts + 1,
            attempt.retry_after,
            now,
            &heimdall.random,
        );
        match next.filter(|_| !attempt.is_gone()) {
            Some(next) => (Status::Pending, Some(next)),
            None => (Status::Failed, None),
        }
    };
    if !deliveries::finish(&mut work.tx, app, &due.id, lease, attempt, status, next).await? {
        return Ok(());
    }
    if attempt.succeeded() {
        sql::note_success(&mut work.tx, app, webhook).await?;
        return Ok(());
    }
    let since = sql::note_failure(&mut work.tx, app, webhook, attempt.at).await?;
    if attempt.is_gone() {
        super::disable(work, app, webhook, "it answered 410 Gone").await?;
    } else if since.is_some_and(|since| attempt.at.since(since) >= GIVE_UP) {
        super::disable(work, app, webhook, "every attempt of a week has failed").await?;
    }
    Ok(())
}

//! The one task that reads the feed: first the state in force, then whatever comes, for as long as the verifier lives.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;

use super::Revocations;
use super::entry::{Kind, Page};
use crate::Clock;
use crate::clock::micros;
use crate::credential::Credential;
use crate::fetch::{self, FetchError, Heimdall, TIMEOUT, with_bearer};
use crate::jitter::{Backoff, shortened};
use crate::keys::Ring;

/// A page's most.
const LIMIT: &str = "200";

const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(2);

/// Between two answers without entries that came before their time, as from a server that is stopping.
const BREATH: Duration = Duration::from_millis(200);

/// After so long without an answer the state is read from its beginning: the database may have been restored meanwhile, and its
/// numbers with it.
const LOST_AFTER: Duration = Duration::from_secs(60);

/// What is followed, and how.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) heimdall: Heimdall,
    pub(crate) credential: Arc<Credential>,
    /// The one App, or none for all.
    pub(crate) app: Option<String>,
    /// How long Heimdall holds a question for which there is no answer yet.
    pub(crate) wait: Duration,
    /// Entries are kept so much longer than they say, since tokens are accepted so much longer than they say.
    pub(crate) leeway: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Keeps the revocations those of the feed. Never ends by itself.
pub(crate) async fn follow(feed: Feed, revocations: Arc<Revocations>, ring: Arc<Ring>) {
    let mut cursor: Option<String> = None;
    let mut backoff = Backoff::new(FIRST_RETRY, LAST_RETRY);
    loop {
        let asked_at = feed.clock.steady();
        match feed.page(cursor.as_deref()).await {
            Ok(page) => {
                backoff.reset();
                revocations.marks.add(&page.data);
                // After an emergency another key signs at once.
                if cursor.is_some() && page.data.iter().any(|entry| entry.kind == Kind::Key) {
                    ring.tell();
                }
                let kept_us = feed.clock.unix_micros().saturating_sub(micros(feed.leeway));
                revocations.marks.forget_before(kept_us);
                if !page.more {
                    revocations.complete();
                }
                let took = feed.clock.steady().saturating_sub(asked_at);
                let too_early = cursor.is_some() && page.data.is_empty() && took < feed.wait / 2;
                cursor = Some(page.next_cursor);
                if too_early {
                    tokio::time::sleep(shortened(BREATH)).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "reading Heimdall's revocations failed; trying again");
                if matches!(error, FetchError::Status(StatusCode::UNAUTHORIZED)) {
                    feed.credential.forget().await;
                }
                // A cursor that the server does not know is no use any more.
                let is_unknown = matches!(error, FetchError::Status(StatusCode::BAD_REQUEST));
                if is_unknown || revocations.is_older_than(LOST_AFTER) {
                    cursor = None;
                }
                revocations.failed();
                tokio::time::sleep(backoff.next()).await;
            }
        }
    }
}

impl Feed {
    async fn page(&self, after: Option<&str>) -> Result<Page, FetchError> {
        let bearer = self.credential.bearer(&self.heimdall).await?;
        let request = match &self.app {
            Some(app) => self.heimdall.get(&["v1", "apps", app, "revocations"]),
            None => self.heimdall.get(&["v1", "revocations"]),
        };
        let mut query = vec![("limit", LIMIT.to_owned())];
        if let Some(after) = after {
            query.push(("after", after.to_owned()));
            query.push(("wait", self.wait.as_secs().to_string()));
        }
        let request = request.query(&query).timeout(self.wait + TIMEOUT);
        let body = fetch::body(with_bearer(request, bearer)).await?;
        Ok(serde_json::from_slice(&body)?)
    }
}

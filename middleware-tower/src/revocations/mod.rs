//! What must be refused before it expires: a copy of Heimdall's revocation feed.
//!
//! The copy is complete or it is stale, and which of the two is always known: a token that the copy has nothing against is good only
//! if the feed has answered lately.

mod entry;
mod follower;
mod marks;

pub(crate) use follower::{Feed, follow};
pub(crate) use marks::{Marks, Verdict};

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use crate::Clock;
use crate::clock::micros;

/// How long a request waits for the feed's first answer after the start.
const PATIENCE: Duration = Duration::from_secs(2);

const NEVER: i64 = i64::MIN;

#[derive(Debug)]
pub(crate) struct Revocations {
    pub(crate) marks: Marks,
    /// When the feed last said that there is no more, in microseconds by the steady clock.
    complete_us: AtomicI64,
    /// Whether the first try to read the feed is over, however it ended.
    tried: watch::Sender<bool>,
    clock: Arc<dyn Clock>,
}

impl Revocations {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            marks: Marks::default(),
            complete_us: AtomicI64::new(NEVER),
            tried: watch::Sender::new(false),
            clock,
        }
    }

    /// For how long nothing has been heard of the feed; none if it never was complete.
    pub(crate) fn staleness(&self) -> Option<Duration> {
        let complete_us = match self.complete_us.load(Ordering::Acquire) {
            NEVER => return None,
            complete_us => complete_us,
        };
        let age_us = micros(self.clock.steady()).saturating_sub(complete_us);
        Some(Duration::from_micros(u64::try_from(age_us).unwrap_or(0)))
    }

    pub(crate) fn was_complete(&self) -> bool {
        self.complete_us.load(Ordering::Acquire) != NEVER
    }

    pub(crate) fn is_older_than(&self, limit: Duration) -> bool {
        self.staleness().is_none_or(|age| age > limit)
    }

    fn complete(&self) {
        let now_us = micros(self.clock.steady());
        self.complete_us.store(now_us, Ordering::Release);
        self.tried.send_replace(true);
    }

    fn failed(&self) {
        self.tried.send_replace(true);
    }

    pub(crate) fn has_been_tried(&self) -> bool {
        *self.tried.borrow()
    }

    /// Waits a moment for the first try.
    pub(crate) async fn first_try(&self) {
        let mut tried = self.tried.subscribe();
        let _ = tokio::time::timeout(PATIENCE, tried.wait_for(|tried| *tried)).await;
    }

    /// Waits until the feed was complete once.
    pub(crate) async fn first_complete(&self) {
        let mut tried = self.tried.subscribe();
        while self.staleness().is_none() {
            if tried.changed().await.is_err() {
                return;
            }
        }
    }
}

//! The keys at hand, and the right to ask for others.
//!
//! The keys are swapped as a whole, so a reader waits for nobody, least of all for a fetch. Fetching is the keeper's business
//! alone: a request can only ask for it, and asking is heard once per cooldown, whatever the last fetch brought.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Notify, watch};

use super::VerificationKey;
use crate::Clock;
use crate::clock::micros;
use crate::fetch::TIMEOUT;

/// What is known of a key.
pub(crate) enum Lookup {
    Found(Arc<VerificationKey>),
    /// There are keys, and it is not among them.
    Unknown,
    /// There are no keys, or they are too old to be trusted.
    NoKeys,
}

#[derive(Debug)]
pub(crate) struct Ring {
    keys: ArcSwap<Keys>,
    fetches: watch::Sender<Fetches>,
    asked: Notify,
    told: Notify,
    clock: Arc<dyn Clock>,
    cooldown: Duration,
    max_age: Option<Duration>,
}

#[derive(Debug, Default)]
struct Keys {
    keys: Vec<Arc<VerificationKey>>,
    /// When they were last seen published, in microseconds by the steady clock; before its start, of those read from disk.
    seen_us: i64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Fetches {
    /// When the last one began, by the steady clock.
    began: Option<Duration>,
    under_way: bool,
    ended: u64,
}

impl Ring {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        cooldown: Duration,
        max_age: Option<Duration>,
    ) -> Self {
        Self {
            keys: ArcSwap::default(),
            fetches: watch::Sender::default(),
            asked: Notify::new(),
            told: Notify::new(),
            clock,
            cooldown,
            max_age,
        }
    }

    pub(crate) fn find(&self, kid: &str) -> Lookup {
        let keys = self.keys.load();
        if keys.keys.is_empty() || self.is_too_old(&keys) {
            return Lookup::NoKeys;
        }
        let found = keys.keys.iter().find(|key| key.kid() == kid);
        found.map_or(Lookup::Unknown, |key| Lookup::Found(Arc::clone(key)))
    }

    /// Whether that very key is still published.
    pub(crate) fn holds(&self, key: &Arc<VerificationKey>) -> bool {
        let keys = self.keys.load();
        keys.keys.iter().any(|held| Arc::ptr_eq(held, key)) && !self.is_too_old(&keys)
    }

    fn is_too_old(&self, keys: &Keys) -> bool {
        self.max_age
            .is_some_and(|max_age| micros(self.clock.steady()) - keys.seen_us > micros(max_age))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.load().keys.is_empty()
    }

    /// Waits until there are keys.
    pub(crate) async fn first_keys(&self) {
        let mut fetches = self.fetches.subscribe();
        while self.is_empty() {
            if fetches.changed().await.is_err() {
                return;
            }
        }
    }

    /// Whether a fetch that was asked for now would take place.
    fn may_fetch(&self, fetches: Fetches) -> bool {
        let elapsed = |began| self.clock.steady().saturating_sub(began);
        fetches
            .began
            .is_none_or(|began| elapsed(began) >= self.cooldown)
    }

    /// Asks for a fetch, or joins the one under way, and waits for its end. Returns at once when it is too early for another.
    pub(crate) async fn refresh(&self) {
        let mut fetches = self.fetches.subscribe();
        let seen = *fetches.borrow_and_update();
        if !seen.under_way {
            if !self.may_fetch(seen) {
                return;
            }
            self.asked.notify_one();
        }
        let ended = fetches.wait_for(|fetches| fetches.ended > seen.ended);
        // The keeper's fetch has a limit of its own; this one holds should the keeper be gone.
        let _ = tokio::time::timeout(TIMEOUT * 2, ended).await;
    }

    /// Has the keys fetched now, cooldown or not: for Heimdall's own word that they have changed, never for a request.
    pub(crate) fn tell(&self) {
        self.told.notify_one();
    }

    /// Resolves when a fetch was asked for and may take place, or is due.
    pub(super) async fn wanted(&self) {
        let asked = async {
            loop {
                self.asked.notified().await;
                if self.may_fetch(*self.fetches.borrow()) {
                    return;
                }
            }
        };
        tokio::select! {
            () = asked => {}
            () = self.told.notified() => {}
        }
    }

    pub(super) fn begin_fetch(&self) {
        let now = self.clock.steady();
        self.fetches.send_modify(|fetches| {
            fetches.began = Some(now);
            fetches.under_way = true;
        });
    }

    pub(super) fn end_fetch(&self) {
        self.fetches.send_modify(|fetches| {
            fetches.under_way = false;
            fetches.ended += 1;
        });
    }

    /// Puts what was published in place of what was. A key that stayed the same stays the very same, so that tokens verified with
    /// it need not be verified again. `age` is how long ago it was published.
    pub(crate) fn replace(&self, published: Vec<Arc<VerificationKey>>, age: Duration) -> bool {
        let before = self.keys.load();
        let keys: Vec<_> = published
            .into_iter()
            .map(|key| {
                let same = before.keys.iter().find(|held| ***held == *key);
                same.map_or(key, Arc::clone)
            })
            .collect();
        let changed = keys != before.keys;
        let seen_us = micros(self.clock.steady()).saturating_sub(micros(age));
        self.keys.store(Arc::new(Keys { keys, seen_us }));
        changed
    }
}

//! What must be refused before it expires, as the feed has told it.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use chrono::DateTime;
use serde::Deserialize;

use crate::principal::Facts;
use crate::rejection::Rejection;

/// An entry of the feed.
#[derive(Deserialize)]
pub(crate) struct Entry {
    kind: String,
    id: String,
    not_before: String,
    reason: String,
    expires_at: String,
}

#[derive(Clone, Copy)]
struct Limit {
    not_before_us: i64,
    stale: bool,
    expires_us: i64,
}

/// By kind, then by id.
type Limits = HashMap<String, HashMap<String, Limit>>;

#[derive(Default)]
pub(crate) struct Revoked {
    limits: ArcSwap<Limits>,
    /// Changes with the limits, so that what was found good once need not be looked at again.
    generation: AtomicU64,
    /// When the feed last answered, in microseconds since the Unix epoch; 0: never.
    answered_us: AtomicI64,
}

impl Revoked {
    /// Takes in what the feed told, and forgets what no token can be concerned by any more.
    pub(crate) fn apply(&self, entries: &[Entry], now_us: i64) {
        if !entries.is_empty() {
            let mut limits = Limits::clone(&self.limits.load());
            for of_kind in limits.values_mut() {
                of_kind.retain(|_, limit| limit.expires_us > now_us);
            }
            for entry in entries {
                add(&mut limits, entry);
            }
            self.limits.store(Arc::new(limits));
            self.generation.fetch_add(1, Ordering::AcqRel);
        }
        self.answered_us.store(now_us, Ordering::Release);
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// When the feed last answered.
    pub(crate) fn answered_us(&self) -> i64 {
        self.answered_us.load(Ordering::Acquire)
    }

    /// Whether a signing key is among it: then the set at hand holds one too many.
    pub(crate) fn names_a_key(&self) -> bool {
        self.limits
            .load()
            .get("key")
            .is_some_and(|keys| !keys.is_empty())
    }

    /// Refuses what the feed has told to be refused.
    pub(crate) fn check(&self, facts: &Facts) -> Result<(), Rejection> {
        let limits = self.limits.load();
        if limits.is_empty() {
            return Ok(());
        }
        let of = |kind: &str, id: Option<&str>| limits.get(kind)?.get(id?).copied();
        // A key or a single token is refused whenever it was issued.
        let whole = [of("key", Some(&facts.kid)), of("token", Some(&facts.jti))];
        if whole.iter().any(Option::is_some) {
            return Err(Rejection::TokenRevoked);
        }
        let client = if facts.user_id.is_none() {
            facts.client_id.as_deref()
        } else {
            None
        };
        let concerned = [
            of("session", facts.session_id.as_deref()),
            of("user", facts.user_id.as_deref()),
            of("credential", client),
            of("app", Some(&facts.app_id)),
        ];
        let broken = concerned
            .into_iter()
            .flatten()
            .filter(|limit| facts.issued_us < limit.not_before_us);
        match broken.map(|limit| limit.stale).reduce(|a, b| a && b) {
            None => Ok(()),
            Some(true) => Err(Rejection::TokenStale),
            Some(false) => Err(Rejection::TokenRevoked),
        }
    }
}

fn add(limits: &mut Limits, entry: &Entry) {
    let micros = |text: &str| {
        DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|at| at.timestamp_micros())
    };
    let limit = Limit {
        // What can't be read is refused whole rather than let through.
        not_before_us: micros(&entry.not_before).unwrap_or(i64::MAX),
        stale: entry.reason == "stale",
        expires_us: micros(&entry.expires_at).unwrap_or(i64::MAX),
    };
    let of_kind = limits.entry(entry.kind.clone()).or_default();
    let known = of_kind.entry(entry.id.clone()).or_insert(limit);
    // Never loosened: a later "stale" does not bring back what was revoked up to then.
    if limit.not_before_us >= known.not_before_us {
        *known = Limit {
            expires_us: limit.expires_us.max(known.expires_us),
            ..limit
        };
    }
}

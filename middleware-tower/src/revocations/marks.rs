//! What is refused, by kind and id, in a form that a request reads without a lock.
//!
//! Each shard is swapped as a whole, so that an entry costs the copy of a small map and no reader ever waits. A revision counts the
//! changes: a token that was found clear at this revision need not be looked up again.

use std::array;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

use super::entry::{Entry, Kind, Reason};
use crate::token::Claims;

const SHARDS: usize = 64;

/// What the feed has against a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Clear,
    Revoked,
    Stale,
}

/// The tokens issued before these instants, in microseconds since the Unix epoch, are refused.
#[derive(Clone, Copy, Debug)]
struct Mark {
    revoked_before_us: i64,
    stale_before_us: i64,
    expires_us: i64,
}

impl Mark {
    const NONE: Self = Self {
        revoked_before_us: i64::MIN,
        stale_before_us: i64::MIN,
        expires_us: i64::MIN,
    };

    fn add(&mut self, entry: &Entry) {
        // A key or a token is refused whenever it was issued.
        let before_us = match entry.kind {
            Kind::Key | Kind::Token => i64::MAX,
            _ => entry.not_before.timestamp_micros(),
        };
        let slot = match entry.reason {
            Reason::Revoked => &mut self.revoked_before_us,
            Reason::Stale => &mut self.stale_before_us,
        };
        *slot = before_us.max(*slot);
        self.expires_us = self.expires_us.max(entry.expires_at.timestamp_micros());
    }
}

/// The marks of one kind, or those of a shard of it.
type Map = HashMap<Box<str>, Mark>;

#[derive(Debug)]
struct Shards {
    hasher: RandomState,
    maps: [ArcSwap<Map>; SHARDS],
}

impl Default for Shards {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            maps: array::from_fn(|_| ArcSwap::default()),
        }
    }
}

impl Shards {
    fn index(&self, id: &str) -> usize {
        usize::try_from(self.hasher.hash_one(id) % SHARDS as u64).unwrap_or(0)
    }

    fn get(&self, id: &str) -> Option<Mark> {
        self.maps[self.index(id)].load().get(id).copied()
    }

    fn add(&self, entries: &[&Entry]) {
        let mut touched: HashMap<usize, Map> = HashMap::new();
        for entry in entries {
            let index = self.index(&entry.id);
            let map = touched
                .entry(index)
                .or_insert_with(|| Map::clone(&self.maps[index].load()));
            map.entry(entry.id.as_str().into())
                .or_insert(Mark::NONE)
                .add(entry);
        }
        for (index, map) in touched {
            self.maps[index].store(Arc::new(map));
        }
    }

    fn forget_before(&self, now_us: i64) {
        for shard in &self.maps {
            let map = shard.load();
            if map.values().any(|mark| mark.expires_us < now_us) {
                let mut kept = Map::clone(&map);
                kept.retain(|_, mark| mark.expires_us >= now_us);
                shard.store(Arc::new(kept));
            }
        }
    }

    fn len(&self) -> usize {
        self.maps.iter().map(|map| map.load().len()).sum()
    }
}

#[derive(Debug)]
pub(crate) struct Marks {
    sessions: Shards,
    users: Shards,
    credentials: Shards,
    apps: Shards,
    keys: Shards,
    tokens: Shards,
    revision: AtomicU64,
}

impl Default for Marks {
    fn default() -> Self {
        Self {
            sessions: Shards::default(),
            users: Shards::default(),
            credentials: Shards::default(),
            apps: Shards::default(),
            keys: Shards::default(),
            tokens: Shards::default(),
            // 0 is that of a token which was never looked up.
            revision: AtomicU64::new(1),
        }
    }
}

impl Marks {
    /// Read it before [`Marks::judge`]: what is added meanwhile then counts as not seen.
    pub(crate) fn revision(&self) -> u64 {
        self.revision.load(Ordering::Acquire)
    }

    pub(crate) fn judge(&self, kid: &str, claims: &Claims) -> Verdict {
        let ids = [
            (&self.apps, Some(claims.app_id.as_str())),
            (&self.users, claims.user_id.as_deref()),
            (&self.sessions, claims.sid.as_deref()),
            (&self.credentials, Some(claims.client_id.as_str())),
            (&self.tokens, Some(claims.jti.as_str())),
            (&self.keys, Some(kid)),
        ];
        let issued_us = claims.issued_at_us();
        let mut verdict = Verdict::Clear;
        for (shards, id) in ids {
            match id.and_then(|id| shards.get(id)) {
                Some(mark) if issued_us < mark.revoked_before_us => return Verdict::Revoked,
                Some(mark) if issued_us < mark.stale_before_us => verdict = Verdict::Stale,
                _ => {}
            }
        }
        verdict
    }

    /// Whether all tokens of the key are refused.
    pub(crate) fn has_revoked_key(&self, kid: &str) -> bool {
        self.keys.get(kid).is_some()
    }

    pub(super) fn add(&self, entries: &[Entry]) {
        for (kind, shards) in [
            (Kind::Session, &self.sessions),
            (Kind::User, &self.users),
            (Kind::Credential, &self.credentials),
            (Kind::App, &self.apps),
            (Kind::Key, &self.keys),
            (Kind::Token, &self.tokens),
        ] {
            let of_kind: Vec<_> = entries.iter().filter(|entry| entry.kind == kind).collect();
            shards.add(&of_kind);
        }
        if !entries.is_empty() {
            self.revision.fetch_add(1, Ordering::Release);
        }
    }

    /// Drops the entries that no token can be concerned by any more.
    pub(super) fn forget_before(&self, now_us: i64) {
        for shards in self.all() {
            shards.forget_before(now_us);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.all().into_iter().map(Shards::len).sum()
    }

    fn all(&self) -> [&Shards; 6] {
        [
            &self.sessions,
            &self.users,
            &self.credentials,
            &self.apps,
            &self.keys,
            &self.tokens,
        ]
    }
}

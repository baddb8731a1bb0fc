//! Tokens that were verified already, by their digest.
//!
//! In many small maps, each with a lock of its own that readers share: there is none that all requests contend for. A token
//! itself is never kept.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::digest;

use crate::principal::Principal;

/// Maps; a power of two.
const SHARDS: usize = 64;

pub(crate) type Digest = [u8; 32];

/// A verified token.
pub(crate) struct Verified {
    pub(crate) principal: Principal,
    /// The generation of the revocations that it was last looked at with.
    seen: AtomicU64,
}

impl Verified {
    /// Whether nothing was revoked since it was last looked at.
    pub(crate) fn is_fresh(&self, generation: u64) -> bool {
        self.seen.load(Ordering::Acquire) == generation
    }

    pub(crate) fn looked_at(&self, generation: u64) {
        self.seen.store(generation, Ordering::Release);
    }
}

pub(crate) struct Cache {
    shards: Vec<RwLock<HashMap<Digest, Arc<Verified>>>>,
    most_per_shard: usize,
}

impl Cache {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            most_per_shard: most.div_ceil(SHARDS),
        }
    }

    pub(crate) fn digest(token: &str) -> Digest {
        let mut out = [0; 32];
        out.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
        out
    }

    pub(crate) fn get(&self, digest: &Digest) -> Option<Arc<Verified>> {
        let shard = self
            .shard(digest)?
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        shard.get(digest).cloned()
    }

    pub(crate) fn insert(&self, digest: Digest, principal: Principal, generation: u64, now: i64) {
        let Some(shard) = self.shard(&digest) else {
            return;
        };
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        if shard.len() >= self.most_per_shard {
            shard.retain(|_, verified| verified.principal.0.expires > now);
        }
        if shard.len() >= self.most_per_shard {
            // Full of tokens that are all good still: any of them makes room, and is verified anew when it comes.
            let any = shard.keys().next().copied();
            any.map(|any| shard.remove(&any));
        }
        let seen = AtomicU64::new(generation);
        shard.insert(digest, Arc::new(Verified { principal, seen }));
    }

    pub(crate) fn remove(&self, digest: &Digest) {
        if let Some(shard) = self.shard(digest) {
            shard
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(digest);
        }
    }

    fn shard(&self, digest: &Digest) -> Option<&RwLock<HashMap<Digest, Arc<Verified>>>> {
        self.shards.get(usize::from(digest[0]) % SHARDS)
    }
}

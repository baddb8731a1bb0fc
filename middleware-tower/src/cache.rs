//! The tokens that were found good, by the SHA-256 digest of what was sent.
//!
//! A set-associative table of a fixed size whose slots are swapped atomically: a reader takes no lock, and a full table forgets
//! instead of growing. Only what verified gets in, so a flood of forged tokens displaces nothing. That a token is in here says
//! that its signature was good; the time, the key and the revocations are looked at again on each hit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwapOption, Guard};
use sha2::{Digest, Sha256};

use crate::Principal;
use crate::keys::VerificationKey;

const WAYS: usize = 4;

pub(crate) type TokenDigest = [u8; 32];

pub(crate) fn digest(token: &[u8]) -> TokenDigest {
    Sha256::digest(token).into()
}

/// A token whose signature was good.
#[derive(Debug)]
pub(crate) struct Verified {
    digest: TokenDigest,
    pub(crate) principal: Principal,
    pub(crate) key: Arc<VerificationKey>,
    /// The revision of the revocations that it was last found unaffected by.
    cleared: AtomicU64,
}

impl Verified {
    pub(crate) fn new(
        digest: TokenDigest,
        principal: Principal,
        key: Arc<VerificationKey>,
    ) -> Self {
        Self {
            digest,
            principal,
            key,
            cleared: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_cleared_at(&self, revision: u64) -> bool {
        self.cleared.load(Ordering::Acquire) == revision
    }

    pub(crate) fn clear_at(&self, revision: u64) {
        self.cleared.store(revision, Ordering::Release);
    }
}

#[derive(Debug)]
pub(crate) struct Cache {
    sets: Box<[[ArcSwapOption<Verified>; WAYS]]>,
}

impl Cache {
    /// For so many tokens or a few more; for none, with 0.
    pub(crate) fn new(capacity: usize) -> Self {
        let sets = match capacity {
            0 => 0,
            capacity => capacity.div_ceil(WAYS).next_power_of_two(),
        };
        Self {
            sets: (0..sets).map(|_| Default::default()).collect(),
        }
    }

    fn set(&self, digest: &TokenDigest) -> Option<&[ArcSwapOption<Verified>; WAYS]> {
        let [a, b, c, d, ..] = *digest;
        let index = u32::from_le_bytes([a, b, c, d]) as usize;
        // The number of sets is a power of two.
        self.sets.get(index & self.sets.len().wrapping_sub(1))
    }

    pub(crate) fn get(&self, digest: &TokenDigest) -> Option<Guard<Option<Arc<Verified>>>> {
        self.set(digest)?
            .iter()
            .map(ArcSwapOption::load)
            .find(|slot| matches!(&**slot, Some(found) if found.digest == *digest))
    }

    /// Takes it in place of itself, of nothing, or of what expires first.
    pub(crate) fn insert(&self, verified: Arc<Verified>) {
        let Some(set) = self.set(&verified.digest) else {
            return;
        };
        let rank = |slot: &&ArcSwapOption<Verified>| match &*slot.load() {
            None => i64::MIN + 1,
            Some(there) if there.digest == verified.digest => i64::MIN,
            Some(there) => there.principal.claims().exp,
        };
        if let Some(slot) = set.iter().min_by_key(rank) {
            slot.store(Some(verified));
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;
    use crate::keys::test_key;
    use crate::token::Claims;

    fn verified(digest: TokenDigest, exp: i64) -> Arc<Verified> {
        let claims = json!({
            "iss": "i", "sub": "s", "aud": "a", "exp": exp, "iat": 0, "nbf": 0, "jti": "j", "app_id": "a", "app": "a",
            "client_id": "a", "roles": [], "permissions": [], "scope": "",
        });
        let claims = Claims::parse(claims.to_string().as_bytes()).unwrap();
        Arc::new(Verified::new(digest, Principal::new(claims), test_key()))
    }

    fn expiry(cache: &Cache, digest: &TokenDigest) -> Option<i64> {
        let found = cache.get(digest)?;
        found.as_ref().map(|found| found.principal.claims().exp)
    }

    /// Digests that fall into one set, and differ in their last byte.
    fn neighbour(n: u8) -> TokenDigest {
        let mut digest = [7; 32];
        digest[31] = n;
        digest
    }

    #[test]
    fn what_was_put_in_is_found_by_its_whole_digest() {
        let cache = Cache::new(64);
        cache.insert(verified(neighbour(1), 10));
        assert_eq!(expiry(&cache, &neighbour(1)), Some(10));
        assert_eq!(expiry(&cache, &neighbour(2)), None);
    }

    #[test]
    fn a_full_set_forgets_what_expires_first() {
        let cache = Cache::new(64);
        for (n, exp) in [(1, 30), (2, 10), (3, 40), (4, 20), (5, 50)] {
            cache.insert(verified(neighbour(n), exp));
        }
        let left = [1, 2, 3, 4, 5].map(|n| expiry(&cache, &neighbour(n)));
        assert_eq!(left, [Some(30), None, Some(40), Some(20), Some(50)]);
    }

    #[test]
    fn a_token_put_in_twice_takes_one_place() {
        let cache = Cache::new(64);
        for _ in 0..2 {
            for n in 1..=4 {
                cache.insert(verified(neighbour(n), i64::from(n)));
            }
        }
        assert!((1..=4).all(|n| expiry(&cache, &neighbour(n)) == Some(i64::from(n))));
    }

    #[test]
    fn it_never_grows() {
        let cache = Cache::new(16);
        for n in 0..10_000_u64 {
            cache.insert(verified(digest(&n.to_le_bytes()), 1));
        }
        let taken = cache
            .sets
            .iter()
            .flatten()
            .filter(|slot| slot.load().is_some());
        assert_eq!(taken.count(), 16);
    }

    #[test]
    fn without_a_capacity_nothing_is_kept() {
        let cache = Cache::new(0);
        cache.insert(verified(neighbour(1), 10));
        assert_eq!(expiry(&cache, &neighbour(1)), None);
    }

    #[test]
    fn a_token_cleared_once_is_not_clear_of_what_comes_later() {
        let token = verified(neighbour(1), 10);
        assert!(!token.is_cleared_at(1));
        token.clear_at(1);
        assert!(token.is_cleared_at(1) && !token.is_cleared_at(2));
    }
}

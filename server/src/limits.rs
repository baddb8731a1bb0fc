//! How often something may be asked for.
//!
//! A token bucket per key, in the memory of this node: what limits guesses over all nodes is counted
//! in the database (see `tokens::grants`); this only keeps one address from taking all the server's
//! time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;
use std::time::Duration;

use crate::error::Refusal;
use crate::kernel::Timestamp;

/// Addresses remembered at the most; beyond them those that are full again are forgotten.
const MAX_KEYS: usize = 100_000;

/// How many there may be, and how many at once.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    pub per_minute: u32,
    pub burst: u32,
}

/// Logins, invites, links: whatever can be guessed at without a bearer.
pub const GUESSES: Rate = Rate {
    per_minute: 60,
    burst: 30,
};

#[derive(Debug)]
pub struct Limits {
    on: bool,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    left: f64,
    at: Timestamp,
}

impl Bucket {
    fn refilled(self, rate: Rate, now: Timestamp) -> f64 {
        let gained = now.since(self.at).as_secs_f64() * f64::from(rate.per_minute) / 60.0;
        (self.left + gained).min(f64::from(rate.burst))
    }
}

impl Limits {
    pub fn new(on: bool) -> Self {
        Self {
            on,
            buckets: Mutex::default(),
        }
    }

    /// Takes one from an address's bucket, or says when there will be one.
    pub fn take(&self, rate: Rate, from: Option<IpAddr>, now: Timestamp) -> Result<(), Refusal> {
        let Some(from) = from.filter(|_| self.on) else {
            return Ok(());
        };
        // A thread that panicked while holding it left at worst a wrong count.
        let mut buckets = self
            .buckets
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if buckets.len() >= MAX_KEYS {
            buckets.retain(|_, bucket| bucket.refilled(rate, now) < f64::from(rate.burst));
        }
        let full = Bucket {
            left: rate.burst.into(),
            at: now,
        };
        let bucket = buckets.entry(network_of(from)).or_insert(full);
        let left = bucket.refilled(rate, now);
        let allowed = left >= 1.0;
        *bucket = Bucket {
            left: if allowed { left - 1.0 } else { left },
            at: now,
        };
        if allowed {
            return Ok(());
        }
        let seconds = (1.0 - left) * 60.0 / f64::from(rate.per_minute);
        let retry_after = Duration::from_secs_f64(seconds.clamp(0.0, 60.0));
        Err(Refusal::RateLimited { retry_after })
    }
}

/// One household is one caller: IPv6 addresses count by their /64.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.into(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_then_one_at_a_time() {
        let limits = Limits::new(true);
        let rate = Rate {
            per_minute: 60,
            burst: 3,
        };
        let from = Some("192.0.2.1".parse().unwrap());
        let now = Timestamp::from_micros(1_795_000_000_000_000);
        let allowed = (0..5)
            .filter(|_| limits.take(rate, from, now).is_ok())
            .count();
        assert_eq!(allowed, 3);
        assert!(
            limits
                .take(rate, Some("192.0.2.2".parse().unwrap()), now)
                .is_ok()
        );
        assert!(
            limits
                .take(rate, from, now.plus(Duration::from_secs(1)))
                .is_ok()
        );
        assert!(
            limits
                .take(rate, from, now.plus(Duration::from_secs(1)))
                .is_err()
        );
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_bucket() {
        let limits = Limits::new(true);
        let rate = Rate {
            per_minute: 60,
            burst: 1,
        };
        let now = Timestamp::from_micros(1_795_000_000_000_000);
        assert!(
            limits
                .take(rate, Some("2001:db8::1".parse().unwrap()), now)
                .is_ok()
        );
        assert!(
            limits
                .take(rate, Some("2001:db8::2".parse().unwrap()), now)
                .is_err()
        );
        assert!(
            limits
                .take(rate, Some("2001:db8:0:1::1".parse().unwrap()), now)
                .is_ok()
        );
    }
}

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// What clients know it by.
    pub name: &'static str,
    pub per_minute: u32,
    pub burst: u32,
}

impl Rate {
    /// How long an empty bucket takes to be full: whoever asks for `burst` in that time is never refused.
    pub fn window(&self) -> Duration {
        self.time_for(self.burst.into())
    }

    fn time_for(&self, count: f64) -> Duration {
        Duration::from_secs_f64((count * 60.0 / f64::from(self.per_minute)).max(0.0))
    }
}

/// Logins, invites, links: whatever can be guessed at without a bearer.
pub const GUESSES: Rate = Rate {
    name: "guesses",
    per_minute: 60,
    burst: 30,
};

/// The operations that are counted, by their ids: what the document says of them.
pub const COUNTED: [&str; 6] = [
    "accept_invite",
    "accept_link",
    "get_link",
    "issue_token",
    "oauth_token",
    "preview_invite",
];

/// What is left to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub rate: Rate,
    pub left: u32,
    /// How long until its bucket is full again.
    pub full_in: Duration,
}

/// What became of a request that was counted.
#[derive(Debug)]
pub struct Taken {
    pub outcome: Result<(), Refusal>,
    pub standing: Standing,
}

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

    /// Takes one from an address's bucket, or says when there will be one. Nothing where nothing is counted.
    pub fn take(&self, rate: Rate, from: Option<IpAddr>, now: Timestamp) -> Option<Taken> {
        let from = from.filter(|_| self.on)?;
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
        let rest = if allowed { left - 1.0 } else { left };
        *bucket = Bucket {
            left: rest,
            at: now,
        };
        let outcome = if allowed {
            Ok(())
        } else {
            let retry_after = rate.time_for(1.0 - left);
            Err(Refusal::RateLimited { retry_after })
        };
        Some(Taken {
            outcome,
            standing: Standing {
                rate,
                // Whole ones; what is in the bucket is never negative, and never more than its size.
                left: rest as u32,
                full_in: rate.time_for(f64::from(rate.burst) - rest),
            },
        })
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

    fn start() -> Timestamp {
        Timestamp::from_micros(1_795_000_000_000_000)
    }

    fn rate(burst: u32) -> Rate {
        Rate {
            name: "test",
            per_minute: 60,
            burst,
        }
    }

    /// What is left after taking one, or nothing when it was refused.
    fn take(limits: &Limits, burst: u32, from: &str, now: Timestamp) -> Option<u32> {
        let taken = limits.take(rate(burst), from.parse().ok(), now).unwrap();
        taken.outcome.is_ok().then_some(taken.standing.left)
    }

    #[test]
    fn a_burst_is_allowed_and_then_one_at_a_time() {
        let limits = Limits::new(true);
        let left: Vec<_> = (0..5)
            .map(|_| take(&limits, 3, "192.0.2.1", start()))
            .collect();
        assert_eq!(left, [Some(2), Some(1), Some(0), None, None]);
        assert_eq!(take(&limits, 3, "192.0.2.2", start()), Some(2));
        let later = start().plus(Duration::from_secs(1));
        assert_eq!(take(&limits, 3, "192.0.2.1", later), Some(0));
        assert_eq!(take(&limits, 3, "192.0.2.1", later), None);
    }

    #[test]
    fn a_bucket_says_when_it_is_full_again() {
        let limits = Limits::new(true);
        let full_in = |now| {
            let taken = limits.take(rate(3), "192.0.2.1".parse().ok(), now).unwrap();
            taken.standing.full_in.as_secs()
        };
        assert_eq!(full_in(start()), 1);
        assert_eq!(full_in(start()), 2);
        assert_eq!(full_in(start().plus(Duration::from_secs(60))), 1);
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_bucket() {
        let limits = Limits::new(true);
        assert_eq!(take(&limits, 1, "2001:db8::1", start()), Some(0));
        assert_eq!(take(&limits, 1, "2001:db8::2", start()), None);
        assert_eq!(take(&limits, 1, "2001:db8:0:1::1", start()), Some(0));
    }

    #[test]
    fn where_nothing_is_counted_there_is_nothing_to_tell() {
        let from = "192.0.2.1".parse().ok();
        assert!(Limits::new(false).take(GUESSES, from, start()).is_none());
        assert!(Limits::new(true).take(GUESSES, None, start()).is_none());
    }
}

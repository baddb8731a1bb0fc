//! Waiting longer after each failure, and never in step with other verifiers.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

/// How long to wait after the next failure: doubles from `first` up to `most`, of which a random half is taken off.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    most: Duration,
    failures: u32,
}

impl Backoff {
    pub(crate) fn new(first: Duration, most: Duration) -> Self {
        Self {
            first,
            most,
            failures: 0,
        }
    }

    pub(crate) fn next(&mut self) -> Duration {
        let factor = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        self.failures = self.failures.saturating_add(1);
        shortened(self.first.saturating_mul(factor).min(self.most))
    }

    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Between a half and the whole of it.
pub(crate) fn shortened(duration: Duration) -> Duration {
    // The standard library seeds each `RandomState` anew; spreading load needs no better randomness.
    let random = u32::try_from(RandomState::new().hash_one(0_u8) >> 32).unwrap_or(0);
    let share = 0.5 + f64::from(random) / f64::from(u32::MAX) / 2.0;
    duration.mul_f64(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_the_most_and_begin_anew_after_a_success() {
        let second = Duration::from_secs(1);
        let mut backoff = Backoff::new(second, 5 * second);
        for whole in [1, 2, 4, 5, 5].map(|n| n * second) {
            let wait = backoff.next();
            assert!(wait >= whole / 2 && wait <= whole, "{wait:?} of {whole:?}");
        }
        for _ in 0..100 {
            assert!(backoff.next() <= 5 * second);
        }
        backoff.reset();
        assert!(backoff.next() <= second);
    }
}

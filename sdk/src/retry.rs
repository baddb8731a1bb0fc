//! Whether a request is sent again, and when.
//!
//! What a newcomer would get wrong: a timeout is not repeated. The server may still be at it, and
//! whoever set a timeout wants to hear from us by then.

use std::sync::Arc;
use std::time::Duration;

use crate::Error;

/// Makes an `Idempotency-Key`; nothing when it can't, and then a call isn't repeated.
pub(crate) type KeyGenerator = Arc<dyn Fn() -> Option<String> + Send + Sync>;

/// The longest that a call waits before it is sent again. A server that asks for more gets its way:
/// the caller is told.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// 128 random bits.
pub(crate) fn random_key() -> Option<String> {
    let bits = u128::from(getrandom::u64().ok()?) << 64 | u128::from(getrandom::u64().ok()?);
    Some(format!("{bits:032x}"))
}

/// How long to wait before the next attempt; `None` to give up.
pub(crate) fn wait(error: &Error, repeatable: bool, attempt: u32) -> Option<Duration> {
    let wait = match error {
        // Nothing was sent.
        Error::Transport(error) if error.is_connect() && !error.is_timeout() => backoff(attempt),
        Error::Transport(error) if repeatable && !error.is_timeout() => backoff(attempt),
        Error::Api {
            status: 503,
            retry_after,
            ..
        } if repeatable => retry_after.unwrap_or_else(|| backoff(attempt)),
        _ => return None,
    };
    (wait <= LONGEST_WAIT).then_some(wait)
}

/// 200 ms, doubled each time, and up to half of it less, so that many clients don't return at once.
fn backoff(attempt: u32) -> Duration {
    let whole = FIRST_WAIT * 2_u32.saturating_pow(attempt.saturating_sub(1).min(6));
    let random = getrandom::u32().unwrap_or_default();
    whole - (whole / 2).mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Code;

    fn refusal(status: u16, retry_after: Option<u64>) -> Error {
        Error::Api {
            status,
            code: Code::Unavailable,
            message: String::new(),
            details: Vec::new(),
            request_id: None,
            retry_after: retry_after.map(Duration::from_secs),
        }
    }

    #[test]
    fn an_unavailable_server_is_asked_again_when_it_says() {
        assert_eq!(
            wait(&refusal(503, Some(2)), true, 1),
            Some(Duration::from_secs(2))
        );
        assert!(wait(&refusal(503, None), true, 1).is_some());
    }

    #[test]
    fn what_may_not_be_repeated_is_not() {
        assert_eq!(wait(&refusal(503, Some(2)), false, 1), None);
        assert_eq!(wait(&refusal(500, None), true, 1), None);
        assert_eq!(wait(&refusal(429, Some(1)), true, 1), None);
    }

    #[test]
    fn a_wait_longer_than_anyone_would_is_left_to_the_caller() {
        assert_eq!(wait(&refusal(503, Some(3600)), true, 1), None);
    }

    #[test]
    fn waits_grow_and_stay_bounded() {
        for (attempt, longest) in [(1, 200), (2, 400), (3, 800), (40, 12_800)] {
            let wait = backoff(attempt).as_millis();
            assert!((longest / 2..=longest).contains(&wait), "{attempt}: {wait}");
        }
    }

    #[test]
    fn random_keys_differ() {
        assert_ne!(random_key(), random_key());
    }
}

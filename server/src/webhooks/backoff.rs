//! When a delivery that failed is tried again.

use std::time::Duration;

use crate::kernel::{Random, Timestamp};

/// The longest that an endpoint can ask to be left alone by `Retry-After`.
const MAX_ASKED: Duration = Duration::from_secs(24 * 3600);

/// The time of the next attempt after the `attempts`th has failed; nothing when the schedule is at its end. A tenth of jitter
/// either way keeps what failed together from coming back together.
pub(crate) fn next_attempt(
    schedule: &[Duration],
    attempts: i64,
    asked: Option<Duration>,
    now: Timestamp,
    random: &Random,
) -> Option<Timestamp> {
    let place = usize::try_from(attempts).ok()?.checked_sub(1)?;
    let wait = schedule.get(place)?.mul_f64(0.9 + 0.2 * random.fraction());
    let wait = asked.map_or(wait, |asked| wait.max(asked.min(MAX_ASKED)));
    Some(now.plus(wait))
}

/// `Retry-After` in seconds (RFC 9110, section 10.2.3); a date, or anything else, is passed over.
pub(crate) fn retry_after(value: Option<&str>) -> Option<Duration> {
    value?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_is_followed_with_a_tenth_of_jitter_and_ends() {
        let schedule = [Duration::from_secs(10), Duration::from_secs(100)];
        let now = Timestamp::from_micros(1_795_000_000_000_000);
        let random = Random::system();
        let wait = |attempts, asked| {
            next_attempt(&schedule, attempts, asked, now, &random)
                .map(|at| at.since(now).as_secs_f64())
        };
        for _ in 0..100 {
            assert!((9.0..=11.0).contains(&wait(1, None).unwrap()));
            assert!((90.0..=110.0).contains(&wait(2, None).unwrap()));
        }
        assert_eq!(wait(3, None), None);
        assert_eq!(wait(1, Some(Duration::from_secs(60))), Some(60.0));
        assert_eq!(
            wait(1, Some(Duration::from_secs(u64::MAX / 2))),
            Some(86_400.0)
        );
    }

    #[test]
    fn retry_after_is_read_where_it_is_a_number() {
        assert_eq!(retry_after(Some("120")), Some(Duration::from_secs(120)));
        for other in [
            None,
            Some(""),
            Some("-1"),
            Some("Fri, 27 Nov 2026 12:00:00 GMT"),
            Some("1e9"),
        ] {
            assert_eq!(retry_after(other), None);
        }
    }
}

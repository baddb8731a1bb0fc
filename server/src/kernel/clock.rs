//! The time, as a parameter.
//!
//! A [`Timestamp`] has microseconds, no more: that is what PostgreSQL keeps, and a time that came
//! back from the database different from how it went in would break every comparison with it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};

/// An instant in UTC, to the microsecond.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// The instant so many microseconds after the Unix epoch; the epoch itself where that is past
    /// what a calendar can hold.
    pub fn from_micros(micros: i64) -> Self {
        Self(DateTime::from_timestamp_micros(micros).unwrap_or_default())
    }

    pub fn from_datetime(at: DateTime<Utc>) -> Self {
        Self::from_micros(at.timestamp_micros())
    }

    /// Reads RFC 3339, in any offset.
    pub fn parse(text: &str) -> Option<Self> {
        let at = DateTime::parse_from_rfc3339(text).ok()?;
        Some(Self::from_datetime(at.with_timezone(&Utc)))
    }

    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    pub fn millis(self) -> u64 {
        u64::try_from(self.0.timestamp_millis()).unwrap_or(0)
    }

    /// Whole seconds since the Unix epoch, as JWT's `NumericDate` (RFC 7519, section 2).
    pub fn seconds(self) -> i64 {
        self.0.timestamp()
    }

    pub fn datetime(self) -> DateTime<Utc> {
        self.0
    }

    pub fn plus(self, by: Duration) -> Self {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.micros().saturating_add(micros))
    }

    pub fn minus(self, by: Duration) -> Self {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.micros().saturating_sub(micros))
    }

    /// How long after `earlier` this is; nothing when it is not.
    pub fn since(self, earlier: Self) -> Duration {
        let micros = self.micros().saturating_sub(earlier.micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }
}

/// RFC 3339 with six digits and a `Z`: the one form in which times are shown, stored and hashed.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Tells the time: the system's, or one that a test moves.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead: Option<Arc<AtomicI64>>,
}

impl Clock {
    pub fn system() -> Self {
        Self::default()
    }

    /// The system's time, moved ahead by what [`Clock::advance`] was told so far.
    pub fn movable() -> Self {
        Self {
            ahead: Some(Arc::default()),
        }
    }

    // The one place that reads the system's clock.
    #[allow(clippy::disallowed_methods)]
    pub fn now(&self) -> Timestamp {
        let micros = Utc::now().timestamp_micros();
        let ahead = self.ahead.as_ref();
        let ahead = ahead.map_or(0, |micros| micros.load(Ordering::SeqCst));
        Timestamp::from_micros(micros.saturating_add(ahead))
    }

    /// Moves a [`Clock::movable`] clock, and all its clones, ahead. Does nothing to the system's.
    pub fn advance(&self, by: Duration) {
        if let Some(ahead) = &self.ahead {
            let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
            ahead.fetch_add(micros, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_as_it_was_written() {
        let at = Timestamp::from_micros(1_795_000_000_000_001);
        assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
        assert!(at.to_string().ends_with("000001Z"));
    }

    #[test]
    fn text_sorts_as_time_does() {
        let a = Timestamp::from_micros(1_795_000_000_000_000);
        let b = Timestamp::from_micros(1_795_000_000_500_000);
        assert!(a.to_string() < b.to_string());
    }

    #[test]
    fn a_moved_clock_moves_its_clones() {
        let clock = Clock::movable();
        let before = clock.clone().now();
        clock.advance(Duration::from_secs(3600));
        assert!(clock.clone().now().since(before) >= Duration::from_secs(3600));
    }
}

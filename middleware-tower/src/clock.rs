//! The time, as a parameter.
//!
//! Two times, since they answer two questions: a token expires by the calendar, which an operator may set back; how long ago
//! Heimdall last answered is told by a clock that only goes forward.

use std::fmt;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Tells the time. A test brings its own and moves it.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// Microseconds since the Unix epoch.
    fn unix_micros(&self) -> i64;

    /// How long ago some fixed instant was; never less than it was before.
    fn steady(&self) -> Duration;
}

/// The system's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// The default of [`Builder::clock`](crate::Builder::clock).
    // The one place that reads the system's clock, together with the two methods below.
    #[allow(clippy::disallowed_methods)]
    #[must_use]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)]
    fn unix_micros(&self) -> i64 {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        micros(since_epoch.unwrap_or_default())
    }

    fn steady(&self) -> Duration {
        self.started.elapsed()
    }
}

/// A function of the wall clock, which then is the steady one as well: whoever sets it back keeps what is stale fresh.
pub(crate) struct FnClock<F>(pub(crate) F);

impl<F> fmt::Debug for FnClock<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FnClock")
    }
}

impl<F: Fn() -> i64 + Send + Sync + 'static> Clock for FnClock<F> {
    fn unix_micros(&self) -> i64 {
        (self.0)()
    }

    fn steady(&self) -> Duration {
        Duration::from_micros(u64::try_from((self.0)()).unwrap_or(0))
    }
}

/// Whole microseconds, as many as fit.
pub(crate) fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

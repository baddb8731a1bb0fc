use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use heimdall_tower::Clock;

/// The time at which it was made, until it is moved.
#[derive(Clone, Debug)]
pub(crate) struct TestClock {
    began_us: i64,
    now_us: Arc<AtomicI64>,
}

impl TestClock {
    pub(crate) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now_us = i64::try_from(now.as_micros()).unwrap();
        Self {
            began_us: now_us,
            now_us: Arc::new(AtomicI64::new(now_us)),
        }
    }

    pub(crate) fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_micros()).unwrap();
        self.now_us.fetch_add(by, Ordering::SeqCst);
    }

    pub(crate) fn seconds(&self) -> i64 {
        self.unix_micros() / 1_000_000
    }
}

impl Clock for TestClock {
    fn unix_micros(&self) -> i64 {
        self.now_us.load(Ordering::SeqCst)
    }

    fn steady(&self) -> Duration {
        let since = self.unix_micros() - self.began_us;
        Duration::from_micros(u64::try_from(since).unwrap())
    }
}

//! What operators watch: counters in the Prometheus text format.
//!
//! Requests are counted by operation and status, never by path: a path holds invite tokens.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the latency histogram, in seconds.
const BUCKETS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

#[derive(Debug, Default)]
pub struct Metrics {
    requests: Mutex<BTreeMap<(&'static str, u16), u64>>,
    latency: Latency,
    sealed: AtomicU64,
    delivered: AtomicU64,
    failed_attempts: AtomicU64,
}

#[derive(Debug, Default)]
struct Latency {
    buckets: [AtomicU64; 13],
    count: AtomicU64,
    sum_us: AtomicU64,
}

impl Metrics {
    pub fn request(&self, operation: &'static str, status: u16, took: Duration) {
        let mut requests = self
            .requests
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        *requests.entry((operation, status)).or_default() += 1;
        drop(requests);
        let seconds = took.as_secs_f64();
        for (bound, bucket) in BUCKETS.iter().zip(&self.latency.buckets) {
            if seconds <= *bound {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.latency.count.fetch_add(1, Ordering::Relaxed);
        self.latency.sum_us.fetch_add(micros, Ordering::Relaxed);
    }

    pub fn sealed(&self, events: usize) {
        self.sealed.fetch_add(events as u64, Ordering::Relaxed);
    }

    pub fn delivered(&self) {
        self.delivered.fetch_add(1, Ordering::Relaxed);
    }

    pub fn attempt_failed(&self) {
        self.failed_attempts.fetch_add(1, Ordering::Relaxed);
    }

    /// The Prometheus text format, version 0.0.4.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let requests = self
            .requests
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        out.push_str("# HELP heimdall_http_requests_total Requests by operation and status.\n");
        out.push_str("# TYPE heimdall_http_requests_total counter\n");
        for ((operation, status), count) in requests.iter() {
            let _ = writeln!(
                out,
                "heimdall_http_requests_total{{operation=\"{operation}\",status=\"{status}\"}} {count}"
            );
        }
        drop(requests);
        out.push_str("# HELP heimdall_http_request_duration_seconds How long requests took.\n");
        out.push_str("# TYPE heimdall_http_request_duration_seconds histogram\n");
        for (bound, bucket) in BUCKETS.iter().zip(&self.latency.buckets) {
            let count = bucket.load(Ordering::Relaxed);
            let _ = writeln!(
                out,
                "heimdall_http_request_duration_seconds_bucket{{le=\"{bound}\"}} {count}"
            );
        }
        let count = self.latency.count.load(Ordering::Relaxed);
        let sum = Duration::from_micros(self.latency.sum_us.load(Ordering::Relaxed)).as_secs_f64();
        let _ = writeln!(
            out,
            "heimdall_http_request_duration_seconds_bucket{{le=\"+Inf\"}} {count}"
        );
        let _ = writeln!(out, "heimdall_http_request_duration_seconds_sum {sum}");
        let _ = writeln!(out, "heimdall_http_request_duration_seconds_count {count}");
        for (name, help, counter) in [
            (
                "heimdall_events_sealed_total",
                "Events put in order by this node.",
                &self.sealed,
            ),
            (
                "heimdall_webhook_deliveries_total",
                "Deliveries that were acknowledged.",
                &self.delivered,
            ),
            (
                "heimdall_webhook_failed_attempts_total",
                "Attempts that were not.",
                &self.failed_attempts,
            ),
        ] {
            let value = counter.load(Ordering::Relaxed);
            let _ = writeln!(
                out,
                "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}"
            );
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_operation_and_status() {
        let metrics = Metrics::default();
        metrics.request("create_app", 201, Duration::from_millis(3));
        metrics.request("create_app", 201, Duration::from_millis(300));
        let text = metrics.text();
        assert!(
            text.contains(
                "heimdall_http_requests_total{operation=\"create_app\",status=\"201\"} 2"
            )
        );
        assert!(text.contains("duration_seconds_bucket{le=\"0.005\"} 1"));
        assert!(text.contains("duration_seconds_bucket{le=\"+Inf\"} 2"));
    }
}

//! What became of each event at each endpoint.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::EventType;
use crate::lenient::or_default;

open_enum! {
    /// What became of a delivery.
    DeliveryStatus {
        /// It is due, or will be tried again.
        Pending = "pending",
        /// The endpoint acknowledged it.
        Succeeded = "succeeded",
        /// It was given up.
        Failed = "failed",
    }
}

/// An event on its way to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Delivery {
    /// `del_` and a ULID.
    pub id: String,
    /// The endpoint.
    pub webhook_id: String,
    /// The event: the `webhook-id` of every attempt.
    pub event_id: String,
    /// What happened.
    pub event_type: EventType,
    /// What became of it.
    pub status: DeliveryStatus,
    /// How it was tried, oldest first.
    #[serde(default, deserialize_with = "or_default")]
    pub attempts: Vec<Attempt>,
    /// When it is tried next.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// One attempt at a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Attempt {
    /// When it was made.
    pub at: DateTime<Utc>,
    /// The HTTP status of the answer; none if there was no answer.
    pub status_code: Option<u16>,
    /// How long it took, in milliseconds.
    #[serde(default, deserialize_with = "or_default")]
    pub latency_ms: u64,
    /// The beginning of the answer.
    pub response_excerpt: Option<String>,
    /// Why there was no answer.
    pub error: Option<String>,
}

/// Which deliveries to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeliveryQuery {
    /// Only those of this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<DeliveryStatus>,
    /// How many items a page holds: 1–200, 50 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl DeliveryQuery {
    with!(with_status, status: DeliveryStatus);
    with!(with_limit, limit: u32);
    with!(with_cursor, cursor: into String);
}

/// Which events to deliver once more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// Only those from this instant on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    /// Only those before this instant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Only those whose delivery came to this: usually failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<DeliveryStatus>,
    /// Only those of these types.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub event_types: Vec<String>,
}

impl Replay {
    with!(with_since, since: DateTime<Utc>);
    with!(with_until, until: DateTime<Utc>);
    with!(with_status, status: DeliveryStatus);
    with!(with_event_types, event_types: each String);
}

/// What a replay came to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Replayed {
    /// How many deliveries are due now.
    pub scheduled: u64,
}

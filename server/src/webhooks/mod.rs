//! Webhooks: endpoints, and the deliveries that the sealer makes for them.

mod sql;

pub use sql::{Subscriber, fan_out, subscribers};

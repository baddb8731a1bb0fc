//! A layer for tower (feature `tower`): nothing that isn't genuine gets to the service behind it.
//!
//! The layer must stand in front of whatever reads or changes the body, decompression included. It sets no deadline: who
//! may send slowly is decided by what stands before it.

mod future;
mod layer;
mod service;

pub use future::{ResponseBody, ResponseFuture};
pub use layer::{DEFAULT_BODY_LIMIT, VerifyWebhookLayer};
pub use service::VerifyWebhook;

/// What a request body's error must turn into, so that one too long can be told from one that broke off.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

//! Verify, parse and sign Heimdall webhook deliveries.
//!
//! Heimdall calls a webhook endpoint with `POST` and signs the raw body twice: in `X-Heimdall-Signature`, and in the three
//! headers of [Standard Webhooks](https://www.standardwebhooks.com). This crate checks both. It brings no runtime and no HTTP
//! client; the features `tower` and `axum` fit it into a server.
//!
//! # The trap
//!
//! **What is signed is bytes, not JSON.** A framework that hands over a parsed body has thrown the bytes away, and writing
//! the JSON anew gives other spaces, other escapes, another order of fields, and so another signature. It may even work
//! until the first user with an `é` in their name.
//!
//! ```
//! # use heimdall_webhook_verify::{Error, Secret, Verifier, sign};
//! # let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
//! # let raw_body = br#"{"id": "evt_1", "type": "user.created", "app_id": "app_1", "created_at": "2026-09-01T00:00:00Z", "data": {}}"#;
//! # let signed = sign(std::slice::from_ref(&secret), "evt_1", std::time::SystemTime::now(), raw_body)?;
//! # let headers = signed.pairs();
//! let verifier = Verifier::new([secret])?;
//!
//! // Wrong: the body went through a JSON parser first.
//! let parsed: serde_json::Value = serde_json::from_slice(raw_body).unwrap();
//! let written_anew = serde_json::to_vec(&parsed).unwrap();
//! assert_eq!(verifier.verify(&headers, &written_anew), Err(Error::SignatureMismatch));
//!
//! // Right: the bytes as they came; parse when they have been verified.
//! let event = verifier.verify(&headers, raw_body)?.event()?;
//! # assert_eq!(event.id, "evt_1");
//! # Ok::<(), Error>(())
//! ```
//!
//! # What a receiver does
//!
//! 1. Take the raw body, and verify it with [`Verifier::verify`]. Any [`Error`] is a 401.
//! 2. Skip an [`Event::id`] that was handled before: deliveries come at least once.
//! 3. Answer 2xx within 15 seconds, also to a [`kind`](Event::kind) it has no use for. Work that takes longer goes into a
//!    queue of its own.
//!
//! # In a server
//!
//! | feature | what it adds |
//! |---|---|
//! | none | [`Verifier`] over an [`http::HeaderMap`] or `(name, value)` pairs |
//! | `tower` | `tower::VerifyWebhookLayer`: buffers, verifies, puts the [`Event`] into the request's extensions |
//! | `axum` | `axum::VerifiedEvent`: an extractor that takes the [`Verifier`] from the router's state |
//!
//! # Rotating a secret
//!
//! While Heimdall has two secrets in force, it signs with both, so a receiver that knows either keeps working. A
//! [`Verifier`] may hold both as well, in any order.
//!
//! # What is checked
//!
//! * Every signature form that is there must fit; one of the two must be there; no header may be there twice.
//! * The moment of signing lies within the tolerance, [`DEFAULT_TOLERANCE`] unless configured, on either side.
//! * Signatures are compared over their full length in constant time.
//! * Hostile headers are refused with a name, never with a panic, and verifying allocates nothing.

#[cfg(feature = "axum")]
pub mod axum;
mod error;
mod event;
mod event_type;
mod headers;
mod heimdall;
mod mac;
#[cfg(any(feature = "axum", feature = "tower"))]
mod refusal;
mod secret;
mod sign;
mod standard;
mod timestamp;
#[cfg(feature = "tower")]
pub mod tower;
mod verifier;

pub use error::Error;
pub use event::{Event, EventData};
pub use event_type::EventType;
pub use headers::{HEIMDALL_SIGNATURE, Headers, WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP};
pub use mac::MAX_SIGNATURES;
pub use secret::Secret;
pub use sign::{SignedHeaders, sign};
pub use verifier::{DEFAULT_TOLERANCE, Delivery, Verifier};

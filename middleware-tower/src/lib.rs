//! Verifies Heimdall access tokens locally, and obeys revocations within a second.
//!
//! ```no_run
//! use heimdall_tower::{HeimdallLayer, RequirePermission, Verifier};
//! # use axum::{Router, routing::get};
//! # async fn serve(service_token: String) -> Result<(), heimdall_tower::BuildError> {
//! let verifier = Verifier::builder("https://auth.example.com/heimdall")
//!     .app("app_01J9ZC4E7M3VXQ0R8W5T2K6Y1B")
//!     .feed_credential(service_token)
//!     .build()?;
//! let app: Router = Router::new()
//!     .route("/api/invoices", get(invoices).layer(RequirePermission::new("billing:read")))
//!     .layer(HeimdallLayer::new(verifier));
//! # Ok(())
//! # }
//! # async fn invoices() {}
//! ```
//!
//! A request that gets through carries a [`Principal`] in its extensions. One that does not is answered 401 or
//! 403 with `WWW-Authenticate` (RFC 6750) and Heimdall's error body.
//!
//! # The trap
//!
//! **One set of keys serves all Apps.** A token of another App is correctly signed, so the App has to be named
//! ([`VerifierBuilder::app`]) or taken from the route ([`VerifierBuilder::app_from`]); a verifier without one can't be built.
//!
//! # What happens when
//!
//! * *Heimdall is down*: tokens that verify go on verifying with the keys at hand. What was revoked meanwhile is not known;
//!   how long that is acceptable is up to [`VerifierBuilder::max_staleness`].
//! * *A key is rotated*: it was published a day before it signs, and the keys are refreshed in the background. A key id that
//!   is not known is looked up at most once per [`VerifierBuilder::key_cooldown`], for all requests together.
//! * *Somebody is deactivated, signed out, or has their role changed*: with [`VerifierBuilder::feed_credential`] their tokens
//!   are refused as soon as the feed says so, which is well within a second.
//! * *The same token comes again*: it costs a digest and a lookup, not a signature.

mod bearer;
mod builder;
mod cache;
mod claims;
#[cfg(feature = "axum")]
mod extract;
mod feed;
mod jwks;
mod keys;
mod layer;
mod permission;
mod principal;
mod rejection;
mod revoked;
mod verifier;

pub use builder::{BuildError, VerifierBuilder};
pub use layer::{HeimdallFuture, HeimdallLayer, HeimdallService};
pub use permission::{PermissionFuture, RequirePermission, RequirePermissionService};
pub use principal::Principal;
pub use rejection::{JsonRejection, Reject, Rejection};
pub use verifier::{OnStale, Verifier};

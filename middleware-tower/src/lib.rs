//! Verifies Heimdall's access tokens where they are used: a [tower](https://docs.rs/tower) layer that asks nobody per request, and
//! still refuses within a second what was revoked.
//!
//! ```text
//! request ─ HeimdallLayer ─ RequirePermission ─ your service
//!                │
//!            Verifier ── keys         fetched every few minutes, kept when Heimdall is away
//!                     ── revocations  followed, a question always open at Heimdall
//!                     ── cache        of the tokens that were found good
//! ```
//!
//! 1. Build one [`Verifier`] with Heimdall's base URL **and the id of your App**: one set of keys signs for all Apps, so a signature
//!    alone lets every customer of the instance in.
//! 2. Put a [`HeimdallLayer`] before what needs a token. Behind it, the [`Principal`] is in the request's extensions.
//! 3. Put a [`RequirePermission`] before a route that needs one, or ask [`Principal::has`].
//!
//! Without [`Builder::feed_credential`] a revoked token is good until it expires. With it, what happens while Heimdall is out of reach
//! is up to [`OnStale`].
//!
//! # Features
//!
//! `axum`: [`Principal`] as an extractor, [`Refusal`] as an answer.

mod algorithm;
mod answer;
mod app;
#[cfg(feature = "axum")]
mod axum;
mod bearer;
mod build_error;
mod builder;
mod cache;
mod clock;
mod credential;
mod fetch;
mod future;
mod introspect;
mod jitter;
mod judge;
mod keys;
mod layer;
mod permission;
mod policy;
mod principal;
mod refusal;
mod revocations;
mod service;
mod start;
mod token;
mod verifier;

pub use algorithm::Algorithm;
pub use app::{AppRule, NoApp};
pub use build_error::BuildError;
pub use builder::Builder;
pub use clock::{Clock, SystemClock};
pub use credential::FeedCredential;
pub use future::{ResponseBody, ResponseFuture};
pub use layer::HeimdallLayer;
pub use permission::{RequirePermission, RequirePermissionService};
pub use policy::OnStale;
pub use principal::Principal;
pub use refusal::{Fault, Refusal};
pub use service::HeimdallService;
pub use verifier::Verifier;

//! What the crate promises, seen from outside: a real HTTP server publishes keys and revocations, and really signs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

mod claims;
mod examples;
mod forged;
mod keys;
mod keys_kept;
mod layer;
mod mutated;
mod revocations;
mod settings;
mod staleness;

#[path = "../support/mod.rs"]
mod support;

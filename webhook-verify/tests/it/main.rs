//! What the crate promises, seen from outside. One binary, one file for each promise.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

mod axum;
mod events;
mod hostile_headers;
mod random;
mod rotation;
mod round_trip;
mod secrets;
mod time;
mod tower;
mod vectors;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use heimdall_webhook_verify::{HEIMDALL_SIGNATURE, Secret, SignedHeaders, Verifier, sign};

/// The secret of Standard Webhooks' published vectors: 24 bytes.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const NOW: u64 = 1_788_000_000;
const ID: &str = "evt_01J0000000000000000000000A";
const BODY: &[u8] = br#"{"id":"evt_01J0000000000000000000000A","type":"user.created","app_id":"app_1","created_at":"2026-08-29T10:40:00Z","data":{"user_id":"usr_1"}}"#;

fn secret(text: &str) -> Secret {
    Secret::parse(text).unwrap()
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// One secret, and a clock that stands at `NOW`.
fn verifier() -> Verifier {
    Verifier::new([secret(SECRET)])
        .unwrap()
        .with_clock(|| at(NOW))
}

/// `BODY` signed with `SECRET` at `NOW`.
fn signed() -> SignedHeaders {
    sign(&[secret(SECRET)], ID, at(NOW), BODY).unwrap()
}

/// Only `X-Heimdall-Signature`.
fn heimdall_form(value: &str) -> [(&'static str, &str); 1] {
    [(HEIMDALL_SIGNATURE, value)]
}

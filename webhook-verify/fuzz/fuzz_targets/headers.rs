//! No header makes verifying panic, and none passes that was not signed.
//!
//! `cargo +nightly fuzz run headers` in `webhook-verify`.
#![no_main]

use std::time::{Duration, UNIX_EPOCH};

use heimdall_webhook_verify::{
    HEIMDALL_SIGNATURE, Secret, Verifier, WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&[u8], &[u8], &[u8], &[u8], &[u8], u32, &str)| {
    let (heimdall, id, timestamp, signature, body, now, secret) = input;
    let _ = Secret::parse(secret);

    let secret = Secret::generate(&[7; 32]).expect("32 bytes are a secret");
    let verifier = Verifier::new([secret])
        .expect("there is one")
        .with_tolerance(Duration::MAX);
    let headers = [
        (HEIMDALL_SIGNATURE, heimdall),
        (WEBHOOK_ID, id),
        (WEBHOOK_TIMESTAMP, timestamp),
        (WEBHOOK_SIGNATURE, signature),
    ];
    let now = UNIX_EPOCH + Duration::from_secs(now.into());
    for form in [&headers[..], &headers[..1], &headers[1..]] {
        assert!(verifier.verify_at(form, body, now).is_err(), "forged");
    }
});

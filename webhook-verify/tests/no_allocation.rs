//! Verifying takes nothing from the heap, whether it ends well or not. Counted by an allocator of this binary's own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::time::{Duration, UNIX_EPOCH};

use heimdall_webhook_verify::{Error, Headers, Secret, Verifier, sign};
use http::{HeaderMap, HeaderName, HeaderValue};

fn allocations(
    verifier: &Verifier,
    headers: &(impl Headers + ?Sized),
    body: &[u8],
    seconds: u64,
    expected: Result<(), Error>,
) -> u64 {
    let now = UNIX_EPOCH + Duration::from_secs(seconds);
    let mut verdict = Ok(());
    let counted =
        allocation_counter::measure(|| verdict = verifier.verify_at(headers, body, now).map(drop));
    assert_eq!(verdict, expected);
    counted.count_total
}

#[test]
fn verifying_allocates_nothing() {
    let secrets = [
        Secret::generate(&[1; 32]).unwrap(),
        Secret::generate(&[2; 32]).unwrap(),
    ];
    let (body, seconds) = (vec![b'x'; 1024], 1_788_000_000);
    let signed = sign(
        &secrets,
        "evt_1",
        UNIX_EPOCH + Duration::from_secs(seconds),
        &body,
    )
    .unwrap();
    let pairs = signed.pairs();
    let map: HeaderMap = pairs
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect();
    let verifier = Verifier::new(secrets).unwrap();

    assert_eq!(
        allocations(&verifier, &map, &body, seconds, Ok(())),
        0,
        "both forms"
    );
    assert_eq!(
        allocations(&verifier, &pairs[..1], &body, seconds, Ok(())),
        0,
        "x-heimdall-signature"
    );
    assert_eq!(
        allocations(&verifier, &pairs[1..], &body, seconds, Ok(())),
        0,
        "webhook-signature"
    );
    assert_eq!(
        allocations(&verifier, &map, b"", seconds, Err(Error::SignatureMismatch)),
        0,
        "tampered"
    );
    assert_eq!(
        allocations(&verifier, &map, &body, 0, Err(Error::TooNew)),
        0,
        "too new"
    );
    assert_eq!(
        allocations(
            &verifier,
            &HeaderMap::new(),
            &body,
            seconds,
            Err(Error::Unsigned)
        ),
        0,
        "unsigned"
    );
}

#[test]
fn the_counter_counts() {
    assert_eq!(
        allocation_counter::measure(|| drop(std::hint::black_box(vec![1]))).count_total,
        1
    );
}

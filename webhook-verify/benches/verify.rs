//! What verifying costs, beside the `standardwebhooks` crate and beside the bare HMAC that nobody can do without.
//!
//! ```text
//! cargo bench -p heimdall-webhook-verify
//! ```
//!
//! `both forms` is what a receiver of Heimdall's deliveries runs: two HMACs. To compare with `standardwebhooks`, take
//! `standard form`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

use std::{hint::black_box, time::SystemTime};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use heimdall_webhook_verify::{Event, Secret, Verifier, sign};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;
use standardwebhooks::Webhook;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn map(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs
        .iter()
        .map(|(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        })
        .collect()
}

fn verify(c: &mut Criterion) {
    let secret = Secret::parse(SECRET).unwrap();
    let verifier = Verifier::new([secret.clone()]).unwrap();
    let theirs = Webhook::new(SECRET).unwrap();
    let key = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();

    let mut group = c.benchmark_group("verify");
    for size in [1024, 64 * 1024] {
        // Both libraries are given the system's time, since `standardwebhooks` takes no other.
        let (body, now) = (vec![b'x'; size], SystemTime::now());
        let signed = sign(std::slice::from_ref(&secret), "evt_1", now, &body).unwrap();
        let pairs = signed.pairs();
        let forms = [
            ("both forms", &pairs[..]),
            ("heimdall form", &pairs[..1]),
            ("standard form", &pairs[1..]),
        ];
        group.throughput(Throughput::Bytes(size as u64));
        for (name, pairs) in forms {
            let headers = map(pairs);
            group.bench_function(BenchmarkId::new(name, size), |b| {
                b.iter(|| {
                    verifier
                        .verify_at(black_box(&headers), black_box(&body), now)
                        .unwrap()
                });
            });
        }
        let headers = map(&pairs[1..]);
        group.bench_function(BenchmarkId::new("standardwebhooks", size), |b| {
            b.iter(|| {
                theirs
                    .verify(black_box(&body), black_box(&headers))
                    .unwrap()
            });
        });
        group.bench_function(BenchmarkId::new("bare hmac", size), |b| {
            b.iter(|| key.clone().chain_update(black_box(&body)).finalize());
        });
    }
    group.finish();
}

/// What a delivery costs apart from its signature, and what a flood of hostile ones costs.
fn around(c: &mut Criterion) {
    let secret = Secret::parse(SECRET).unwrap();
    let verifier = Verifier::new([secret.clone()]).unwrap();
    let now = SystemTime::now();
    let body = br#"{"id":"evt_01J0000000000000000000000A","type":"role.assigned","app_id":"app_01J0000000000000000000000B","created_at":"2026-09-01T00:00:00Z","data":{"app_id":"app_01J0000000000000000000000B","user_id":"usr_01J0000000000000000000000C","role":"editor","role_id":"role_01J0000000000000000000000D"}}"#;
    let hostile = [(
        "x-heimdall-signature",
        format!("t=1788000000{}", ",v1=00".repeat(10_000)),
    )];

    c.bench_function("parse a secret", |b| {
        b.iter(|| Secret::parse(black_box(SECRET)).unwrap())
    });
    c.bench_function("sign 1 event", |b| {
        b.iter(|| sign(std::slice::from_ref(&secret), "evt_1", now, black_box(body)).unwrap());
    });
    c.bench_function("parse 1 event", |b| {
        b.iter(|| Event::parse(black_box(body)).unwrap())
    });
    c.bench_function("refuse 10000 signatures", |b| {
        b.iter(|| {
            verifier
                .verify_at(black_box(&hostile), body, now)
                .unwrap_err()
        });
    });
}

criterion_group!(benches, verify, around);
criterion_main!(benches);

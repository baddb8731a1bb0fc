//! What verifying costs, beside what nobody can do without: the bare signature, and the bare digest and lookup.
//!
//! ```text
//! cargo bench -p heimdall-tower
//! ```
//!
//! * `bare`: `jsonwebtoken::decode` into a struct of the same claims, with the key at hand. The signature, and nothing of a layer.
//! * `cold`: our layer and a token that it has never seen.
//! * `warm`: our layer with a feed, and a token that it has seen.
//! * `lookup`: the least layer that could be: SHA-256, a map that is never written, the principal into the extensions.
//!
//! With two threads, each of them does that much: the time is that of a call as a caller sees it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::hint::black_box;
use std::sync::Arc;
use std::sync::Barrier;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use axum::http::{HeaderValue, Request, Response};
use criterion::{Criterion, criterion_group, criterion_main};
use heimdall_tower::{HeimdallLayer, Principal, Verifier};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Validation};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use support::{APP, ED25519, Issuer, P256, RSA, SigningKey, TestClock, claims};
use tokio::runtime::Runtime;
use tower::{Layer, Service};

#[path = "../tests/support/mod.rs"]
mod support;

/// The service behind each layer.
#[derive(Clone)]
struct Inner;

impl Service<Request<()>> for Inner {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        black_box(request.extensions().get::<Principal>());
        ready(Ok(Response::new(())))
    }
}

/// The least that a layer with a memory must do.
#[derive(Clone)]
struct Lookup {
    known: Arc<HashMap<[u8; 32], Principal>>,
    inner: Inner,
}

impl Service<Request<()>> for Lookup {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<()>) -> Self::Future {
        let token = &request.headers()["authorization"].as_bytes()[7..];
        let digest: [u8; 32] = Sha256::digest(token).into();
        let principal = self.known[&digest].clone();
        request.extensions_mut().insert(principal);
        self.inner.call(request)
    }
}

/// What an application would decode a token into.
#[derive(Deserialize)]
#[allow(dead_code)]
struct Decoded {
    sub: String,
    aud: String,
    app_id: String,
    app: String,
    user_id: Option<String>,
    sid: Option<String>,
    roles: Vec<String>,
    permissions: Vec<String>,
    scope: String,
    iat_us: i64,
}

fn request(token: &str) -> Request<()> {
    let mut request = Request::new(());
    let value = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
    request.headers_mut().insert("authorization", value);
    request
}

fn call(
    service: &mut impl Service<Request<()>, Response: Admitted, Error = Infallible>,
    request: Request<()>,
) {
    let mut future = std::pin::pin!(service.call(request));
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(Ok(response)) => assert!(response.is_admitted()),
        _ => panic!("it is not judged at once"),
    }
}

trait Admitted {
    fn is_admitted(&self) -> bool;
}

impl<B> Admitted for Response<B> {
    fn is_admitted(&self) -> bool {
        self.status() == 200
    }
}

/// Times the calls alone: a request is made before, and dropped with the call.
fn timed<S>(service: &S, token: &str, calls: u64) -> Duration
where
    S: Service<Request<()>, Response: Admitted, Error = Infallible> + Clone,
{
    const BATCH: u64 = 256;
    let mut service = service.clone();
    let mut spent = Duration::ZERO;
    let mut left = calls;
    while left > 0 {
        let batch = left.min(BATCH);
        let requests: Vec<_> = (0..batch).map(|_| request(token)).collect();
        let began = Instant::now();
        for request in requests {
            call(&mut service, request);
        }
        spent += began.elapsed();
        left -= batch;
    }
    spent
}

/// The same on two threads at once, which share what the clones of the service share.
fn timed_on_two<S>(service: &S, token: &str, calls: u64) -> Duration
where
    S: Service<Request<()>, Response: Admitted, Error = Infallible> + Clone + Send + Sync,
{
    let barrier = Barrier::new(2);
    std::thread::scope(|scope| {
        let threads = [(); 2].map(|()| {
            scope.spawn(|| {
                barrier.wait();
                timed(service, token, calls)
            })
        });
        let spent = threads.map(|thread| thread.join().unwrap());
        (spent[0] + spent[1]) / 2
    })
}

struct Case {
    /// Keeps the server and the tasks of the verifiers.
    _runtime: Runtime,
    _issuer: Issuer,
    token: String,
    bare: DecodingKey,
    validation: Validation,
    cold: Verifier,
    warm: Verifier,
    principal: Principal,
}

/// A token as Heimdall's are, of a user with two permissions: 850 bytes, and with RS256 a kilobyte.
fn case(key: &SigningKey) -> Case {
    let runtime = Runtime::new().unwrap();
    let (issuer, cold, warm) = runtime.block_on(async {
        let issuer = Issuer::start(&[key]).await;
        let cold = issuer.following().cache_capacity(0).build().unwrap();
        let warm = issuer.following().build().unwrap();
        cold.ready().await;
        warm.ready().await;
        (issuer, cold, warm)
    });
    let claims = claims(&issuer.base, TestClock::new().seconds());
    let token = key.token(&claims);
    let principal = runtime.block_on(warm.verify(&token)).unwrap();
    let jwk: Jwk = serde_json::from_value(key.jwk.clone()).unwrap();
    let mut validation = Validation::new(key.alg.parse().unwrap());
    validation.set_issuer(&[&issuer.base]);
    validation.set_audience(&[APP]);
    validation.validate_nbf = true;
    println!("{}: {} bytes", key.alg, token.len());
    Case {
        _runtime: runtime,
        _issuer: issuer,
        token,
        bare: DecodingKey::from_jwk(&jwk).unwrap(),
        validation,
        cold,
        warm,
        principal,
    }
}

fn verify(c: &mut Criterion) {
    for key in [&*P256, &*ED25519, &*RSA] {
        let case = case(key);
        let token = case.token.as_str();
        let mut group = c.benchmark_group(key.alg);
        group.bench_function("bare", |b| {
            b.iter(|| {
                jsonwebtoken::decode::<Decoded>(black_box(token), &case.bare, &case.validation)
                    .unwrap()
            });
        });
        let cold = HeimdallLayer::new(case.cold.clone()).layer(Inner);
        group.bench_function("cold", |b| {
            b.iter_custom(|calls| timed(&cold, token, calls))
        });
        let warm = HeimdallLayer::new(case.warm.clone()).layer(Inner);
        group.bench_function("warm", |b| {
            b.iter_custom(|calls| timed(&warm, token, calls))
        });
        let digest: [u8; 32] = Sha256::digest(token).into();
        let lookup = Lookup {
            known: Arc::new(HashMap::from([(digest, case.principal.clone())])),
            inner: Inner,
        };
        group.bench_function("lookup", |b| {
            b.iter_custom(|calls| timed(&lookup, token, calls))
        });
        group.bench_function("cold, two threads", |b| {
            b.iter_custom(|calls| timed_on_two(&cold, token, calls))
        });
        group.bench_function("warm, two threads", |b| {
            b.iter_custom(|calls| timed_on_two(&warm, token, calls))
        });
        group.bench_function("lookup, two threads", |b| {
            b.iter_custom(|calls| timed_on_two(&lookup, token, calls))
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(2)).sample_size(30);
    targets = verify
}
criterion_main!(benches);

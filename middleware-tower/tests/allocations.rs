//! A token that was seen before costs three allocations: those of `http::Extensions`, which the principal is put into. Counted by an
//! allocator of this binary's own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods
)]

use std::convert::Infallible;
use std::future::Ready;
use std::task::{Context, Poll};

use axum::http::{Request, Response};
use heimdall_tower::{HeimdallLayer, Principal};
use support::{Issuer, P256, TestClock, USER, claims};
use tower::{Layer, Service};

mod support;

/// Takes nothing from the heap, and sees to it that the principal is there.
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
        let principal = request.extensions().get::<Principal>().unwrap();
        assert_eq!(principal.subject(), USER);
        std::future::ready(Ok(Response::new(())))
    }
}

#[test]
fn a_token_that_was_seen_before_costs_three_allocations() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (_issuer, verifier, token) = runtime.block_on(async {
        let issuer = Issuer::start(&[&P256]).await;
        let verifier = issuer.following().build().unwrap();
        verifier.ready().await;
        let token = P256.token(&claims(&issuer.base, TestClock::new().seconds()));
        (issuer, verifier, token)
    });
    let mut service = HeimdallLayer::new(verifier).layer(Inner);
    let request = || {
        let request = Request::get("/").header("authorization", format!("Bearer {token}"));
        request.body(()).unwrap()
    };
    let mut call = |request| {
        allocation_counter::measure(|| {
            let mut future = std::pin::pin!(service.call(request));
            let mut context = Context::from_waker(std::task::Waker::noop());
            let Poll::Ready(Ok(response)) = future.as_mut().poll(&mut context) else {
                panic!("it is not judged at once");
            };
            assert_eq!(response.status(), 200);
        })
    };
    call(request());
    let counted = call(request());
    assert!(
        counted.count_total <= 3,
        "{} allocations",
        counted.count_total
    );
}

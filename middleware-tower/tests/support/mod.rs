//! What stands in for Heimdall: an HTTP server with keys that really sign, a feed that is really held open, and every way in which
//! either can misbehave.
// Each binary of tests uses a part of it.
#![allow(dead_code, unused_imports)]

mod clock;
mod issuer;
mod keys;
mod tokens;

pub(crate) use clock::TestClock;
pub(crate) use issuer::{FeedAnswer, Issuer, Jwks};
pub(crate) use keys::{ED25519, OTHER_P256, P256, RSA, SigningKey};
pub(crate) use tokens::{APP, OTHER_APP, USER, claims, forge, segment};

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

/// Waits until it is so, or fails the test with what was waited for.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(20), wait).await;
    assert!(waited.is_ok(), "waited in vain until {what}");
}

/// What a future says when it is polled once.
pub(crate) async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

//! A receiver of webhooks that checks every signature and fails every third time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use heimdall_webhook_verify::{Secret, Verifier};
use serde_json::Value;

/// What came of one event, over all its attempts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    /// How often it was answered 200.
    pub(crate) accepted: usize,
    /// How often it was answered 500.
    pub(crate) failed: usize,
    /// The bodies that came; the same each time, or there are several.
    pub(crate) bodies: Vec<Value>,
}

/// It answers 500 to every third request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    verifier: Arc<OnceLock<Verifier>>,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    requests: usize,
    events: BTreeMap<String, Received>,
    forged: Vec<String>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            url: format!("http://{}/hook", listener.local_addr().unwrap()),
            ..Self::default()
        };
        let one = receiver.clone();
        let hook =
            post(
                move |headers: HeaderMap, body: Bytes| async move { one.receive(&headers, &body) },
            );
        let app = Router::new().route("/hook", hook);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        receiver
    }

    /// The secret that the endpoint was made with.
    pub(crate) fn expect(&self, secret: &str) {
        let secret = Secret::parse(secret).unwrap();
        self.verifier
            .set(Verifier::new([secret]).unwrap())
            .expect("one secret");
    }

    fn receive(&self, headers: &HeaderMap, body: &[u8]) -> StatusCode {
        let delivery = self.verifier.get().unwrap().verify(headers, body);
        let mut kept = self.kept.lock().unwrap();
        let event = match delivery {
            Ok(delivery) => delivery.id().unwrap().to_owned(),
            Err(error) => {
                kept.forged.push(error.to_string());
                return StatusCode::BAD_REQUEST;
            }
        };
        kept.requests += 1;
        let fails = kept.requests.is_multiple_of(3);
        let received = kept.events.entry(event).or_default();
        let body = serde_json::from_slice(body).unwrap();
        if !received.bodies.contains(&body) {
            received.bodies.push(body);
        }
        if fails {
            received.failed += 1;
            return StatusCode::INTERNAL_SERVER_ERROR;
        }
        received.accepted += 1;
        StatusCode::OK
    }

    /// All that came, by the event's id; nothing of it was unsigned.
    pub(crate) fn received(&self) -> BTreeMap<String, Received> {
        let kept = self.kept.lock().unwrap();
        assert_eq!(kept.forged, [] as [String; 0]);
        kept.events.clone()
    }
}

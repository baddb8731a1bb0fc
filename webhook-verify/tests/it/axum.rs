//! The extractor, in a router whose state is more than the verifier.

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, FromRef},
    routing::post,
};
use heimdall_webhook_verify::{SignedHeaders, Verifier, axum::VerifiedEvent, sign};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

use crate::{BODY, ID, NOW, SECRET, at, secret, signed, verifier};

#[derive(Clone)]
struct State {
    webhooks: Verifier,
}

impl FromRef<State> for Verifier {
    fn from_ref(state: &State) -> Self {
        state.webhooks.clone()
    }
}

async fn send(headers: &SignedHeaders, body: impl Into<Body>) -> (StatusCode, String) {
    async fn receive(
        VerifiedEvent {
            event, raw_body, ..
        }: VerifiedEvent,
    ) -> String {
        format!("{} {}", event.kind, raw_body.len())
    }
    let app = Router::new()
        .route("/", post(receive))
        .layer(DefaultBodyLimit::max(1000))
        .with_state(State {
            webhooks: verifier(),
        });
    let request = headers
        .pairs()
        .into_iter()
        .fold(Request::post("/"), |request, (name, value)| {
            request.header(name, value)
        });
    let response = app
        .oneshot(request.body(body.into()).unwrap())
        .await
        .unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

fn code(body: &str) -> String {
    serde_json::from_str::<Value>(body).unwrap()["error"]["code"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_handler_gets_the_event_and_the_bytes_that_were_signed() {
    let (status, body) = send(&signed(), BODY).await;
    assert_eq!(
        (status, body),
        (StatusCode::OK, format!("user.created {}", BODY.len()))
    );
}

#[tokio::test]
async fn what_is_tampered_or_stale_never_reaches_the_handler() {
    let (status, body) = send(&signed(), "{}").await;
    assert_eq!(
        (status, code(&body).as_str()),
        (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED")
    );

    let stale = sign(&[secret(SECRET)], ID, at(NOW - 301), BODY).unwrap();
    let (status, body) = send(&stale, BODY).await;
    assert_eq!(
        (status, code(&body).as_str()),
        (StatusCode::UNAUTHORIZED, "UNAUTHENTICATED")
    );
}

#[tokio::test]
async fn a_genuine_body_that_is_no_event_is_400() {
    let headers = sign(&[secret(SECRET)], ID, at(NOW), b"{}").unwrap();
    let (status, body) = send(&headers, "{}").await;
    assert_eq!(
        (status, code(&body).as_str()),
        (StatusCode::BAD_REQUEST, "MALFORMED_JSON")
    );
}

#[tokio::test]
async fn a_body_above_the_routers_limit_is_413() {
    let (status, body) = send(&signed(), vec![b' '; 1001]).await;
    assert_eq!(
        (status, code(&body).as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE")
    );
}

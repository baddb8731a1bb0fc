//! The layer: what reaches the service, and what is answered for it.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use heimdall_webhook_verify::{Event, SignedHeaders, sign, tower::VerifyWebhookLayer};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use crate::{BODY, ID, NOW, SECRET, at, secret, signed, verifier};

const LIMIT: usize = 1000;

fn request<B>(headers: &SignedHeaders, body: B) -> Request<B> {
    let request = headers
        .pairs()
        .into_iter()
        .fold(Request::post("/"), |request, (name, value)| {
            request.header(name, value)
        });
    request.body(body).unwrap()
}

/// Sends a request through the layer to a service that echoes the event's id and the body, and counts its calls.
async fn send<B>(request: Request<B>) -> (StatusCode, Value, usize)
where
    B: http_body::Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let echo = service_fn(move |request: Request<Full<Bytes>>| {
        let counted = Arc::clone(&counted);
        async move {
            counted.fetch_add(1, Ordering::Relaxed);
            let id = request
                .extensions()
                .get::<Event>()
                .map(|event| event.id.clone());
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let echoed = json!({"id": id, "body": String::from_utf8(body.to_vec()).unwrap()});
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::from(echoed.to_string())))
        }
    });
    let service = VerifyWebhookLayer::new(verifier())
        .with_body_limit(LIMIT)
        .layer(echo);
    let response = service.oneshot(request).await.unwrap();
    let status = response.status();
    assert_eq!(
        status == StatusCode::UNAUTHORIZED,
        response.headers().contains_key("www-authenticate")
    );
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (
        status,
        serde_json::from_slice(&body).unwrap(),
        calls.load(Ordering::Relaxed),
    )
}

#[tokio::test]
async fn a_genuine_delivery_reaches_the_service_with_its_event_and_its_raw_bytes() {
    let (status, body, calls) = send(request(&signed(), Full::<Bytes>::from(BODY))).await;
    assert_eq!((status, calls), (StatusCode::OK, 1));
    assert_eq!(
        body,
        json!({"id": ID, "body": std::str::from_utf8(BODY).unwrap()})
    );
}

#[tokio::test]
async fn a_tampered_delivery_is_401_with_the_error_body_and_never_reaches_the_service() {
    let mut tampered = BODY.to_vec();
    tampered[10] ^= 1;
    let mut request = request(&signed(), Full::<Bytes>::from(tampered));
    request
        .headers_mut()
        .insert("x-request-id", "req-7".parse().unwrap());
    let (status, body, calls) = send(request).await;
    assert_eq!((status, calls), (StatusCode::UNAUTHORIZED, 0));
    assert_eq!(body["error"]["code"], "UNAUTHENTICATED");
    assert_eq!(body["error"]["details"], json!([]));
    assert_eq!(body["error"]["request_id"], "req-7");
    assert!(
        body["error"]["message"]
            .as_str()
            .unwrap()
            .contains("no signature matches")
    );
}

#[tokio::test]
async fn an_unsigned_or_stale_request_is_401() {
    let unsigned = Request::post("/").body(Full::<Bytes>::from(BODY)).unwrap();
    assert_eq!(send(unsigned).await.0, StatusCode::UNAUTHORIZED);

    let stale = sign(&[secret(SECRET)], ID, at(NOW - 301), BODY).unwrap();
    let (status, body, _) = send(request(&stale, Full::<Bytes>::from(BODY))).await;
    assert_eq!(
        (status, &body["error"]["request_id"]),
        (StatusCode::UNAUTHORIZED, &json!(ID))
    );
}

#[tokio::test]
async fn a_request_id_that_is_not_sane_is_not_echoed() {
    let mut request = Request::post("/").body(Full::<Bytes>::default()).unwrap();
    request
        .headers_mut()
        .insert("x-request-id", "<script>".parse().unwrap());
    assert_eq!(send(request).await.1["error"]["request_id"], "");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_passes_and_one_byte_more_is_413() {
    for (len, expected) in [
        (LIMIT, StatusCode::OK),
        (LIMIT + 1, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let mut body = BODY.to_vec();
        body.resize(len, b' ');
        let headers = sign(&[secret(SECRET)], ID, at(NOW), &body).unwrap();
        assert_eq!(
            send(request(&headers, Full::<Bytes>::from(body))).await.0,
            expected
        );
    }
}

/// A body that never tells its length: `frames` of a hundred bytes, then an error or the end.
struct Chunked {
    frames: usize,
    breaks: bool,
}

impl http_body::Body for Chunked {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        if self.frames == 0 {
            return Poll::Ready(
                self.breaks
                    .then(|| Err(std::io::Error::other("connection reset"))),
            );
        }
        self.frames -= 1;
        Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(
            &[b'x'; 100],
        )))))
    }
}

#[tokio::test]
async fn a_body_without_an_end_is_413_as_soon_as_it_passes_the_limit() {
    let (status, body, calls) = send(request(
        &signed(),
        Chunked {
            frames: usize::MAX,
            breaks: false,
        },
    ))
    .await;
    assert_eq!((status, calls), (StatusCode::PAYLOAD_TOO_LARGE, 0));
    assert_eq!(body["error"]["code"], "PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn a_body_in_chunks_is_joined_before_it_is_verified() {
    // Genuine but no event: only what was joined as signed gets as far as 400.
    let headers = sign(&[secret(SECRET)], ID, at(NOW), &[b'x'; 300]).unwrap();
    let (status, body, calls) = send(request(
        &headers,
        Chunked {
            frames: 3,
            breaks: false,
        },
    ))
    .await;
    assert_eq!((status, calls), (StatusCode::BAD_REQUEST, 0));
    assert_eq!(body["error"]["code"], "MALFORMED_JSON");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_400() {
    let (status, body, calls) = send(request(
        &signed(),
        Chunked {
            frames: 1,
            breaks: true,
        },
    ))
    .await;
    assert_eq!((status, calls), (StatusCode::BAD_REQUEST, 0));
    assert_eq!(body["error"]["code"], "VALIDATION_ERROR");
}

#[tokio::test]
async fn the_layer_stands_in_front_of_an_axum_router() {
    let handler = |axum::Extension(event): axum::Extension<Event>, raw: Bytes| async move {
        assert_eq!(raw, BODY);
        event.id
    };
    let app: axum::Router = axum::Router::new()
        .route("/", axum::routing::post(handler))
        .layer(VerifyWebhookLayer::new(verifier()));
    let good = app
        .clone()
        .oneshot(request(&signed(), axum::body::Body::from(BODY)))
        .await
        .unwrap();
    assert_eq!(good.status(), StatusCode::OK);
    let bad = app
        .oneshot(request(&signed(), axum::body::Body::from("x")))
        .await
        .unwrap();
    assert_eq!(bad.status(), StatusCode::UNAUTHORIZED);
}

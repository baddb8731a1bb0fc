//! Each example, with a good token, with one that lacks what is needed, and with none.

use heimdall_tower::Verifier;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{APP, Issuer, P256, TestClock, USER, claims};

#[path = "../../examples/axum.rs"]
#[allow(dead_code, unreachable_pub)]
mod axum_example;
#[path = "../../examples/hyper.rs"]
#[allow(dead_code, unreachable_pub)]
mod hyper_example;
#[path = "../../examples/poem.rs"]
#[allow(dead_code, unreachable_pub)]
mod poem_example;
#[path = "../../examples/tonic.rs"]
#[allow(dead_code, unreachable_pub)]
mod tonic_example;

struct Case {
    _issuer: Issuer,
    verifier: Verifier,
    token: String,
    claims: Value,
    listener: TcpListener,
    url: String,
}

async fn start() -> Case {
    let issuer = Issuer::start(&[&P256]).await;
    let verifier = issuer.verifier().build().unwrap();
    let claims = claims(&issuer.base, TestClock::new().seconds());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Case {
        _issuer: issuer,
        verifier,
        token: P256.token(&claims),
        claims,
        url: format!("http://{}", listener.local_addr().unwrap()),
        listener,
    }
}

async fn send(request: reqwest::RequestBuilder, token: Option<&str>) -> (u16, String) {
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap())
}

async fn get(url: &str, token: Option<&str>) -> (u16, String) {
    send(reqwest::Client::new().get(url), token).await
}

#[tokio::test]
async fn axum() {
    let case = start().await;
    let app = axum_example::app(case.verifier);
    tokio::spawn(async move { ::axum::serve(case.listener, app).await.unwrap() });
    let me = format!("{}/me", case.url);
    assert_eq!(
        get(&me, Some(&case.token)).await,
        (200, format!("{USER} of {APP}"))
    );
    assert_eq!(get(&me, None).await.0, 401);
    let reports = format!("{}/reports", case.url);
    assert_eq!(
        get(&reports, Some(&case.token)).await,
        (200, "reports".to_owned())
    );
    let mut poor = case.claims.clone();
    poor["permissions"] = json!([]);
    let (status, body) = get(&reports, Some(&P256.token(&poor))).await;
    assert_eq!(status, 403);
    assert!(body.contains("\"PERMISSION_DENIED\""), "{body}");
    let invoices = reqwest::Client::new().post(format!("{}/invoices", case.url));
    assert_eq!(send(invoices, Some(&case.token)).await.0, 403);
}

#[tokio::test]
async fn hyper() {
    let case = start().await;
    tokio::spawn(hyper_example::serve(case.listener, case.verifier));
    assert_eq!(
        get(&case.url, Some(&case.token)).await,
        (200, format!("hello {USER}"))
    );
    let (status, body) = get(&case.url, None).await;
    assert_eq!(status, 401);
    assert!(body.contains("\"UNAUTHENTICATED\""), "{body}");
}

#[tokio::test]
async fn tonic() {
    let case = start().await;
    tokio::spawn(tonic_example::serve(case.listener, case.verifier));
    let client = reqwest::Client::builder()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let call = || {
        let request = client.post(format!("{}/billing.Invoices/Total", case.url));
        let request = request
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        // Uncompressed, and four bytes of length.
        request.body("\0\0\0\0\x04July")
    };
    let (status, body) = send(call(), Some(&case.token)).await;
    assert_eq!(status, 200);
    assert_eq!(&body[5..], format!("42 of {APP} in July"));
    assert_eq!(send(call(), None).await.0, 401);
    let mut poor = case.claims.clone();
    poor["permissions"] = json!(["billing:write"]);
    assert_eq!(send(call(), Some(&P256.token(&poor))).await.0, 403);
}

#[tokio::test]
async fn poem() {
    let case = start().await;
    let app = poem_example::app(case.verifier);
    let acceptor = ::poem::listener::TcpAcceptor::from_tokio(case.listener).unwrap();
    tokio::spawn(::poem::Server::new_with_acceptor(acceptor).run(app));
    let me = format!("{}/me", case.url);
    assert_eq!(
        get(&me, Some(&case.token)).await,
        (200, format!("{USER} of {APP}"))
    );
    let (status, body) = get(&me, None).await;
    assert_eq!(status, 401);
    assert!(body.contains("\"UNAUTHENTICATED\""), "{body}");
}

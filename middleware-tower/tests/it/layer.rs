//! What a caller sees of the layers.

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::routing::get;
use axum::{Router, response::Response};
use heimdall_tower::{Fault, HeimdallLayer, Principal, Refusal, RequirePermission, Verifier};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{APP, Issuer, OTHER_APP, P256, TestClock, USER, claims};

struct Case {
    issuer: Issuer,
    app: Router,
    claims: Value,
}

impl Case {
    async fn start() -> Self {
        let issuer = Issuer::start(&[&P256]).await;
        let clock = TestClock::new();
        let verifier = issuer.verifier().clock(clock.clone()).build().unwrap();
        let write = RequirePermission::all([
            "billing:read",
            "billing:write",
            "users:invite",
            "users:write",
        ]);
        let app = Router::new()
            .route(
                "/",
                get(async |caller: Principal| caller.subject().to_owned()),
            )
            .route(
                "/read",
                get(async || "read").layer(RequirePermission::new("billing:read")),
            )
            .route("/write", get(async || "written").layer(write))
            .layer(HeimdallLayer::new(verifier));
        let claims = claims(&issuer.base, clock.seconds());
        Self {
            issuer,
            app,
            claims,
        }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let request = request.body(Body::empty()).unwrap();
        Answer::read(self.app.clone().oneshot(request).await.unwrap()).await
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", P256.token(&self.claims))
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        Self {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    fn error(&self) -> Value {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/json");
        let body: Value = serde_json::from_str(&self.text).unwrap();
        assert_eq!(body.as_object().unwrap().len(), 1);
        body["error"].clone()
    }

    fn challenge(&self) -> &str {
        self.headers[header::WWW_AUTHENTICATE].to_str().unwrap()
    }
}

#[tokio::test]
async fn a_good_token_gets_through_with_its_principal() {
    let case = Case::start().await;
    let answer = case.get("/", &[("authorization", &case.bearer())]).await;
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (StatusCode::OK, USER)
    );
}

#[tokio::test]
async fn the_scheme_may_be_written_in_any_case() {
    let case = Case::start().await;
    let token = P256.token(&case.claims);
    for scheme in ["Bearer", "bearer", "BEARER", "bEaReR"] {
        let answer = case
            .get("/", &[("authorization", &format!("{scheme} {token}"))])
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{scheme}");
    }
}

#[tokio::test]
async fn without_a_token_the_answer_is_the_bare_challenge() {
    let case = Case::start().await;
    let token = P256.token(&case.claims);
    for headers in [
        vec![],
        vec![("authorization", "Basic YTpi")],
        vec![("authorization", token.as_str())],
        vec![
            ("cookie", "token=x"),
            ("x-authorization", "Bearer x"),
            ("proxy-authorization", "Bearer x"),
        ],
    ] {
        let answer = case.get("/?access_token=x", &headers).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.error()["code"], "UNAUTHENTICATED");
        assert_eq!(answer.challenge(), "Bearer realm=\"heimdall\"");
    }
}

#[tokio::test]
async fn a_header_that_is_not_one_token_is_refused() {
    let case = Case::start().await;
    let good = case.bearer();
    let token = P256.token(&case.claims);
    for value in [
        format!("Bearer  {token}"),
        format!("Bearer \t{token}"),
        format!("Bearer {token},"),
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer \"{token}\""),
        format!("Bearer {token}é"),
        "Bearer ".to_owned(),
        "Bearer".to_owned(),
        format!("Bearer {}", "A".repeat(8192)),
        format!("Bearer {}", "é".repeat(100)),
    ] {
        let answer = case.get("/", &[("authorization", &value)]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{value}");
        assert_eq!(answer.error()["code"], "UNAUTHENTICATED");
        assert!(
            answer.challenge().contains("error=\"invalid_token\""),
            "{value}"
        );
    }
    let twice = [
        ("authorization", good.as_str()),
        ("authorization", good.as_str()),
    ];
    assert_eq!(case.get("/", &twice).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_refusal_has_heimdalls_body_and_a_challenge() {
    let case = Case::start().await;
    let mut expired = case.claims.clone();
    expired["exp"] = json!(1);
    for (token, code) in [
        ("a.b.c".to_owned(), "UNAUTHENTICATED"),
        (P256.token(&expired), "TOKEN_EXPIRED"),
    ] {
        let headers = [
            ("authorization", &*format!("Bearer {token}")),
            ("x-request-id", "req-7"),
        ];
        let answer = case.get("/", &headers).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        let error = answer.error();
        assert_eq!(error["code"], code);
        assert_eq!(error["details"], json!([]));
        assert_eq!(error["request_id"], "req-7");
        let expected = format!(
            "Bearer realm=\"heimdall\", error=\"invalid_token\", error_description=\"{}\"",
            error["message"].as_str().unwrap()
        );
        assert_eq!(answer.challenge(), expected);
        assert!(!answer.text.contains(&token));
    }
}

#[tokio::test]
async fn a_request_id_that_is_not_sane_is_not_echoed() {
    let case = Case::start().await;
    for id in ["a b", "<script>", "\"", &"x".repeat(129), "é"] {
        let answer = case.get("/", &[("x-request-id", id)]).await;
        assert_eq!(answer.error()["request_id"], "", "{id}");
    }
}

#[tokio::test]
async fn a_missing_permission_is_named_in_the_body_and_the_challenge() {
    let case = Case::start().await;
    let bearer = case.bearer();
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(case.get("/read", &headers).await.text, "read");
    let answer = case.get("/write", &headers).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    let error = answer.error();
    assert_eq!(error["code"], "PERMISSION_DENIED");
    let reasons = [
        json!({"field": "permission", "reason": "billing:write is required"}),
        json!({"field": "permission", "reason": "users:write is required"}),
    ];
    assert_eq!(error["details"], json!(reasons));
    let challenge = "Bearer realm=\"heimdall\", error=\"insufficient_scope\", scope=\"billing:write users:write\"";
    assert_eq!(answer.challenge(), challenge);
}

#[tokio::test]
async fn a_permission_asked_without_the_layer_before_it_lets_nobody_in() {
    let case = Case::start().await;
    let app = Router::new().route(
        "/",
        get(async || "in").layer(RequirePermission::new("billing:read")),
    );
    let request = Request::get("/")
        .header("authorization", case.bearer())
        .body(Body::empty())
        .unwrap();
    let answer = Answer::read(app.oneshot(request).await.unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_handler_without_the_layer_before_it_has_no_principal() {
    let greet = async |caller: Option<Principal>| {
        caller.map_or("nobody".to_owned(), |caller| caller.subject().to_owned())
    };
    let app = Router::new()
        .route("/", get(async |_: Principal| "in"))
        .route("/greet", get(greet));
    let ask = async |path| {
        let request = Request::get(path)
            .header("authorization", "Bearer a.b.c")
            .body(Body::empty())
            .unwrap();
        Answer::read(app.clone().oneshot(request).await.unwrap()).await
    };
    assert_eq!(ask("/").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(ask("/greet").await.text, "nobody");
}

#[tokio::test]
async fn a_permission_with_characters_of_a_header_breaks_no_header() {
    let case = Case::start().await;
    let odd = RequirePermission::all(["a\"b\r\nx: y", "é"]);
    let verifier = case.issuer.verifier().build().unwrap();
    let app = Router::new()
        .route("/", get(async || "in").layer(odd))
        .layer(HeimdallLayer::new(verifier));
    let request = Request::get("/")
        .header("authorization", case.bearer())
        .body(Body::empty())
        .unwrap();
    let answer = Answer::read(app.oneshot(request).await.unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(
        answer.challenge(),
        "Bearer realm=\"heimdall\", error=\"insufficient_scope\""
    );
    assert!(!answer.headers.contains_key("x"));
}

#[tokio::test]
async fn without_keys_the_answer_is_to_try_again() {
    let issuer = Issuer::start(&[]).await;
    let verifier = issuer.verifier().build().unwrap();
    let app = Router::new()
        .route("/", get(async || "in"))
        .layer(HeimdallLayer::new(verifier));
    let bearer = format!("Bearer {}", P256.token(&claims(&issuer.base, 0)));
    let request = Request::get("/")
        .header("authorization", bearer)
        .body(Body::empty())
        .unwrap();
    let answer = Answer::read(app.oneshot(request).await.unwrap()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.error()["code"], "UNAVAILABLE");
    assert_eq!(answer.headers[header::RETRY_AFTER], "1");
    assert!(!answer.headers.contains_key(header::WWW_AUTHENTICATE));
}

#[tokio::test]
async fn the_app_can_come_from_the_route() {
    let issuer = Issuer::start(&[&P256]).await;
    let verifier = Verifier::builder(&issuer.base)
        .app_from(|parts| {
            parts
                .uri
                .path()
                .strip_prefix("/tenants/")
                .map(str::to_owned)
        })
        .build()
        .unwrap();
    verifier.ready().await;
    let now = TestClock::new().seconds();
    let own = claims(&issuer.base, now);
    let mut others = own.clone();
    others["aud"] = json!(OTHER_APP);
    others["app_id"] = json!(OTHER_APP);
    let layered = HeimdallLayer::new(verifier.clone()).layer(service_fn(async |_: Request<()>| {
        Ok::<_, std::convert::Infallible>(http::Response::new(String::new()))
    }));
    let status = async |path: String, claims: &Value| {
        let bearer = format!("Bearer {}", P256.token(claims));
        let request = Request::get(path)
            .header("authorization", bearer)
            .body(())
            .unwrap();
        layered
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    // Twice, so that the second time the token is remembered.
    for _ in 0..2 {
        assert_eq!(status(format!("/tenants/{APP}"), &own).await, 200);
        assert_eq!(status(format!("/tenants/{OTHER_APP}"), &own).await, 401);
        assert_eq!(status(format!("/tenants/{OTHER_APP}"), &others).await, 200);
        assert_eq!(status(format!("/tenants/{APP}"), &others).await, 401);
        assert_eq!(status("/elsewhere".to_owned(), &own).await, 401);
    }
    let refused = verifier.verify(&P256.token(&own)).await;
    assert_eq!(refused.unwrap_err(), Refusal::Invalid(Fault::NoApp));
}

#[tokio::test]
async fn a_verifier_of_one_app_is_none_of_another() {
    let case = Case::start().await;
    let verifier = case.issuer.verifier().build().unwrap();
    let token = P256.token(&case.claims);
    verifier.verify_for(APP, &token).await.unwrap();
    let refused = verifier.verify_for(OTHER_APP, &token).await;
    assert_eq!(refused.unwrap_err(), Refusal::Invalid(Fault::App));
}

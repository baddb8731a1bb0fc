#![allow(clippy::panic, clippy::unwrap_used)]

use poem::middleware::CatchPanic;
use poem::web::Data;
use poem::{EndpointExt, Route};
use poem_openapi::auth::Bearer;
use poem_openapi::param::{Path, Query};
use poem_openapi::{OpenApi, OpenApiService, SecurityScheme};
use serde_json::json;

use super::super::answer::{Answer, Done};
use super::super::testing::{Seen, request, send, within};
use super::*;

struct Api;

#[derive(SecurityScheme)]
#[oai(ty = "bearer")]
struct Caller(#[allow(dead_code)] Bearer);

#[OpenApi]
impl Api {
    #[oai(path = "/things/:id", method = "get", operation_id = "get_thing")]
    async fn get(
        &self,
        id: Path<u32>,
        #[oai(validator(max_length = 3))] q: Query<Option<String>>,
        request_id: Data<&RequestId>,
    ) -> Result<Answer<String>, ApiError> {
        let q = q.0.unwrap_or_default();
        Ok(Answer(format!("{} {q} {}", id.0, request_id.0)))
    }

    #[oai(path = "/things/:id", method = "delete", operation_id = "delete_thing")]
    async fn delete(&self, _id: Path<u32>, _caller: Caller) -> Result<Done, ApiError> {
        Err(ApiError::permission_denied(["things:write"]))
    }

    #[oai(path = "/panic", method = "get", operation_id = "panic")]
    async fn panic(&self) -> Result<Done, ApiError> {
        panic!("the secret is 42")
    }

    #[oai(path = "/count", method = "get", operation_id = "count")]
    async fn count(&self, n: Query<u16>, until: Query<bool>) -> Result<Answer<String>, ApiError> {
        Ok(Answer(format!("{} {}", n.0, until.0)))
    }
}

#[poem::handler]
async fn plain_failure() -> poem::Result<String> {
    let error = std::io::Error::other("password authentication failed for user heimdall");
    Err(poem::error::InternalServerError(error))
}

#[poem::handler]
async fn bare_status() -> poem::http::StatusCode {
    poem::http::StatusCode::SERVICE_UNAVAILABLE
}

#[poem::handler]
async fn early_bytes() -> Response {
    ApiError::not_found().into_response()
}

async fn ask(request: Request) -> Seen {
    let api = OpenApiService::new(Api, "lab", "1");
    let document = serde_json::from_str(&api.spec()).unwrap();
    let allow = Allow::from_document("/base", &document).and("/failure", [Method::GET]);
    let app = Route::new()
        .nest("/base", api)
        .at("/failure", poem::get(plain_failure))
        .at("/bare", poem::get(bare_status))
        .at("/early", poem::get(early_bytes))
        .with(CatchPanic::new().with_handler(panicked));
    send(&within(app, allow), request).await
}

async fn get(path: &str) -> Seen {
    ask(request(Method::GET, path)).await
}

fn with_header(path: &str, name: &str, value: &str) -> Request {
    Request::builder()
        .uri_str(path)
        .header(name, value)
        .finish()
}

#[tokio::test]
async fn every_error_has_the_one_shape() {
    for (path, status, code) in [
        ("/nowhere", 404, "NOT_FOUND"),
        ("/base/nowhere", 404, "NOT_FOUND"),
        ("/base/things/1/2", 404, "NOT_FOUND"),
        ("/base/things/x", 404, "NOT_FOUND"),
        ("/base/things/1?q=long", 400, "VALIDATION_ERROR"),
        ("/base/things/%00", 404, "NOT_FOUND"),
        ("/base/things/1?q=%00", 400, "VALIDATION_ERROR"),
        ("/base/panic", 500, "INTERNAL"),
        ("/failure", 500, "INTERNAL"),
        ("/bare", 503, "UNAVAILABLE"),
        ("/early", 404, "NOT_FOUND"),
    ] {
        let seen = get(path).await;
        assert_eq!((seen.status, &*seen.code()), (status, code), "{path}");
        assert_eq!(seen.json()["error"]["request_id"], "made", "{path}");
        assert_eq!(seen.header("content-type"), Some("application/json"));
        for leak in [
            "42",
            "password",
            "u32",
            "uint32",
            "heimdall_server",
            "maxLength",
        ] {
            assert!(!seen.text.contains(leak), "{path}: {}", seen.text);
        }
    }
}

#[tokio::test]
async fn what_does_not_exist_looks_the_same_whatever_it_is() {
    let unknown = get("/base/things/x").await;
    assert_eq!(unknown.text, get("/nowhere").await.text);
}

#[tokio::test]
async fn a_wrong_parameter_is_named() {
    let seen = get("/base/things/1?q=long").await;
    assert_eq!(seen.details(), ["q: must be at most 3 characters"]);
    let seen = get("/base/count?until=true").await;
    assert_eq!(seen.details(), ["n: is required"]);
    let seen = get("/base/count?n=99999&until=true").await;
    assert_eq!(seen.details(), ["n: must be a whole number in its range"]);
    let seen = get("/base/count?n=1&until=maybe").await;
    assert_eq!(seen.details(), ["until: must be true or false"]);
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let seen = ask(request(Method::PUT, "/base/things/1?q=1")).await;
    assert_eq!((seen.status, &*seen.code()), (405, "METHOD_NOT_ALLOWED"));
    assert_eq!(seen.header("allow"), Some("DELETE, GET, HEAD"));
    let seen = ask(request(Method::POST, "/failure")).await;
    assert_eq!(seen.header("allow"), Some("GET, HEAD"));
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let seen = ask(request(Method::HEAD, "/base/things/1")).await;
    assert_eq!((seen.status, &*seen.text), (200, ""));
    let seen = ask(request(Method::HEAD, "/nowhere")).await;
    assert_eq!((seen.status, &*seen.text), (404, ""));
}

#[tokio::test]
async fn a_missing_bearer_is_challenged_and_a_weak_one_is_told_its_lack() {
    let seen = ask(request(Method::DELETE, "/base/things/1")).await;
    assert_eq!((seen.status, &*seen.code()), (401, "UNAUTHENTICATED"));
    let challenge = seen.header("www-authenticate");
    assert_eq!(challenge, Some("Bearer realm=\"heimdall\""));

    let mut bearing = with_header("/base/things/1", "authorization", "Bearer abc");
    bearing.set_method(Method::DELETE);
    let seen = ask(bearing).await;
    assert_eq!((seen.status, &*seen.code()), (403, "PERMISSION_DENIED"));
    let challenge = seen.header("www-authenticate").unwrap();
    assert!(challenge.contains("scope=\"things:write\""), "{challenge}");
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_another_is_replaced() {
    let seen = ask(with_header("/base/things/1", "x-request-id", "from-me.1")).await;
    assert_eq!(seen.header("x-request-id"), Some("from-me.1"));
    assert_eq!(seen.text, "\"1  from-me.1\"");
    for insane in ["", "a b", "a\u{1b}b", &"x".repeat(129)] {
        let Ok(value) = HeaderValue::from_bytes(insane.as_bytes()) else {
            continue;
        };
        let mut asked = request(Method::GET, "/nowhere");
        asked.headers_mut().insert("x-request-id", value);
        let seen = ask(asked).await;
        assert_eq!(seen.header("x-request-id"), Some("made"), "{insane:?}");
        assert_eq!(seen.json()["error"]["request_id"], "made");
    }
}

#[test]
fn the_document_lists_the_errors_of_an_operation() {
    let spec = OpenApiService::new(Api, "lab", "1").spec();
    let document: serde_json::Value = serde_json::from_str(&spec).unwrap();
    let responses = &document["paths"]["/things/{id}"]["delete"]["responses"];
    let statuses: Vec<&String> = responses.as_object().unwrap().keys().collect();
    assert_eq!(
        statuses,
        [
            "204", "400", "401", "403", "404", "409", "410", "413", "415", "429", "500", "503"
        ]
    );
    assert_eq!(
        responses["404"]["content"]["application/json"]["schema"],
        json!({"$ref": "#/components/schemas/ErrorBody"})
    );
    assert!(responses["401"]["headers"]["WWW-Authenticate"].is_object());
    assert!(responses["429"]["headers"]["Retry-After"].is_object());
}

//! What can be guessed at without a bearer is counted by address, and the answers tell how it stands.

use std::collections::BTreeSet;
use std::time::Duration;

use heimdall_server::limits::COUNTED;
use serde_json::json;

use crate::support::{PASSWORD, Raw, TestServer};

const ON: (&str, &str) = ("RATE_LIMITS", "on");
const PROXY: (&str, &str) = ("TRUSTED_PROXIES", "127.0.0.0/8");

/// Signs in, as a proxy passes it on from an address.
async fn sign_in(server: &TestServer, from: &str) -> Raw {
    let body =
        json!({ "grant_type": "password", "email": "viewer@acme.example", "password": PASSWORD });
    let request = server
        .http
        .post(format!("{}/v1/apps/acme/tokens", server.base));
    let request = request.header("x-forwarded-for", from).json(&body);
    Raw::of(request.send().await.unwrap()).await
}

/// How many are left by the answer, and the seconds until all are there again.
#[track_caller]
fn standing(answer: &Raw) -> (u64, u64) {
    assert_eq!(answer.headers["ratelimit-policy"], "\"guesses\";q=30;w=30");
    let told = answer.headers["ratelimit"].to_str().unwrap();
    let rest = told.strip_prefix("\"guesses\";r=").unwrap();
    let (left, full_in) = rest.split_once(";t=").unwrap();
    (left.parse().unwrap(), full_in.parse().unwrap())
}

/// Asks until it is refused; the refusal.
async fn exhaust(server: &TestServer, from: &str) -> Raw {
    let url = format!("{}/v1/invites/nobodys", server.base);
    for _ in 0..200 {
        let request = server.http.get(&url).header("x-forwarded-for", from);
        let answer = Raw::of(request.send().await.unwrap()).await;
        if answer.status != 404 {
            return answer;
        }
    }
    panic!("200 guesses and no refusal");
}

async fn an_answer_tells_what_is_left(server: TestServer) {
    server.app("acme").await;
    let first = sign_in(&server, "192.0.2.1").await;
    assert_eq!((first.status, standing(&first)), (200, (29, 1)));

    let refused = exhaust(&server, "192.0.2.1").await;
    assert_eq!((refused.status, &*refused.code()), (429, "RATE_LIMITED"));
    let (left, full_in) = standing(&refused);
    assert_eq!(left, 0);
    assert!((29..=30).contains(&full_in), "{full_in}");
    assert_eq!(refused.headers["retry-after"], "1");

    let other = sign_in(&server, "192.0.2.2").await;
    assert_eq!((other.status, standing(&other).0), (200, 29));

    server.advance(Duration::from_secs(1));
    assert_eq!(sign_in(&server, "192.0.2.1").await.status, 200);
    server.advance(Duration::from_secs(30));
    assert_eq!(standing(&sign_in(&server, "192.0.2.1").await), (29, 1));
}

async fn who_is_no_trusted_proxy_speaks_for_itself_alone(server: TestServer) {
    let refused = exhaust(&server, "192.0.2.1").await;
    assert_eq!(refused.status, 429);
    assert_eq!(exhaust(&server, "192.0.2.2").await.status, 429);
    assert_eq!(standing(&exhaust(&server, "192.0.2.3").await).0, 0);
}

async fn each_operation_that_is_counted_tells_so_here_and_in_the_document(server: TestServer) {
    server.app("acme").await;
    let document = server.raw("GET", "/v1/openapi.json", "", None).await.json();
    let password = json!({ "grant_type": "password", "email": "a@b.example", "password": "x" });
    let new_password = json!({ "password": PASSWORD });
    let mut told = BTreeSet::new();
    let mut documented = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let responses = operation["responses"].as_object().unwrap();
            let says = |response: &serde_json::Value| response["headers"]["RateLimit"].is_object();
            if responses.values().all(says) {
                documented.insert(id.clone());
            }
            let url = format!(
                "{}{}",
                server.base,
                path.replace("{app}", "acme").replace("{token}", "t")
            );
            let request = server
                .http
                .request(method.to_uppercase().parse().unwrap(), url);
            let request = match &*id {
                "issue_token" => request.json(&password),
                "oauth_token" => request.form(&[
                    ("grant_type", "password"),
                    ("username", "a"),
                    ("password", "b"),
                    ("client_id", "app_1"),
                ]),
                _ => request.json(&new_password),
            };
            let answer = Raw::of(request.send().await.unwrap()).await;
            if answer.headers.contains_key("ratelimit") {
                assert!(standing(&answer).0 < 30, "{id}");
                told.insert(id);
            }
        }
    }
    let counted: BTreeSet<_> = COUNTED.map(str::to_owned).into();
    assert_eq!(told, counted);
    assert_eq!(documented, counted);
}

async fn where_nothing_is_counted_nothing_is_told(server: TestServer) {
    server.app("acme").await;
    let answer = sign_in(&server, "192.0.2.1").await;
    assert_eq!(answer.status, 200);
    assert!(!answer.headers.contains_key("ratelimit"));
    assert!(!answer.headers.contains_key("ratelimit-policy"));
}

/// Each on both databases, with settings of its own.
macro_rules! with {
    ($($settings:expr => $name:ident;)*) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                super::$name(TestServer::sqlite_with(&$settings).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                super::$name(TestServer::postgres_with(&$settings).await).await;
            }
        }
    )*};
}

with! {
    [ON, PROXY] => an_answer_tells_what_is_left;
    [ON] => who_is_no_trusted_proxy_speaks_for_itself_alone;
    [ON] => each_operation_that_is_counted_tells_so_here_and_in_the_document;
    [] => where_nothing_is_counted_nothing_is_told;
}

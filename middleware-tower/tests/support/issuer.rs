use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::SigningKey;
use heimdall_tower::{Builder, Verifier};

pub(crate) const KEY: &str = "hdk_the-key-of-the-verifier";

/// What the key set answers.
#[derive(Clone, Debug)]
pub(crate) enum Jwks {
    Keys(Vec<Value>),
    Text(StatusCode, &'static str, &'static str),
    Endless,
    Redirect(&'static str),
    /// Nothing, ever.
    Silent,
}

/// What the feed answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FeedAnswer {
    Entries,
    Status(StatusCode),
    Text(&'static str),
}

#[derive(Clone)]
struct Feed {
    answer: FeedAnswer,
    entries: Vec<Value>,
    /// Entries a page.
    limit: usize,
}

struct Shared {
    jwks: watch::Sender<Jwks>,
    fetches: watch::Sender<usize>,
    feed: watch::Sender<Feed>,
    /// The queries of the feed so far.
    asked: watch::Sender<Vec<HashMap<String, String>>>,
    /// The bearers that were shown.
    bearers: Mutex<Vec<String>>,
    bearer: Mutex<String>,
    verdict: Mutex<Result<bool, StatusCode>>,
    introspections: watch::Sender<Vec<Value>>,
    sign_ins: watch::Sender<usize>,
    strays: Mutex<Vec<String>>,
}

/// A Heimdall for tests. Dropping it stops it.
pub(crate) struct Issuer {
    /// The base URL, which is the issuer.
    pub(crate) base: String,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Issuer {
    pub(crate) async fn start(keys: &[&SigningKey]) -> Self {
        let shared = Arc::new(Shared {
            jwks: watch::Sender::new(published(keys)),
            fetches: watch::Sender::new(0),
            feed: watch::Sender::new(Feed {
                answer: FeedAnswer::Entries,
                entries: Vec::new(),
                limit: 200,
            }),
            asked: watch::Sender::default(),
            bearers: Mutex::default(),
            bearer: Mutex::new(KEY.to_owned()),
            verdict: Mutex::new(Ok(true)),
            introspections: watch::Sender::default(),
            sign_ins: watch::Sender::new(0),
            strays: Mutex::default(),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}/heimdall", listener.local_addr().unwrap());
        let api = Router::new()
            .route("/v1/.well-known/jwks.json", get(jwks))
            .route("/v1/revocations", get(revocations))
            .route("/v1/apps/{app}/revocations", get(revocations))
            .route("/v1/apps/{app}/tokens", post(sign_in))
            .route("/v1/apps/{app}/tokens/verify", post(verify));
        let app = Router::new()
            .nest("/heimdall", api)
            .fallback(any(stray))
            .with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            base,
            shared,
            server,
        }
    }

    /// A verifier of [`APP`](super::APP) without a feed.
    pub(crate) fn verifier(&self) -> Builder<heimdall_tower::AppRule> {
        Verifier::builder(&self.base).app(super::APP)
    }

    /// The same with a feed.
    pub(crate) fn following(&self) -> Builder<heimdall_tower::AppRule> {
        self.verifier().feed_credential(KEY)
    }

    pub(crate) fn publish(&self, keys: &[&SigningKey]) {
        self.answer_keys(published(keys));
    }

    pub(crate) fn answer_keys(&self, jwks: Jwks) {
        self.shared.jwks.send_replace(jwks);
    }

    /// How often the key set was fetched.
    pub(crate) fn fetches(&self) -> usize {
        *self.shared.fetches.borrow()
    }

    pub(crate) async fn fetched(&self, times: usize) {
        let mut fetches = self.shared.fetches.subscribe();
        fetches.wait_for(|count| *count >= times).await.unwrap();
    }

    /// Adds an entry to the feed.
    pub(crate) fn revoke(&self, kind: &str, id: &str, not_before_us: i64, reason: &str) {
        let at = |us| chrono::DateTime::from_timestamp_micros(us).unwrap();
        let entry = json!({
            "kind": kind, "id": id, "app_id": super::APP, "reason": reason,
            "not_before": at(not_before_us), "expires_at": at(not_before_us + 86_400_000_000),
        });
        self.shared
            .feed
            .send_modify(|feed| feed.entries.push(entry));
    }

    /// Adds any entry at all.
    pub(crate) fn revoke_raw(&self, entry: Value) {
        self.shared
            .feed
            .send_modify(|feed| feed.entries.push(entry));
    }

    /// As after a restore of the database from an older state.
    pub(crate) fn forget_revocations(&self) {
        self.shared.feed.send_modify(|feed| feed.entries.clear());
    }

    pub(crate) fn page_by(&self, limit: usize) {
        self.shared.feed.send_modify(|feed| feed.limit = limit);
    }

    pub(crate) fn answer_feed(&self, answer: FeedAnswer) {
        self.shared.feed.send_modify(|feed| feed.answer = answer);
    }

    /// Waits until the feed was asked so many times in all.
    pub(crate) async fn asked(&self, times: usize) -> Vec<HashMap<String, String>> {
        let mut asked = self.shared.asked.subscribe();
        let asked = asked.wait_for(|asked| asked.len() >= times).await.unwrap();
        asked.clone()
    }

    pub(crate) fn times_asked(&self) -> usize {
        self.shared.asked.borrow().len()
    }

    pub(crate) fn answer_introspection(&self, verdict: Result<bool, StatusCode>) {
        *self.shared.verdict.lock().unwrap() = verdict;
    }

    pub(crate) fn introspections(&self) -> Vec<Value> {
        self.shared.introspections.borrow().clone()
    }

    pub(crate) fn bearers(&self) -> Vec<String> {
        self.shared.bearers.lock().unwrap().clone()
    }

    /// From now on only this bearer will do.
    pub(crate) fn expect_bearer(&self, bearer: &str) {
        bearer.clone_into(&mut self.shared.bearer.lock().unwrap());
    }

    pub(crate) fn sign_ins(&self) -> usize {
        *self.shared.sign_ins.borrow()
    }

    /// Requests to addresses that are nobody's.
    pub(crate) fn strays(&self) -> Vec<String> {
        self.shared.strays.lock().unwrap().clone()
    }

    /// Ends at once, with all its connections.
    pub(crate) async fn stop(mut self) {
        self.server.abort();
        let _ = (&mut self.server).await;
        // A connection outlives the task that accepted it: end what is held open, too.
        self.shared.jwks.send_replace(Jwks::Text(
            StatusCode::SERVICE_UNAVAILABLE,
            "text/plain",
            "",
        ));
        let gone = FeedAnswer::Status(StatusCode::SERVICE_UNAVAILABLE);
        self.shared.feed.send_modify(|feed| feed.answer = gone);
        *self.shared.verdict.lock().unwrap() = Err(StatusCode::SERVICE_UNAVAILABLE);
    }
}

fn published(keys: &[&SigningKey]) -> Jwks {
    Jwks::Keys(keys.iter().map(|key| key.jwk.clone()).collect())
}

async fn jwks(State(shared): State<Arc<Shared>>) -> Response {
    shared.fetches.send_modify(|count| *count += 1);
    let answer = shared.jwks.borrow().clone();
    match answer {
        Jwks::Keys(keys) => Json(json!({ "keys": keys })).into_response(),
        Jwks::Text(status, content_type, text) => {
            (status, [(header::CONTENT_TYPE, content_type)], text).into_response()
        }
        Jwks::Endless => {
            let chunk = Bytes::from(vec![b' '; 64 * 1024]);
            let endless =
                futures_util::stream::repeat_with(move || Ok::<_, Infallible>(chunk.clone()));
            Body::from_stream(endless).into_response()
        }
        Jwks::Redirect(to) => Redirect::temporary(to).into_response(),
        Jwks::Silent => std::future::pending().await,
    }
}

async fn revocations(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let admitted = admits(&shared, &headers);
    let after = query.get("after").map(|after| after.parse::<usize>());
    let wait = query
        .get("wait")
        .and_then(|wait| wait.parse().ok())
        .unwrap_or(0);
    shared.asked.send_modify(|asked| asked.push(query));
    if !admitted {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let mut feed = shared.feed.subscribe();
    let after = match after.transpose() {
        Ok(after) => after,
        Err(_) => return StatusCode::BAD_REQUEST.into_response(),
    };
    let news = feed.wait_for(|feed| {
        feed.answer != FeedAnswer::Entries || after.is_none_or(|after| feed.entries.len() > after)
    });
    let _ = tokio::time::timeout(Duration::from_secs(wait), news).await;
    let feed = shared.feed.borrow().clone();
    match feed.answer {
        FeedAnswer::Status(status) => status.into_response(),
        FeedAnswer::Text(text) => text.into_response(),
        FeedAnswer::Entries => {
            let from = after.unwrap_or(0).min(feed.entries.len());
            let to = (from + feed.limit).min(feed.entries.len());
            let next = to.max(after.unwrap_or(0));
            let more = to < feed.entries.len();
            let data = &feed.entries[from..to];
            Json(json!({"data": data, "next_cursor": next.to_string(), "more": more}))
                .into_response()
        }
    }
}

fn admits(shared: &Shared, headers: &HeaderMap) -> bool {
    let bearer = headers[header::AUTHORIZATION].to_str().unwrap();
    let bearer = bearer.strip_prefix("Bearer ").unwrap();
    shared.bearers.lock().unwrap().push(bearer.to_owned());
    bearer == *shared.bearer.lock().unwrap()
}

async fn verify(
    State(shared): State<Arc<Shared>>,
    Path(app): Path<String>,
    headers: HeaderMap,
    Json(mut body): Json<Value>,
) -> Response {
    if !admits(&shared, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    body["app"] = app.into();
    shared.introspections.send_modify(|asked| asked.push(body));
    let verdict = *shared.verdict.lock().unwrap();
    match verdict {
        Ok(valid) => Json(json!({"valid": valid, "allowed": valid, "missing": []})).into_response(),
        Err(status) => status.into_response(),
    }
}

async fn sign_in(State(shared): State<Arc<Shared>>, Json(body): Json<Value>) -> Response {
    let expected =
        json!({"grant_type": "client_credentials", "client_id": "hci_1", "client_secret": "hds_1"});
    if body != expected {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    shared.sign_ins.send_modify(|count| *count += 1);
    let token = format!("service-token-{}", *shared.sign_ins.borrow());
    Json(json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": ""}))
        .into_response()
}

async fn stray(State(shared): State<Arc<Shared>>, request: Request) -> StatusCode {
    shared
        .strays
        .lock()
        .unwrap()
        .push(request.uri().to_string());
    StatusCode::NOT_FOUND
}

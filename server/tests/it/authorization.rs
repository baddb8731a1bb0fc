//! Who may do what: every operation of the document, by every kind of caller, on their own App, on
//! another's and on one that does not exist.
//!
//! The operations are read from the document, so a new one without a rule in `rules.rs`, or one whose
//! request `requests.rs` can't write, fails here before it can be forgotten.

mod callers;
mod requests;
mod rules;

use callers::{Callers, Kind};
use heimdall_sdk::NewAdminKey;
use requests::{Request, request_in};
use rules::{Operation, Rule, operations};

use crate::support::{Raw, TestServer};

/// The answer to a request, which is the same for the same request: its id is given.
async fn ask(server: &TestServer, bearer: &str, request: &Request, app: &str) -> Raw {
    let method = reqwest::Method::from_bytes(request.method.as_bytes()).unwrap();
    let url = format!("{}{}", server.base, request.path_in(app));
    let mut sent = server
        .http
        .request(method, url)
        .header("x-request-id", "matrix");
    if !bearer.is_empty() {
        sent = sent.bearer_auth(bearer);
    }
    if let Some(body) = &request.body {
        sent = sent.json(body);
    }
    Raw::of(sent.send().await.unwrap()).await
}

#[track_caller]
fn assert_allowed(answer: &Raw, what: &str) {
    assert!(
        (200..300).contains(&answer.status),
        "{what}: {} {}",
        answer.status,
        answer.text
    );
}

#[track_caller]
fn assert_lacks(answer: &Raw, permission: &str, what: &str) {
    assert_eq!(
        (answer.status, &*answer.code()),
        (403, "PERMISSION_DENIED"),
        "{what}: {}",
        answer.text
    );
    let named = answer.json()["error"]["details"][0]["reason"].clone();
    assert_eq!(named, permission, "{what}");
    let challenge = answer.headers["www-authenticate"].to_str().unwrap();
    assert!(
        challenge.contains(&format!("scope=\"{permission}\"")),
        "{what}: {challenge}"
    );
}

/// What each kind of caller gets for an operation, on things of their own App.
async fn check(server: &TestServer, callers: &mut Callers<'_>, operation: &Operation, kind: Kind) {
    let what = format!("{} by {kind:?}", operation.id);
    let permission = match operation.rule {
        Rule::InApp(permission) | Rule::Instance(permission) => permission,
        Rule::Open | Rule::Myself => "billing:read",
    };
    if kind == Kind::AppKeyWith
        && matches!(operation.rule, Rule::Instance(_))
        && permission != "revocations:read"
    {
        return; // There is no such key: see admin_keys.rs.
    }
    let bearer = callers.bearer(kind, permission).await;
    let (request, _) = request_in(server, "acme", operation).await;
    let answer = ask(server, &bearer, &request, "acme").await;
    match operation.rule {
        Rule::Open => {}
        Rule::Myself if kind.is_user() => assert_allowed(&answer, &what),
        Rule::Myself => {
            assert_eq!(
                (answer.status, &*answer.code()),
                (403, "PERMISSION_DENIED"),
                "{what}"
            );
        }
        Rule::InApp(_) if kind.lacks_it() => assert_lacks(&answer, permission, &what),
        Rule::Instance(_) if kind.lacks_it() || !kind.is_of_the_instance() => {
            assert_lacks(&answer, permission, &what);
        }
        Rule::InApp(_) | Rule::Instance(_) => assert_allowed(&answer, &what),
    }
    if matches!(operation.id.as_str(), "archive_app") && answer.status < 300 {
        let restored =
            heimdall_sdk::AppChanges::default().with_status(heimdall_sdk::AppStatus::Active);
        server.admin.apps().update("acme", &restored).await.unwrap();
        callers.forget();
    }
    if operation.rule == Rule::Myself {
        callers.forget(); // Their sessions may have ended.
    }
}

on_both! {
    async fn every_operation_is_for_those_who_hold_its_permission(server) {
        server.app("acme").await;
        let mut callers = Callers::new(&server, "acme");
        for operation in operations(&server) {
            assert_eq!(operation.takes_bearer, operation.rule != Rule::Open, "{}", operation.id);
            if operation.rule == Rule::Open {
                continue;
            }
            for kind in Kind::ALL {
                check(&server, &mut callers, &operation, kind).await;
            }
        }
    }

    async fn nothing_is_for_those_without_a_good_bearer(server) {
        server.app("acme").await;
        let admin = server.admin.admin_keys();
        let soon = server.clock.now().plus(std::time::Duration::from_secs(60)).datetime();
        let expiring = admin.create(&NewAdminKey::new("expiring", ["*"]).with_expires_at(soon)).await.unwrap();
        let revoked = admin.create(&NewAdminKey::new("revoked", ["*"])).await.unwrap();
        admin.revoke(&revoked.id).await.unwrap();
        let token = server.sign_in("acme", "admin@acme.example").await;
        server.advance(std::time::Duration::from_secs(2 * 3600));
        let refresh = server.sign_in("acme", "admin@acme.example").await.refresh_token.unwrap();
        let bearers = [
            ("none", String::new(), "UNAUTHENTICATED"),
            ("garbage", "garbage".into(), "UNAUTHENTICATED"),
            ("an unknown key", "hdk_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789".into(), "UNAUTHENTICATED"),
            ("a refresh token", refresh.expose().into(), "UNAUTHENTICATED"),
            ("an expired token", token.access_token.expose().into(), "TOKEN_EXPIRED"),
            ("an expired key", expiring.key.unwrap().expose().into(), "TOKEN_EXPIRED"),
            ("a revoked key", revoked.key.unwrap().expose().into(), "TOKEN_REVOKED"),
        ];
        for operation in operations(&server) {
            if operation.rule == Rule::Open {
                continue;
            }
            let (request, _) = request_in(&server, "acme", &operation).await;
            for (who, bearer, code) in &bearers {
                let answer = ask(&server, bearer, &request, "acme").await;
                let what = format!("{} by {who}: {}", operation.id, answer.text);
                assert_eq!((answer.status, &*answer.code()), (401, *code), "{what}");
                assert!(answer.headers.contains_key("www-authenticate"), "{what}");
            }
        }
    }

    async fn another_app_is_not_there_whoever_looks(server) {
        server.app("acme").await;
        server.app("globex").await;
        let mut strangers = Callers::new(&server, "acme");
        let mut targets = Vec::new();
        for operation in operations(&server) {
            if let Rule::InApp(permission) = operation.rule {
                let (request, ids) = request_in(&server, "globex", &operation).await;
                targets.push((operation.id, permission, request, ids));
            }
        }
        let before = server.events_of("globex").await;
        let kinds = [Kind::AppKey, Kind::AppKeyWith, Kind::UserWith, Kind::UserWithout, Kind::ServiceWith];
        for (id, permission, request, ids) in &targets {
            for kind in kinds {
                let bearer = strangers.bearer(kind, permission).await;
                let foreign = ask(&server, &bearer, request, "globex").await;
                let missing = ask(&server, &bearer, request, "nobody").await;
                assert_eq!((foreign.status, &*foreign.code()), (404, "NOT_FOUND"), "{id} by {kind:?}");
                assert_eq!(foreign.text, missing.text, "{id} by {kind:?}");
            }
            // Under their own App's name the other's things are not there either, also for those who may.
            if ids.is_empty() {
                continue;
            }
            for kind in [Kind::InstanceKey, Kind::AppKey, Kind::UserWith, Kind::ServiceWith] {
                let bearer = strangers.bearer(kind, permission).await;
                let foreign = ask(&server, &bearer, request, "acme").await;
                let missing = ask(&server, &bearer, &request.about_nothing(ids), "acme").await;
                assert_eq!((foreign.status, &*foreign.code()), (404, "NOT_FOUND"), "{id} by {kind:?}: {}", foreign.text);
                assert_eq!(foreign.text, missing.text, "{id} by {kind:?}");
            }
        }
        assert_eq!(server.events_of("globex").await, before);
    }
}

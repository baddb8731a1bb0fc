//! What is understood of an answer.

use heimdall_sdk::{
    App, Delivery, Error, Event, EventType, ImportResult, Invite, JwkSet, RevocationBatch,
    RevocationKind, Secret, User, UserStatus, Verification, Welcome,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::server::{Reply, Server, ok};

const AT: &str = "2026-09-01T12:00:00.123456Z";

fn read<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

fn user() -> Value {
    json!({"id": "usr_1", "app_id": "app_1", "email": "ada@acme.example", "status": "active", "created_at": AT, "updated_at": AT})
}

#[test]
fn fields_of_a_newer_server_are_skipped_and_its_values_kept() {
    let mut newer = user();
    newer["status"] = json!("dormant");
    newer["favourite_colour"] = json!({"hue": 7});
    let user: User = read(newer);
    assert_eq!(user.status, UserStatus::Other("dormant".to_owned()));
    assert_eq!(user.status.as_str(), "dormant");
}

#[test]
fn absent_and_null_mean_the_same() {
    let mut nulls = user();
    for field in [
        "display_name",
        "roles",
        "metadata",
        "last_login_at",
        "email_verified",
    ] {
        nulls[field] = json!(null);
    }
    assert_eq!(read::<User>(nulls), read::<User>(user()));
}

#[test]
fn secrets_are_read_and_never_printed() {
    let invite: Invite = read(json!({
        "id": "inv_1", "role": "editor", "roles": ["editor"], "token": "hdi_s3cret", "expires_at": AT, "created_at": AT,
        "invite_url": "https://auth.example.com/heimdall/invites/hdi_s3cret", "max_uses": 1, "status": "pending",
        "invited_by": {"type": "admin_key", "id": "key_1"},
    }));
    assert_eq!(
        invite.token.as_ref().map(Secret::expose),
        Some("hdi_s3cret")
    );
    assert!(!format!("{invite:?}").contains("s3cret"));
}

#[test]
fn an_app_comes_with_what_it_was_created_with() {
    let settings = json!({"access_token_ttl_seconds": 3600, "refresh_token_ttl_seconds": 2_592_000, "password_min_length": 10, "max_failed_logins": 10});
    let app: App = read(json!({
        "id": "app_1", "name": "acme", "display_name": "Acme", "status": "active", "settings": settings, "created_at": AT,
        "updated_at": AT, "owner": user(),
        "roles": [{"id": "role_1", "name": "admin", "permissions": ["a:b"], "created_at": AT, "updated_at": AT}],
    }));
    assert_eq!(app.roles[0].permissions, ["a:b"]);
    assert_eq!(app.owner.unwrap().id, "usr_1");
}

#[test]
fn whoever_accepts_an_invite_is_a_user_with_tokens() {
    let welcome: Welcome = read(
        json!({"user": user(), "access_token": "eyJ", "refresh_token": "hdr_1", "token_type": "Bearer", "expires_in": 3600}),
    );
    assert_eq!(welcome.user.id, "usr_1");
    assert_eq!(welcome.tokens.access_token.expose(), "eyJ");
}

#[test]
fn an_import_tells_of_each_row() {
    let result: ImportResult = read(json!({"data": [
        {"index": 0, "status": "created", "user": user()},
        {"index": 1, "status": "failed", "error": {"code": "CONFLICT", "message": "taken", "details": []}},
    ]}));
    assert!(result.data[0].user.is_some());
    assert_eq!(result.data[1].error.as_ref().unwrap().message, "taken");
}

#[test]
fn events_deliveries_and_revocations_are_read() {
    let event: Event = read(json!({
        "id": "evt_1", "seq": 1, "type": "user.created", "actor": {"type": "admin_key", "id": "key_1"},
        "target": {"type": "user", "id": "usr_1"}, "data": {"user_id": "usr_1"}, "occurred_at": AT,
    }));
    assert_eq!(event.kind, EventType::UserCreated);

    let delivery: Delivery = read(json!({
        "id": "del_1", "webhook_id": "whk_1", "event_id": "evt_1", "event_type": "user.vanished", "status": "pending",
        "attempts": [{"at": AT, "latency_ms": 12, "error": "refused"}], "created_at": AT,
    }));
    assert_eq!(
        delivery.event_type,
        EventType::Other("user.vanished".to_owned())
    );

    let batch: RevocationBatch = read(json!({"next_cursor": "7", "more": false, "data": [
        {"kind": "user", "id": "usr_1", "app_id": "app_1", "not_before": AT, "reason": "stale", "expires_at": AT},
    ]}));
    assert_eq!(batch.data[0].kind, RevocationKind::User);
    assert_eq!(batch.data[0].not_before.timestamp_subsec_micros(), 123_456);
}

#[test]
fn a_token_that_is_none_has_no_claims() {
    let verification: Verification =
        read(json!({"valid": false, "allowed": false, "missing": ["a:b"], "claims": null}));
    assert!(verification.claims.is_none());
}

#[test]
fn a_key_keeps_its_parameters() {
    let set: JwkSet = read(
        json!({"keys": [{"kid": "k1", "kty": "EC", "alg": "ES256", "crv": "P-256", "x": "A", "y": "B"}]}),
    );
    assert_eq!(set.keys[0].parameters["crv"], "P-256");
}

#[tokio::test]
async fn keys_that_are_still_the_same_are_not_sent_again() {
    let first = Reply::Say(200, &[("etag", "\"v1\"")], json!({"keys": []}).to_string());
    let server = Server::start([first, Reply::Say(304, &[], String::new())]).await;
    let client = server.client();
    let answer = client.jwks().get().send().await.unwrap();
    let etag = answer.headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(client.jwks().get_unless(&etag).await.unwrap(), None);
    assert_eq!(server.seen()[1].header("if-none-match"), Some("\"v1\""));
}

#[tokio::test]
async fn a_replayed_answer_says_so() {
    let replayed = Reply::Say(
        200,
        &[("idempotent-replayed", "true"), ("x-request-id", "req-1")],
        user().to_string(),
    );
    let server = Server::start([replayed, ok(user())]).await;
    let client = server.client();
    let answer = client
        .app("acme")
        .users()
        .get("usr_1")
        .send()
        .await
        .unwrap();
    assert!(answer.is_replayed());
    assert_eq!(answer.request_id().as_deref(), Some("req-1"));
    assert!(
        !client
            .app("acme")
            .users()
            .get("usr_1")
            .send()
            .await
            .unwrap()
            .is_replayed()
    );
}

#[tokio::test]
async fn a_success_without_a_body_is_enough_where_nothing_is_expected() {
    let server = Server::start([Reply::Say(204, &[], String::new()), ok("{\"more\": 1}")]).await;
    let client = server.client();
    client
        .app("acme")
        .users()
        .deactivate("usr_1")
        .await
        .unwrap();
    client
        .app("acme")
        .users()
        .deactivate("usr_1")
        .await
        .unwrap();
}

#[tokio::test]
async fn an_answer_that_does_not_read_names_its_operation() {
    let server = Server::start([ok("<html>")]).await;
    let error = server
        .client()
        .app("acme")
        .users()
        .get("usr_1")
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Decode {
                operation: "get_user",
                status: 200,
                ..
            }
        ),
        "{error}"
    );
}

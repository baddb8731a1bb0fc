//! What is sent again, and what is not.

use heimdall_sdk::{Client, Error, NewRole, RoleChanges};
use serde_json::json;

use crate::server::{Reply, Server, ok};

fn role() -> Reply {
    let at = "2026-09-01T00:00:00Z";
    ok(json!({"id": "role_1", "name": "admin", "created_at": at, "updated_at": at}))
}

fn unavailable() -> Reply {
    let body = json!({"error": {"code": "UNAVAILABLE", "message": "draining"}});
    Reply::Say(503, &[("retry-after", "0")], body.to_string())
}

fn new_role() -> NewRole {
    NewRole::new("admin", ["billing:read"])
}

fn keys(server: &Server) -> Vec<Option<String>> {
    server
        .seen()
        .iter()
        .map(|seen| seen.header("idempotency-key").map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn a_creation_is_repeated_under_the_same_key() {
    let server = Server::start([unavailable(), Reply::HangUp, role()]).await;
    let created = server
        .client()
        .app("acme")
        .roles()
        .create(&new_role())
        .await
        .unwrap();
    assert_eq!(created.id, "role_1");

    let keys = keys(&server);
    assert_eq!(keys.len(), 3);
    assert!(keys[0].as_ref().is_some_and(|key| key.len() == 32));
    assert!(keys.iter().all(|key| *key == keys[0]));
}

#[tokio::test]
async fn each_creation_has_a_key_of_its_own() {
    let server = Server::start([role(), role()]).await;
    let client = server.client();
    client
        .app("acme")
        .roles()
        .create(&new_role())
        .await
        .unwrap();
    client
        .app("acme")
        .roles()
        .create(&new_role())
        .await
        .unwrap();
    let keys = keys(&server);
    assert_ne!(keys[0], keys[1]);
}

#[tokio::test]
async fn a_key_that_a_call_names_takes_the_place_of_a_random_one() {
    let server = Server::start([role()]).await;
    server
        .client()
        .app("acme")
        .roles()
        .create(&new_role())
        .idempotency_key("signup-1")
        .await
        .unwrap();
    assert_eq!(keys(&server), [Some("signup-1".to_owned())]);
}

#[tokio::test]
async fn keys_can_come_from_elsewhere() {
    let server = Server::start([role()]).await;
    let client = Client::builder(server.base())
        .idempotency_keys(|| "key-7".to_owned())
        .build()
        .unwrap();
    client
        .app("acme")
        .roles()
        .create(&new_role())
        .await
        .unwrap();
    assert_eq!(keys(&server), [Some("key-7".to_owned())]);
}

#[tokio::test]
async fn without_a_key_a_creation_is_not_repeated() {
    let server = Server::start([unavailable(), role()]).await;
    let client = Client::builder(server.base())
        .without_idempotency_keys()
        .build()
        .unwrap();
    let refused = client
        .app("acme")
        .roles()
        .create(&new_role())
        .await
        .unwrap_err();
    assert_eq!(refused.status(), Some(503));
    assert_eq!(keys(&server), [None]);
}

#[tokio::test]
async fn what_reads_is_repeated_without_a_key() {
    let server = Server::start([Reply::HangUp, role()]).await;
    server
        .client()
        .app("acme")
        .roles()
        .get("admin")
        .await
        .unwrap();
    assert_eq!(keys(&server), [None, None]);
}

#[tokio::test]
async fn a_change_is_not_repeated() {
    let server = Server::start([Reply::HangUp, role()]).await;
    let changes = RoleChanges::default().with_permissions(["billing:write"]);
    let lost = server
        .client()
        .app("acme")
        .roles()
        .update("admin", &changes)
        .await
        .unwrap_err();
    assert!(matches!(lost, Error::Transport(_)));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn attempts_are_bounded() {
    let server = Server::start([unavailable(), unavailable(), unavailable(), role()]).await;
    let refused = server
        .client()
        .app("acme")
        .roles()
        .get("admin")
        .await
        .unwrap_err();
    assert_eq!(refused.status(), Some(503));
    assert_eq!(server.seen().len(), 3);

    let server = Server::start([unavailable(), role()]).await;
    let client = Client::builder(server.base()).attempts(1).build().unwrap();
    assert!(client.app("acme").roles().get("admin").await.is_err());
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn health_is_asked_once() {
    let server = Server::start([unavailable(), ok("")]).await;
    assert_eq!(
        server.client().health().ready().await.unwrap_err().status(),
        Some(503)
    );
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Reply::Say(
        307,
        &[("location", "http://127.0.0.2:1/steal")],
        String::new(),
    );
    let server = Server::start([elsewhere]).await;
    let refused = server
        .client()
        .app("acme")
        .roles()
        .get("admin")
        .await
        .unwrap_err();
    assert_eq!(refused.status(), Some(307));
}

#[tokio::test]
async fn a_failure_to_connect_tells_neither_address_nor_token() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let client = Client::builder(&base)
        .bearer("hdk_hidden")
        .attempts(1)
        .build()
        .unwrap();
    let lost = client.invites().preview("hdi_hidden").await.unwrap_err();
    assert!(matches!(lost, Error::Transport(_)));
    assert!(!format!("{lost} {lost:?} {client:?}").contains("hidden"));
}

//! After a restart everything is found again, and nothing that was over comes back.

use std::time::Duration;

use heimdall_sdk::{Code, ListQuery, NewCredential, VerifyToken};

use crate::support::{TestServer, code_of, refreshed, refused};

on_both! {
    async fn everything_is_found_again(server) {
        let tenant = server.app("acme").await;
        let acme = server.admin.app("acme");
        let credential = acme.credentials().create(&NewCredential::new("x", ["users:read"])).await.unwrap();
        let token = server.sign_in("acme", "viewer@acme.example").await;
        let page = acme.users().list(&heimdall_sdk::UserQuery::default().with_limit(1)).await.unwrap();
        let keys = server.admin.jwks().get().await.unwrap();
        let events = server.events_of("acme").await;

        let server = server.restart().await;

        let acme = server.admin.app("acme");
        assert_eq!(server.admin.apps().get("acme").await.unwrap().id, tenant.app.id);
        assert_eq!(server.admin.jwks().get().await.unwrap(), keys);
        assert_eq!(server.events_of("acme").await, events);
        assert_eq!(code_of(&server, &token).await, None);
        refreshed(&server, &token).await.unwrap();
        acme.tokens().client_credentials(&credential.client_id, credential.client_secret.unwrap()).await.unwrap();
        let query = heimdall_sdk::UserQuery::default().with_limit(1).with_cursor(page.next_cursor.unwrap());
        assert_eq!(acme.users().list(&query).await.unwrap().data.len(), 1);
        server.sign_in("acme", "admin@acme.example").await;
    }

    async fn what_was_over_stays_over(server) {
        let tenant = server.app("acme").await;
        let acme = server.admin.app("acme");
        let ended = server.sign_in("acme", "editor@acme.example").await;
        acme.users().revoke_sessions(&tenant.users[1].id).await.unwrap();
        let first = server.sign_in("acme", "viewer@acme.example").await;
        let second = refreshed(&server, &first).await.unwrap();
        acme.tokens().revoke(second.access_token.clone()).await.unwrap();
        let key = server.admin.admin_keys().create(&heimdall_sdk::NewAdminKey::new("x", ["*"])).await.unwrap();
        server.admin.admin_keys().revoke(&key.id).await.unwrap();
        server.advance(Duration::from_secs(11));

        let server = server.restart().await;

        assert_eq!(code_of(&server, &ended).await, Some(Code::TokenRevoked));
        assert_eq!(code_of(&server, &second).await, Some(Code::TokenRevoked));
        let revoked = server.admin.with_bearer(key.key.unwrap());
        assert_eq!(refused(revoked.apps().get("acme").await), Code::TokenRevoked);
        assert_eq!(refused(refreshed(&server, &first).await), Code::TokenRevoked, "a rotated token was good again");
        assert_eq!(refused(refreshed(&server, &second).await), Code::TokenRevoked);
    }

    async fn the_answer_to_a_repeated_request_outlives_a_restart(server) {
        server.app("acme").await;
        let new = NewCredential::new("x", ["users:read"]);
        let first = server.admin.app("acme").credentials().create(&new).idempotency_key("once").await.unwrap();
        let server = server.restart().await;
        let again = server.admin.app("acme").credentials().create(&new).idempotency_key("once").send().await.unwrap();
        assert!(again.is_replayed());
        assert_eq!(again.body, first);
        let sessions = server.admin.app("acme").credentials().list(&ListQuery::default()).await.unwrap();
        assert_eq!(sessions.data.len(), 1);
    }

    async fn a_signing_key_that_was_deleted_stays_deleted(server) {
        server.app("acme").await;
        let token = server.sign_in("acme", "viewer@acme.example").await;
        let kid = server.admin.jwks().get().await.unwrap().keys.remove(0).kid;
        server.admin.signing_keys().delete(&kid).await.unwrap();
        assert_eq!(code_of(&server, &token).await, Some(Code::Unauthenticated));
        let server = server.restart().await;
        assert_eq!(code_of(&server, &token).await, Some(Code::Unauthenticated));
        assert!(server.admin.jwks().get().await.unwrap().keys.iter().all(|key| key.kid != kid));
        let next = refreshed(&server, &token).await.unwrap();
        let check = VerifyToken::new(next.access_token);
        assert!(server.admin.app("acme").tokens().verify(&check).await.unwrap().valid);
    }
}

/// What was kept under one master key opens under no other, and a server that could read nothing does not start.
#[tokio::test]
async fn a_server_does_not_start_with_another_master_key() {
    let server = TestServer::sqlite().await;
    let other = "//////////////////////////////////////////8=";
    let why = server
        .start_again_with("MASTER_KEY", other)
        .await
        .unwrap_err();
    assert!(why.to_string().starts_with("HEIMDALL_MASTER_KEY:"), "{why}");
}

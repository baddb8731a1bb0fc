//! Service credentials: rotated without an outage, expired, revoked.

use std::time::Duration;

use heimdall_sdk::{
    Code, CredentialChanges, CredentialStatus, NewCredential, RoleChanges, TokenResponse,
};

use crate::support::{TestServer, refused};

async fn works(server: &TestServer, token: &TokenResponse) -> Option<Code> {
    let service = server.admin.with_bearer(token.access_token.clone());
    let answer = service.app("acme").users().list(&Default::default()).await;
    answer.err().and_then(|error| error.code().cloned())
}

on_both! {
    async fn a_secret_is_rotated_without_an_outage(server) {
        server.app("acme").await;
        let acme = server.admin.app("acme");
        let made = acme.credentials().create(&NewCredential::new("x", ["users:read"])).await.unwrap();
        let (client, old) = (made.client_id.as_str(), made.client_secret.unwrap());
        let new = acme.credentials().create_secret(client).await.unwrap();
        assert_eq!(refused(acme.credentials().create_secret(client).await), Code::Conflict);
        acme.tokens().client_credentials(client, old.clone()).await.unwrap();
        let shown = acme.credentials().get(client).await.unwrap();
        assert!(shown.client_secret.is_none());
        let used: Vec<_> = shown.secrets.iter().map(|secret| secret.last_used_at.is_some()).collect();
        assert_eq!(used, [true, false]);
        acme.tokens().client_credentials(client, new.client_secret.clone()).await.unwrap();
        acme.credentials().delete_secret(client, &shown.secrets[0].id).await.unwrap();
        assert_eq!(refused(acme.tokens().client_credentials(client, old).await), Code::InvalidCredentials);
        acme.tokens().client_credentials(client, new.client_secret).await.unwrap();
        assert_eq!(refused(acme.credentials().delete_secret(client, &new.id).await), Code::Conflict);
        assert_eq!(refused(acme.credentials().delete_secret(client, &shown.secrets[0].id).await), Code::NotFound);
    }

    async fn a_revoked_credential_is_dead_at_once_while_another_works(server) {
        server.app("acme").await;
        let acme = server.admin.app("acme");
        let mut tokens = Vec::new();
        let mut made = Vec::new();
        for name in ["one", "two"] {
            let credential = acme.credentials().create(&NewCredential::new(name, ["users:read"])).await.unwrap();
            let secret = credential.client_secret.clone().unwrap();
            tokens.push(acme.tokens().client_credentials(&credential.client_id, secret).await.unwrap());
            made.push(credential);
        }
        acme.credentials().revoke(&made[0].client_id).await.unwrap();
        acme.credentials().revoke(&made[0].client_id).await.unwrap();
        assert_eq!(works(&server, &tokens[0]).await, Some(Code::TokenRevoked));
        assert_eq!(works(&server, &tokens[1]).await, None);
        let secret = made[0].client_secret.clone().unwrap();
        assert_eq!(refused(acme.tokens().client_credentials(&made[0].client_id, secret).await), Code::InvalidCredentials);
        let shown = acme.credentials().get(&made[0].client_id).await.unwrap();
        assert_eq!((shown.status, shown.secrets.len()), (CredentialStatus::Revoked, 0));
        assert_eq!(refused(acme.credentials().create_secret(&made[0].client_id).await), Code::Conflict);
        let renamed = CredentialChanges::default().with_name("x");
        assert_eq!(refused(acme.credentials().update(&made[0].client_id, &renamed).await), Code::Conflict);
    }

    async fn other_permissions_make_tokens_stale_and_a_new_name_does_not(server) {
        server.app("acme").await;
        let acme = server.admin.app("acme");
        let made = acme.credentials().create(&NewCredential::new("x", ["users:read"])).await.unwrap();
        let (client, secret) = (made.client_id.as_str(), made.client_secret.unwrap());
        let token = acme.tokens().client_credentials(client, secret.clone()).await.unwrap();
        acme.credentials().update(client, &CredentialChanges::default().with_name("y")).await.unwrap();
        assert_eq!(works(&server, &token).await, None);
        acme.roles().update("viewer", &RoleChanges::default().with_permissions(["app:read"])).await.unwrap();
        assert_eq!(works(&server, &token).await, None);
        let more = CredentialChanges::default().with_permissions(["users:read", "roles:read"]);
        acme.credentials().update(client, &more).await.unwrap();
        assert_eq!(works(&server, &token).await, Some(Code::TokenStale));
        let token = acme.tokens().client_credentials(client, secret).await.unwrap();
        assert_eq!((works(&server, &token).await, token.scope.as_str()), (None, "roles:read users:read"));
    }

    async fn an_expired_credential_and_its_tokens_are_over_together(server) {
        server.app("acme").await;
        let acme = server.admin.app("acme");
        let soon = server.clock.now().plus(Duration::from_secs(600)).datetime();
        let new = NewCredential::new("x", ["users:read"]).with_expires_at(soon);
        let made = acme.credentials().create(&new).await.unwrap();
        let (client, secret) = (made.client_id.as_str(), made.client_secret.unwrap());
        let token = acme.tokens().client_credentials(client, secret.clone()).await.unwrap();
        assert!(token.expires_in <= 600, "{}", token.expires_in);
        server.advance(Duration::from_secs(601));
        assert_eq!(works(&server, &token).await, Some(Code::TokenExpired));
        assert_eq!(refused(acme.tokens().client_credentials(client, secret.clone()).await), Code::InvalidCredentials);
        acme.credentials().update(client, &CredentialChanges::default().clear_expires_at()).await.unwrap();
        acme.tokens().client_credentials(client, secret).await.unwrap();
        let past = NewCredential::new("y", ["users:read"]).with_expires_at(soon);
        assert_eq!(refused(acme.credentials().create(&past).await), Code::ValidationError);
    }

    async fn whatever_is_wrong_with_a_client_the_answer_is_the_same(server) {
        server.app("acme").await;
        server.app("globex").await;
        let made = server.admin.app("acme").credentials().create(&NewCredential::new("x", ["users:read"])).await.unwrap();
        let secret = made.client_secret.unwrap();
        let mut texts = Vec::new();
        for (app, client, secret) in [
            ("acme", made.client_id.as_str(), "hds_wrong"),
            ("acme", "hci_unknown", secret.expose()),
            ("globex", made.client_id.as_str(), secret.expose()),
        ] {
            let body = serde_json::json!({ "grant_type": "client_credentials", "client_id": client, "client_secret": secret });
            let sent = server.http.post(format!("{}/v1/apps/{app}/tokens", server.base)).header("x-request-id", "same").json(&body);
            let answer = crate::support::Raw::of(sent.send().await.unwrap()).await;
            assert_eq!((answer.status, &*answer.code()), (401, "INVALID_CREDENTIALS"));
            texts.push(answer.text);
        }
        assert!(texts.iter().all(|text| *text == texts[0]));
    }
}

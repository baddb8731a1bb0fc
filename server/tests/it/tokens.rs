//! Access tokens: what they say, how a service gets one, how one is checked and revoked.

use heimdall_sdk::{Code, Grant, NewCredential, VerifyToken};

use crate::support::{PASSWORD, code_of, refreshed, refused};

on_both! {
    async fn a_token_says_who_and_what(server) {
        let tenant = server.app("acme").await;
        let token = server.sign_in("acme", "viewer@acme.example").await;
        assert_eq!((token.token_type.as_str(), token.expires_in), ("Bearer", 3600));
        assert_eq!(token.scope, "app:read roles:read users:read");
        let check = VerifyToken::new(token.access_token.clone()).with_permission("users:read");
        let verdict = server.admin.app("acme").tokens().verify(&check).await.unwrap();
        assert!(verdict.valid && verdict.allowed);
        let claims = verdict.claims.unwrap();
        assert_eq!(claims.iss, server.base);
        assert_eq!((&claims.aud, &claims.app_id, claims.app.as_str()), (&tenant.app.id, &tenant.app.id, "acme"));
        assert_eq!((&claims.sub, claims.user_id.as_ref()), (&tenant.users[2].id, Some(&tenant.users[2].id)));
        assert_eq!(claims.roles, ["viewer"]);
        assert_eq!(claims.exp - claims.iat, 3600);
        assert_eq!(claims.client_id.as_deref(), Some(tenant.app.id.as_str()));
        assert!(claims.sid.is_some() && claims.act.is_none());
    }

    async fn a_check_names_what_is_missing(server) {
        server.app("acme").await;
        server.app("globex").await;
        let token = server.sign_in("acme", "viewer@acme.example").await.access_token;
        let check = VerifyToken::new(token.clone()).with_permissions(["users:read", "billing:write"]);
        let verdict = server.admin.app("acme").tokens().verify(&check).await.unwrap();
        assert!(verdict.valid && !verdict.allowed);
        assert_eq!(verdict.missing, ["billing:write"]);
        let elsewhere = server.admin.app("globex").tokens().verify(&VerifyToken::new(token)).await.unwrap();
        assert!(!elsewhere.valid && !elsewhere.allowed && elsewhere.claims.is_none());
        let none = server.admin.app("acme").tokens().verify(&VerifyToken::new("none")).await.unwrap();
        assert!(!none.valid);
    }

    async fn a_service_gets_what_it_was_granted_or_the_part_it_asks_for(server) {
        server.app("acme").await;
        let acme = server.admin.app("acme");
        let made = acme.credentials().create(&NewCredential::new("billing", ["users:read", "billing:read"])).await.unwrap();
        let secret = made.client_secret.unwrap();
        let all = acme.tokens().client_credentials(&made.client_id, secret.clone()).await.unwrap();
        assert_eq!(all.scope, "billing:read users:read");
        assert!(all.refresh_token.is_none());
        let ask = |scope: &str| Grant::ClientCredentials {
            client_id: made.client_id.clone(),
            client_secret: secret.clone(),
            scope: Some(scope.into()),
        };
        let part = acme.tokens().issue(&ask("users:read")).await.unwrap();
        assert_eq!(part.scope, "users:read");
        let narrow = server.admin.with_bearer(part.access_token);
        narrow.app("acme").users().list(&Default::default()).await.unwrap();
        let check = VerifyToken::new(all.access_token).with_permission("billing:read");
        assert!(acme.tokens().verify(&check).await.unwrap().allowed);
        for wider in ["billing:write", "users:read billing:write", "*"] {
            assert_eq!(refused(acme.tokens().issue(&ask(wider)).await), Code::ValidationError, "{wider}");
        }
    }

    async fn one_access_token_can_be_revoked_alone(server) {
        server.app("acme").await;
        let first = server.sign_in("acme", "viewer@acme.example").await;
        let second = refreshed(&server, &first).await.unwrap();
        server.admin.app("acme").tokens().revoke(second.access_token.clone()).await.unwrap();
        assert_eq!(code_of(&server, &second).await, Some(Code::TokenRevoked));
        assert_eq!(code_of(&server, &first).await, None);
        refreshed(&server, &second).await.unwrap();
    }

    async fn revoking_a_refresh_token_ends_its_session_and_no_other_apps(server) {
        server.app("acme").await;
        server.app("globex").await;
        let token = server.sign_in("acme", "viewer@acme.example").await;
        let refresh = token.refresh_token.clone().unwrap();
        server.admin.app("globex").tokens().revoke(refresh.clone()).await.unwrap();
        server.admin.app("globex").tokens().revoke(token.access_token.clone()).await.unwrap();
        assert_eq!(code_of(&server, &token).await, None);
        server.admin.app("acme").tokens().revoke(refresh).await.unwrap();
        assert_eq!(code_of(&server, &token).await, Some(Code::TokenRevoked));
        assert_eq!(refused(refreshed(&server, &token).await), Code::TokenRevoked);
    }

    async fn a_token_got_by_the_backend_says_who_got_it(server) {
        let tenant = server.app("acme").await;
        let manager = server.client_of("acme", "admin@acme.example").await;
        let token = manager.app("acme").users().issue_token(&tenant.users[2].id).await.unwrap();
        let check = VerifyToken::new(token.access_token.clone());
        let claims = server.admin.app("acme").tokens().verify(&check).await.unwrap().claims.unwrap();
        assert_eq!(claims.act.unwrap().sub, tenant.users[0].id);
        let began = server.events_of("acme").await.pop().unwrap();
        assert_eq!((began.kind.as_str(), began.actor.id.as_str()), ("session.created", tenant.users[0].id.as_str()));
        // Who acts stays in the tokens that follow.
        let next = refreshed(&server, &token).await.unwrap();
        let check = VerifyToken::new(next.access_token);
        let claims = server.admin.app("acme").tokens().verify(&check).await.unwrap().claims.unwrap();
        assert_eq!(claims.act.map(|act| act.sub), Some(tenant.users[0].id.clone()));
    }

    async fn an_answer_with_tokens_is_kept_by_no_cache(server) {
        server.app("acme").await;
        let answer = server.admin.app("acme").tokens().password("viewer@acme.example", PASSWORD).send().await.unwrap();
        assert_eq!(answer.headers["cache-control"], "no-store");
    }

    async fn a_grant_goes_with_its_own_fields_only(server) {
        server.app("acme").await;
        let ask = async |body: &str| server.raw("POST", "/v1/apps/acme/tokens", "", Some(body)).await;
        let missing = ask(r#"{"grant_type":"password"}"#).await;
        assert_eq!((missing.status, missing.fields()), (400, vec!["email".to_owned(), "password".into()]));
        let mixed = ask(r#"{"grant_type":"refresh_token","refresh_token":"x","email":"a@b.example","scope":"a:b"}"#).await;
        assert_eq!((mixed.status, mixed.fields()), (400, vec!["email".to_owned(), "scope".into()]));
        let unknown = ask(r#"{"grant_type":"implicit"}"#).await;
        assert_eq!((unknown.status, unknown.fields()), (400, vec!["grant_type".to_owned()]));
    }
}

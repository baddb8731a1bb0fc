//! Admin keys and signing keys: what belongs to the whole instance.

use std::time::Duration;

use heimdall_sdk::{Code, NewAdminKey, NewApp, SigningKeyState};

use crate::support::{ADMIN_KEY, code_of, refused};

on_both! {
    async fn a_key_is_shown_once_and_works_until_it_is_revoked(server) {
        server.app("acme").await;
        let keys = server.admin.admin_keys();
        let made = keys.create(&NewAdminKey::new("backend", ["apps:list", "app:read"])).await.unwrap();
        let secret = made.key.clone().unwrap();
        assert!(secret.expose().starts_with("hdk_"));
        let backend = server.admin.with_bearer(secret);
        backend.apps().list(&Default::default()).await.unwrap();
        assert_eq!(refused(backend.apps().create(&NewApp::new("x")).await), Code::PermissionDenied);
        let listed = keys.list(&Default::default()).await.unwrap().data;
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().all(|key| key.key.is_none()));
        assert!(listed[0].last_used_at.is_some());
        keys.revoke(&made.id).await.unwrap();
        keys.revoke(&made.id).await.unwrap();
        assert_eq!(refused(backend.apps().list(&Default::default()).await), Code::TokenRevoked);
        assert!(keys.list(&Default::default()).await.unwrap().data[0].revoked_at.is_some());
        assert_eq!(refused(keys.revoke("key_01ARZ3NDEKTSV4RRFFQ69G5FAV").await), Code::NotFound);
    }

    async fn a_key_of_one_app_is_nothing_in_another_nor_in_the_instance(server) {
        server.app("acme").await;
        server.app("globex").await;
        let bound = NewAdminKey::new("acme only", ["*"]).with_app("acme");
        let bound = server.admin.admin_keys().create(&bound).await.unwrap();
        let bound = server.admin.with_bearer(bound.key.unwrap());
        bound.apps().get("acme").await.unwrap();
        assert_eq!(refused(bound.apps().get("globex").await), Code::NotFound);
        assert_eq!(refused(bound.apps().list(&Default::default()).await), Code::PermissionDenied);
        assert_eq!(refused(bound.admin_keys().create(&NewAdminKey::new("x", ["*"])).await), Code::PermissionDenied);
        assert_eq!(refused(bound.signing_keys().rotate().await), Code::PermissionDenied);
        assert_eq!(refused(bound.me().get().await), Code::PermissionDenied);
    }

    async fn what_is_the_instances_no_key_of_an_app_can_hold(server) {
        server.app("acme").await;
        for permission in ["apps:create", "apps:list", "admin_keys:write", "signing_keys:write"] {
            let new = NewAdminKey::new("x", [permission]).with_app("acme");
            assert_eq!(refused(server.admin.admin_keys().create(&new).await), Code::ValidationError, "{permission}");
        }
        let nowhere = NewAdminKey::new("x", ["app:read"]).with_app("nobody");
        assert_eq!(refused(server.admin.admin_keys().create(&nowhere).await), Code::ValidationError);
        for wrong in [vec![], vec!["*", "app:read"], vec!["app:*"], vec!["app"]] {
            let new = NewAdminKey::new("x", wrong.clone());
            assert_eq!(refused(server.admin.admin_keys().create(&new).await), Code::ValidationError, "{wrong:?}");
        }
    }

    async fn a_key_expires_when_it_was_told_to(server) {
        let soon = server.clock.now().plus(Duration::from_secs(600)).datetime();
        let new = NewAdminKey::new("x", ["apps:list"]).with_expires_at(soon);
        let made = server.admin.admin_keys().create(&new).await.unwrap();
        let key = server.admin.with_bearer(made.key.unwrap());
        key.apps().list(&Default::default()).await.unwrap();
        server.advance(Duration::from_secs(601));
        assert_eq!(refused(key.apps().list(&Default::default()).await), Code::TokenExpired);
        assert_eq!(refused(server.admin.admin_keys().create(&new).await), Code::ValidationError);
    }

    async fn a_key_is_no_ones_but_its_holders(server) {
        let wrong = ["hdk_0123456789abcdefghijklmnopqrstuvwxyZ", "hdk_", &ADMIN_KEY[..ADMIN_KEY.len() - 1]];
        for key in wrong {
            assert_eq!(server.raw("GET", "/v1/apps", key, None).await.status, 401, "{key}");
        }
        assert_eq!(server.raw("GET", &format!("/v1/apps?key={ADMIN_KEY}"), "", None).await.status, 401);
    }

    async fn the_next_signing_key_is_published_before_it_signs_and_the_last_until_its_tokens_are_over(server) {
        server.app("acme").await;
        let before = server.sign_in("acme", "viewer@acme.example").await;
        let kid = |token: &heimdall_sdk::TokenResponse| jsonwebtoken::decode_header(token.access_token.expose()).unwrap().kid.unwrap();
        let next = server.admin.signing_keys().rotate().await.unwrap();
        assert_eq!(next.state, SigningKeyState::Next);
        assert_eq!(server.admin.signing_keys().rotate().await.unwrap().kid, next.kid);
        assert!(server.admin.jwks().get().await.unwrap().keys.iter().any(|key| key.kid == next.kid));
        server.advance(Duration::from_secs(23 * 3600));
        assert_eq!(kid(&server.sign_in("acme", "viewer@acme.example").await), kid(&before));
        server.advance(Duration::from_secs(3540));
        let last = server.sign_in("acme", "viewer@acme.example").await;
        server.advance(Duration::from_secs(120));
        let after = server.sign_in("acme", "viewer@acme.example").await;
        assert_eq!((kid(&last), kid(&after)), (kid(&before), next.kid.clone()));
        assert_eq!((code_of(&server, &last).await, code_of(&server, &after).await), (None, None));
        server.advance(Duration::from_secs(25 * 3600));
        let published = server.admin.jwks().get().await.unwrap().keys;
        assert_eq!(published.iter().map(|key| key.kid.as_str()).collect::<Vec<_>>(), [next.kid.as_str()]);
    }

    async fn a_leaked_signing_key_is_gone_at_once_and_another_signs(server) {
        server.app("acme").await;
        let before = server.sign_in("acme", "viewer@acme.example").await;
        let answer = server.admin.jwks().get().send().await.unwrap();
        let etag = answer.headers["etag"].to_str().unwrap().to_owned();
        assert!(server.admin.jwks().get_unless(&etag).await.unwrap().is_none());
        let leaked = answer.body.keys[0].kid.clone();
        server.admin.signing_keys().delete(&leaked).await.unwrap();
        let published = server.admin.jwks().get_unless(&etag).await.unwrap().unwrap();
        assert!(published.keys.iter().all(|key| key.kid != leaked) && !published.keys.is_empty());
        assert_eq!(code_of(&server, &before).await, Some(Code::Unauthenticated));
        let after = server.sign_in("acme", "viewer@acme.example").await;
        assert_eq!(code_of(&server, &after).await, None);
        assert_eq!(refused(server.admin.signing_keys().delete(&leaked).await), Code::NotFound);
    }

    async fn a_published_key_shows_nothing_private(server) {
        let jwks = server.raw("GET", "/v1/.well-known/jwks.json", "", None).await;
        assert!(jwks.headers["cache-control"].to_str().unwrap().contains("max-age="));
        for key in jwks.json()["keys"].as_array().unwrap() {
            let mut names: Vec<_> = key.as_object().unwrap().keys().cloned().collect();
            names.sort();
            assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
        }
    }
}

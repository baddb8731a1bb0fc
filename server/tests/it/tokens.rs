//! Tokens: how they are got, what they are worth, and when they are worth nothing any more.

use std::time::Duration;

use heimdall_sdk::{
    Code, NewCredential, RoleChanges, Secret, UserChanges, UserStatus, VerifyToken,
};

use crate::support::{ADMIN_KEY, PASSWORD, TestServer, refused};

on_both! {
    async fn whatever_is_wrong_with_a_login_the_answer_is_the_same(server) {
        let tenant = server.app("acme").await;
        server.app("globex").await;
        server.admin.app("acme").users().deactivate(&tenant.users[2].id).await.unwrap();
        let mut answers = Vec::new();
        for (email, password) in [
            ("nobody@acme.example", PASSWORD),
            ("admin@acme.example", "wrong horse battery"),
            ("viewer@acme.example", PASSWORD),
            ("admin@globex.example", PASSWORD),
        ] {
            let body = serde_json::json!({"grant_type": "password", "email": email, "password": password}).to_string();
            let answer = server.raw("POST", "/v1/apps/acme/tokens", "", Some(&body)).await;
            assert_eq!(answer.status, 401);
            let mut body = answer.json();
            body["error"]["request_id"] = "".into();
            answers.push(body);
        }
        assert!(answers.iter().all(|answer| answer == &answers[0]), "{answers:?}");
    }

    async fn a_refresh_token_works_once_and_its_reuse_ends_the_session(server) {
        server.app("acme").await;
        let tokens = server.sign_in("acme", "admin@acme.example").await;
        let grants = server.admin.app("acme").tokens();
        let first = tokens.refresh_token.unwrap();
        let second = grants.refresh(first.clone()).await.unwrap();
        server.advance(Duration::from_secs(11));
        assert_eq!(refused(grants.refresh(first).await), Code::TokenRevoked);
        let next = second.refresh_token.unwrap();
        assert_eq!(refused(grants.refresh(next).await), Code::TokenRevoked);
        let me = server.admin.with_bearer(second.access_token);
        assert_eq!(refused(me.me().get().await), Code::TokenRevoked);
    }

    async fn requests_that_race_with_one_refresh_token_get_its_one_successor(server) {
        server.app("acme").await;
        let token = server.sign_in("acme", "admin@acme.example").await.refresh_token.unwrap();
        let mut racing = tokio::task::JoinSet::new();
        for _ in 0..24 {
            let (client, token) = (server.admin.clone(), token.clone());
            racing.spawn(async move {
                let tokens = client.app("acme").tokens().refresh(token).await.unwrap();
                tokens.refresh_token.unwrap().expose().to_owned()
            });
        }
        let mut successors = racing.join_all().await;
        successors.dedup();
        assert_eq!(successors.len(), 1);
        server.admin.app("acme").tokens().refresh(Secret::from(successors.remove(0))).await.unwrap();
    }

    async fn a_session_ends_by_itself_however_often_it_is_refreshed(server) {
        server.app("acme").await;
        let mut token = server.sign_in("acme", "admin@acme.example").await.refresh_token.unwrap();
        for _ in 0..3 {
            server.advance(Duration::from_secs(10 * 24 * 3600 - 60));
            token = server.admin.app("acme").tokens().refresh(token).await.unwrap().refresh_token.unwrap();
        }
        server.advance(Duration::from_secs(3600));
        assert_eq!(refused(server.admin.app("acme").tokens().refresh(token).await), Code::TokenExpired);
    }

    async fn a_changed_role_makes_tokens_stale_and_a_refresh_brings_the_new_rights(server) {
        server.app("acme").await;
        let tokens = server.sign_in("acme", "viewer@acme.example").await;
        let me = server.admin.with_bearer(tokens.access_token);
        me.me().get().await.unwrap();
        let changes = RoleChanges::default().with_permissions(["billing:read"]);
        server.admin.app("acme").roles().update("viewer", &changes).await.unwrap();
        assert_eq!(refused(me.me().get().await), Code::TokenStale);
        let fresh = server.admin.app("acme").tokens().refresh(tokens.refresh_token.unwrap()).await.unwrap();
        assert_eq!(fresh.scope, "billing:read");
        server.admin.with_bearer(fresh.access_token).me().get().await.unwrap();
    }

    async fn a_token_of_the_same_second_is_good_after_the_change_and_not_before(server) {
        let tenant = server.app("acme").await;
        let users = server.admin.app("acme").users();
        for _ in 0..10 {
            let before = server.client_of("acme", "viewer@acme.example").await;
            users.assign_role(&tenant.users[2].id, "editor").await.unwrap();
            let after = server.client_of("acme", "viewer@acme.example").await;
            assert_eq!(refused(before.me().get().await), Code::TokenStale);
            after.me().get().await.unwrap();
            users.remove_role(&tenant.users[2].id, "editor").await.unwrap();
        }
    }

    async fn a_suspended_user_and_app_sign_nobody_in(server) {
        let tenant = server.app("acme").await;
        let me = server.client_of("acme", "viewer@acme.example").await;
        let users = server.admin.app("acme").users();
        users.update(&tenant.users[2].id, &UserChanges::default().with_status(UserStatus::Suspended)).await.unwrap();
        assert_eq!(refused(me.me().get().await), Code::UserSuspended);
        let login = server.admin.app("acme").tokens().password("viewer@acme.example", PASSWORD).await;
        assert_eq!(refused(login), Code::UserSuspended);
        let other = server.client_of("acme", "admin@acme.example").await;
        server.admin.apps().archive("acme").await.unwrap();
        assert_eq!(refused(other.me().get().await), Code::AppSuspended);
        let login = server.admin.app("acme").tokens().password("admin@acme.example", PASSWORD).await;
        assert_eq!(refused(login), Code::AppSuspended);
    }

    async fn a_service_signs_in_narrows_and_is_revoked_while_another_works(server) {
        server.app("acme").await;
        let app = server.admin.app("acme");
        let one = app.credentials().create(&NewCredential::new("one", ["billing:read", "users:read"])).await.unwrap();
        let two = app.credentials().create(&NewCredential::new("two", ["users:read"])).await.unwrap();
        let secret = one.client_secret.clone().unwrap();
        let token = app.tokens().client_credentials(&one.client_id, secret.clone()).await.unwrap();
        assert_eq!((token.scope.as_str(), token.refresh_token.is_none()), ("billing:read users:read", true));
        let narrowed = serde_json::json!({
            "grant_type": "client_credentials", "client_id": one.client_id, "client_secret": secret.expose(), "scope": "users:read",
        });
        let narrowed = server.raw("POST", "/v1/apps/acme/tokens", "", Some(&narrowed.to_string())).await;
        assert_eq!(narrowed.json()["scope"], "users:read");
        let service = server.admin.with_bearer(token.access_token);
        service.app("acme").users().list(&Default::default()).await.unwrap();
        app.credentials().revoke(&one.client_id).await.unwrap();
        assert_eq!(refused(service.app("acme").users().list(&Default::default()).await), Code::TokenRevoked);
        assert_eq!(refused(app.tokens().client_credentials(&one.client_id, secret).await), Code::InvalidCredentials);
        app.tokens().client_credentials(&two.client_id, two.client_secret.unwrap()).await.unwrap();
    }

    async fn the_online_check_sees_a_revocation_at_once_and_no_other_apps_token(server) {
        server.app("acme").await;
        server.app("globex").await;
        let token = server.sign_in("acme", "admin@acme.example").await.access_token;
        let check = VerifyToken::new(token.clone()).with_permission("billing:write");
        let verdict = server.admin.app("acme").tokens().verify(&check).await.unwrap();
        assert!(verdict.valid && verdict.allowed && verdict.missing.is_empty());
        let check = VerifyToken::new(token.clone()).with_permission("moon:walk");
        let verdict = server.admin.app("acme").tokens().verify(&check).await.unwrap();
        assert!(verdict.valid && !verdict.allowed && verdict.missing == ["moon:walk"]);
        let foreign = server.admin.app("globex").tokens().verify(&VerifyToken::new(token.clone())).await.unwrap();
        assert!(!foreign.valid && foreign.claims.is_none());
        server.admin.app("acme").tokens().revoke(token.clone()).await.unwrap();
        let verdict = server.admin.app("acme").tokens().verify(&VerifyToken::new(token.clone())).await.unwrap();
        assert!(!verdict.valid);
        assert_eq!(refused(server.admin.with_bearer(token).me().get().await), Code::TokenRevoked);
    }

    async fn forged_tokens_are_refused(server) {
        use base64::Engine as _;
        server.app("acme").await;
        let token = server.sign_in("acme", "admin@acme.example").await.access_token;
        let parts: Vec<&str> = token.expose().split('.').collect();
        let base64 = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let header = |alg: &str| base64.encode(format!(r#"{{"typ":"at+jwt","alg":"{alg}","kid":"key_01"}}"#));
        let claims = String::from_utf8(base64.decode(parts[1]).unwrap()).unwrap();
        let other_claims = base64.encode(claims.replace("users:read", "apps:create"));
        let mut forged = vec![
            format!("{}.{}.", header("none"), parts[1]),
            format!("{}.{}.{}", header("HS256"), parts[1], parts[2]),
            format!("{}.{other_claims}.{}", parts[0], parts[2]),
            format!("{}.{}", parts[0], parts[1]),
            format!("{}.{}.{}.", parts[0], parts[1], parts[2]),
            format!("{}.{}.{}=", parts[0], parts[1], parts[2]),
        ];
        for place in (0..token.expose().len()).step_by(7) {
            let mut bytes = token.expose().as_bytes().to_vec();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            forged.push(String::from_utf8(bytes).unwrap());
        }
        for forged in forged {
            let answer = server.raw("GET", "/v1/me", &forged, None).await;
            assert_eq!(answer.status, 401, "{forged}");
            assert!(answer.headers["www-authenticate"].to_str().unwrap().contains("invalid_token"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_at_an_address_are_held_up_whether_anyone_has_it_or_not() {
    let server =
        TestServer::sqlite_with(&[("RATE_LIMITS", "on"), ("TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    server.app("acme").await;
    for email in ["admin@acme.example", "nobody@acme.example"] {
        let mut codes = Vec::new();
        for guess in 0..12 {
            let body = serde_json::json!({"grant_type": "password", "email": email, "password": format!("guess {guess}")});
            // From a new address each time: that does not help.
            let answer = reqwest::Client::new()
                .post(format!("{}/v1/apps/acme/tokens", server.base))
                .header("x-forwarded-for", format!("192.0.2.{guess}"))
                .json(&body)
                .send()
                .await
                .unwrap();
            codes.push(answer.status().as_u16());
            if answer.status() == 429 {
                assert!(answer.headers().contains_key("retry-after"));
            }
        }
        assert_eq!(
            codes,
            [401, 401, 401, 401, 401, 401, 401, 401, 401, 401, 429, 429],
            "{email}"
        );
    }
    // It ends, and then the right password is right.
    server.advance(Duration::from_secs(61));
    server.sign_in("acme", "admin@acme.example").await;
}

#[tokio::test]
async fn the_admin_key_is_no_ones_but_its_holders() {
    let server = TestServer::sqlite().await;
    for key in [
        "hdk_0123456789abcdefghijklmnopqrstuvwxyZ",
        "hdk_",
        &ADMIN_KEY[..ADMIN_KEY.len() - 1],
    ] {
        assert_eq!(server.raw("GET", "/v1/apps", key, None).await.status, 401);
    }
    assert_eq!(
        server
            .raw("GET", &format!("/v1/apps?key={ADMIN_KEY}"), "", None)
            .await
            .status,
        401
    );
}

//! A service that verifies locally, behind the real server: it obeys what happened a moment ago.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use heimdall_sdk::{UserChanges, UserStatus};
use heimdall_tower::{HeimdallLayer, Principal, RequirePermission, Verifier};

use crate::support::{ADMIN_KEY, TestServer};

/// A service with one route that asks for `billing:write`.
struct Service {
    url: String,
    http: reqwest::Client,
}

impl Service {
    async fn start(server: &TestServer, app_id: &str) -> Self {
        let clock = server.clock.clone();
        let verifier = Verifier::builder(&server.base)
            .app(app_id)
            .feed_credential(ADMIN_KEY)
            .clock_us(move || clock.now().micros())
            .build()
            .unwrap();
        let route = get(|caller: Principal| async move { caller.subject().to_owned() });
        let app = Router::new()
            .route("/", route.layer(RequirePermission::new("billing:write")))
            .layer(HeimdallLayer::new(verifier));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            http: reqwest::Client::new(),
        }
    }

    async fn call(&self, token: &str) -> (u16, String) {
        let answer = self
            .http
            .get(&self.url)
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let body: serde_json::Value = answer.json().await.unwrap_or_default();
        (
            status,
            body["error"]["code"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    }

    /// Calls until the answer is this one. It is within a second; a machine that is busy with other tests gets more.
    async fn comes_to(&self, token: &str, expected: (u16, &str)) {
        let outcome = tokio::time::timeout(Duration::from_secs(10), async {
            while self.call(token).await != (expected.0, expected.1.to_owned()) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let last = self.call(token).await;
        assert!(
            outcome.await.is_ok(),
            "expected {expected:?}, still {last:?}"
        );
    }
}

on_both! {
    async fn a_user_deactivated_a_moment_ago_is_refused(server) {
        let tenant = server.app("acme").await;
        let service = Service::start(&server, &tenant.app.id).await;
        let tokens = server.sign_in("acme", "admin@acme.example").await;
        let token = tokens.access_token.expose();
        service.comes_to(token, (200, "")).await;
        server.admin.app("acme").users().deactivate(&tenant.users[0].id).await.unwrap();
        service.comes_to(token, (401, "TOKEN_REVOKED")).await;
    }

    async fn a_user_just_promoted_is_let_in_after_one_refresh_and_out_again(server) {
        let tenant = server.app("acme").await;
        let service = Service::start(&server, &tenant.app.id).await;
        let tokens = server.sign_in("acme", "viewer@acme.example").await;
        assert_eq!(service.call(tokens.access_token.expose()).await.0, 403);
        let users = server.admin.app("acme").users();
        users.assign_role(&tenant.users[2].id, "admin").await.unwrap();
        service.comes_to(tokens.access_token.expose(), (401, "TOKEN_STALE")).await;
        let refresh = |token: heimdall_sdk::Secret| {
            let client = server.admin.without_bearer();
            async move { client.app("acme").tokens().refresh(token).await.unwrap() }
        };
        let promoted = refresh(tokens.refresh_token.unwrap()).await;
        assert_eq!(service.call(promoted.access_token.expose()).await.0, 200);
        users.remove_role(&tenant.users[2].id, "admin").await.unwrap();
        service.comes_to(promoted.access_token.expose(), (401, "TOKEN_STALE")).await;
        let demoted = refresh(promoted.refresh_token.unwrap()).await;
        assert_eq!(service.call(demoted.access_token.expose()).await.0, 403);
    }

    async fn a_token_of_another_app_is_not_let_in(server) {
        let tenant = server.app("acme").await;
        server.app("globex").await;
        let service = Service::start(&server, &tenant.app.id).await;
        let stranger = server.sign_in("globex", "admin@globex.example").await;
        assert_eq!(service.call(stranger.access_token.expose()).await, (401, "UNAUTHENTICATED".to_owned()));
    }

    async fn a_suspended_app_and_a_suspended_user_are_refused(server) {
        let tenant = server.app("acme").await;
        let service = Service::start(&server, &tenant.app.id).await;
        let one = server.sign_in("acme", "admin@acme.example").await;
        service.comes_to(one.access_token.expose(), (200, "")).await;
        let changes = UserChanges::default().with_status(UserStatus::Suspended);
        server.admin.app("acme").users().update(&tenant.users[0].id, &changes).await.unwrap();
        service.comes_to(one.access_token.expose(), (401, "TOKEN_REVOKED")).await;
    }

    async fn keys_are_rotated_under_load_without_one_false_refusal(server) {
        let tenant = server.app("acme").await;
        let service = Service::start(&server, &tenant.app.id).await;
        for _ in 0..3 {
            let before = server.sign_in("acme", "admin@acme.example").await;
            assert_eq!(service.call(before.access_token.expose()).await.0, 200);
            server.admin.signing_keys().rotate().await.unwrap();
            // The day after, the next key signs. It was published all the while.
            server.advance(Duration::from_secs(24 * 3600 + 1));
            for _ in 0..10 {
                let after = server.sign_in("acme", "admin@acme.example").await;
                assert_eq!(service.call(after.access_token.expose()).await.0, 200);
            }
        }
    }

    async fn what_a_leaked_key_signed_is_refused_and_what_the_next_one_signs_is_not(server) {
        let tenant = server.app("acme").await;
        let service = Service::start(&server, &tenant.app.id).await;
        let leaked = server.sign_in("acme", "admin@acme.example").await;
        service.comes_to(leaked.access_token.expose(), (200, "")).await;
        let keys = server.admin.signing_keys().list(&Default::default()).await.unwrap();
        server.admin.signing_keys().delete(&keys.data[0].kid).await.unwrap();
        service.comes_to(leaked.access_token.expose(), (401, "TOKEN_REVOKED")).await;
        let next = server.sign_in("acme", "admin@acme.example").await;
        service.comes_to(next.access_token.expose(), (200, "")).await;
    }

    async fn with_the_server_stopped_good_tokens_go_on_and_bad_ones_do_not(server) {
        let tenant = server.app("acme").await;
        let service = Service::start(&server, &tenant.app.id).await;
        let good = server.sign_in("acme", "admin@acme.example").await.access_token;
        let unseen = server.sign_in("acme", "admin@acme.example").await.access_token;
        service.comes_to(good.expose(), (200, "")).await;
        server.stop().await;
        assert_eq!(service.call(good.expose()).await.0, 200);
        assert_eq!(service.call(unseen.expose()).await.0, 200);
        let forged = format!("{}A", &unseen.expose()[..unseen.expose().len() - 1]);
        let forged = if forged == unseen.expose() { format!("{}B", &forged[..forged.len() - 1]) } else { forged };
        assert_eq!(service.call(&forged).await.0, 401);
        assert_eq!(service.call("nonsense").await.0, 401);
    }
}

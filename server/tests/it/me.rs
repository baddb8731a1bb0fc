//! What a signed-in user may do for themselves.

use heimdall_sdk::{Code, ListQuery, MeChanges};

use crate::support::{PASSWORD, code_of, refreshed, refused};

on_both! {
    async fn whoever_is_signed_in_sees_and_changes_themselves(server) {
        let tenant = server.app("acme").await;
        let me = server.client_of("acme", "viewer@acme.example").await;
        assert_eq!(me.me().get().await.unwrap().id, tenant.users[2].id);
        let changed = me.me().update(&MeChanges::default().with_display_name("Vi")).await.unwrap();
        assert_eq!(changed.display_name.as_deref(), Some("Vi"));
        let cleared = me.me().update(&MeChanges::default().clear_display_name()).await.unwrap();
        assert_eq!(cleared.display_name, None);
        let event = server.events_of("acme").await.pop().unwrap();
        assert_eq!((event.kind.as_str(), &event.actor.id), ("user.updated", &tenant.users[2].id));
    }

    async fn nobody_makes_more_of_themselves(server) {
        server.app("acme").await;
        let me = server.sign_in("acme", "viewer@acme.example").await;
        for body in [r#"{"roles":["admin"]}"#, r#"{"email":"x@acme.example"}"#, r#"{"status":"active"}"#, r#"{"email_verified":true}"#, r#"{"metadata":{}}"#] {
            let answer = server.raw("PATCH", "/v1/me", me.access_token.expose(), Some(body)).await;
            assert_eq!((answer.status, &*answer.code()), (400, "VALIDATION_ERROR"), "{body}");
        }
    }

    async fn a_changed_password_ends_the_other_sessions_and_not_this_one(server) {
        server.app("acme").await;
        let other = server.sign_in("acme", "viewer@acme.example").await;
        let this = server.sign_in("acme", "viewer@acme.example").await;
        let me = server.admin.with_bearer(this.access_token.clone());
        me.me().change_password(PASSWORD, "a new and better one").await.unwrap();
        assert_eq!(code_of(&server, &this).await, None);
        refreshed(&server, &this).await.unwrap();
        assert_eq!(code_of(&server, &other).await, Some(Code::TokenRevoked));
        assert_eq!(refused(refreshed(&server, &other).await), Code::TokenRevoked);
        let tokens = server.admin.app("acme").tokens();
        assert_eq!(refused(tokens.password("viewer@acme.example", PASSWORD).await), Code::InvalidCredentials);
        tokens.password("viewer@acme.example", "a new and better one").await.unwrap();
    }

    async fn a_password_is_changed_only_with_the_one_before_and_into_a_good_one(server) {
        server.app("acme").await;
        let me = server.sign_in("acme", "viewer@acme.example").await;
        let change = async |current: &str, new: &str| {
            let body = serde_json::json!({ "current_password": current, "new_password": new }).to_string();
            server.raw("POST", "/v1/me/password", me.access_token.expose(), Some(&body)).await
        };
        let both = change("wrong", "short").await;
        assert_eq!((both.status, both.fields()), (400, vec!["current_password".to_owned(), "new_password".into()]));
        assert_eq!(change(PASSWORD, "password123").await.fields(), ["new_password"]);
        assert_eq!(change(PASSWORD, &"x".repeat(129)).await.fields(), ["new_password"]);
        server.sign_in("acme", "viewer@acme.example").await;
        let longest = |last: char| format!("{}{last}", "é".repeat(127));
        assert_eq!(change(PASSWORD, &longest('b')).await.status, 204);
        let composed = longest('b').replace('é', "e\u{301}");
        server.admin.app("acme").tokens().password("viewer@acme.example", composed).await.unwrap();
        let last = longest('a');
        assert_eq!(refused(server.admin.app("acme").tokens().password("viewer@acme.example", last).await), Code::InvalidCredentials);
    }

    async fn ones_other_sessions_end_and_this_one_stays(server) {
        server.app("acme").await;
        let others = [server.sign_in("acme", "viewer@acme.example").await, server.sign_in("acme", "viewer@acme.example").await];
        let this = server.sign_in("acme", "viewer@acme.example").await;
        let bystander = server.sign_in("acme", "editor@acme.example").await;
        let me = server.admin.with_bearer(this.access_token.clone());
        me.me().revoke_sessions().await.unwrap();
        for other in &others {
            assert_eq!(code_of(&server, other).await, Some(Code::TokenRevoked));
        }
        assert_eq!((code_of(&server, &this).await, code_of(&server, &bystander).await), (None, None));
        let left = me.me().sessions(&ListQuery::default()).await.unwrap().data;
        assert_eq!(left.iter().map(|session| session.current).collect::<Vec<_>>(), [true]);
    }
}

//! Apps: whole or not at all.

use heimdall_sdk::{
    AppChanges, AppQuery, AppStatus, Code, NewApp, NewRole, NewUser, RoleChanges, SettingsChanges,
};

use crate::support::{ADMIN_KEY, PASSWORD, code_of, refused};

on_both! {
    async fn one_request_sets_a_tenant_up_whole(server) {
        let owner = NewUser::new("ada@acme.example").with_password(PASSWORD).with_role("admin");
        let new = NewApp::new("acme").with_role(NewRole::new("admin", ["billing:read"])).with_owner(owner);
        server.admin.apps().create(&new).await.unwrap();
        let tokens = server.sign_in("acme", "ada@acme.example").await;
        assert_eq!(tokens.scope, "billing:read");
    }

    async fn a_tenant_that_can_not_be_whole_leaves_nothing(server) {
        let owner = NewUser::new("ada@acme.example").with_password(PASSWORD).with_role("nobody");
        let new = NewApp::new("acme").with_role(NewRole::new("admin", ["billing:read"])).with_owner(owner);
        assert_eq!(refused(server.admin.apps().create(&new).await), Code::ValidationError);
        assert_eq!(refused(server.admin.apps().get("acme").await), Code::NotFound);
        server.admin.apps().create(&NewApp::new("acme")).await.unwrap();
    }

    async fn an_archived_app_keeps_its_name_and_comes_back_as_it_was(server) {
        let tenant = server.app("acme").await;
        let token = server.sign_in("acme", "viewer@acme.example").await;
        let apps = server.admin.apps();
        apps.archive("acme").await.unwrap();
        apps.archive("acme").await.unwrap();
        assert_eq!(code_of(&server, &token).await, Some(Code::AppSuspended));
        assert_eq!(refused(apps.create(&NewApp::new("acme")).await), Code::Conflict);
        assert_eq!(apps.get("acme").await.unwrap().status, AppStatus::Archived);
        let archived = AppQuery::default().with_status(AppStatus::Archived);
        assert_eq!(apps.list(&archived).await.unwrap().data[0].id, tenant.app.id);
        let restored = apps.update("acme", &AppChanges::default().with_status(AppStatus::Active)).await.unwrap();
        assert_eq!((restored.id, restored.status), (tenant.app.id, AppStatus::Active));
        assert_eq!(code_of(&server, &token).await, Some(Code::TokenRevoked));
        server.sign_in("acme", "viewer@acme.example").await;
        let kinds: Vec<_> = server.events_of("acme").await.into_iter().map(|event| event.kind.as_str().to_owned()).collect();
        let of_app: Vec<_> = kinds.iter().filter(|kind| kind.starts_with("app.")).collect();
        assert_eq!(of_app, ["app.created", "app.archived", "app.restored"]);
    }

    async fn settings_have_bounds_and_null_puts_the_default_back(server) {
        server.app("acme").await;
        let set = async |settings: &str| {
            let body = format!(r#"{{"settings":{settings}}}"#);
            server.raw("PATCH", "/v1/apps/acme", ADMIN_KEY, Some(&body)).await
        };
        for (setting, low, high) in [
            ("access_token_ttl_seconds", 60_u64, 86_400_u64),
            ("refresh_token_ttl_seconds", 60, 31_536_000),
            ("password_min_length", 8, 64),
            ("max_failed_logins", 1, 100),
        ] {
            for good in [low, high] {
                assert_eq!(set(&format!(r#"{{"{setting}":{good}}}"#)).await.status, 200, "{setting} {good}");
            }
            for bad in [(low - 1).to_string(), (high + 1).to_string(), "-1".into(), "1.5".into(), "\"60\"".into()] {
                let answer = set(&format!(r#"{{"{setting}":{bad}}}"#)).await;
                assert_eq!((answer.status, answer.fields()), (400, vec![format!("settings.{setting}")]), "{bad}");
            }
        }
        let defaults = r#"{"access_token_ttl_seconds":null,"refresh_token_ttl_seconds":null,"password_min_length":null,"max_failed_logins":null}"#;
        let settings = set(defaults).await.json()["settings"].clone();
        assert_eq!(settings, serde_json::json!({
            "access_token_ttl_seconds": 3600, "refresh_token_ttl_seconds": 2_592_000, "password_min_length": 10, "max_failed_logins": 10,
        }));
        for template in ["ftp://x.example/{token}", "https://x.example/", "not a url {token}", "https://x.example/{token}/{token}"] {
            let answer = set(&format!(r#"{{"invite_url_template":"{template}"}}"#)).await;
            assert_eq!((answer.status, answer.fields()), (400, vec!["settings.invite_url_template".to_owned()]), "{template}");
        }
    }

    async fn what_an_app_sets_for_its_tokens_and_passwords_holds(server) {
        server.app("acme").await;
        let settings = SettingsChanges::default().with_access_token_ttl_seconds(60).with_password_min_length(20);
        server.admin.apps().update("acme", &AppChanges::default().with_settings(settings)).await.unwrap();
        assert_eq!(server.sign_in("acme", "viewer@acme.example").await.expires_in, 60);
        let short = NewUser::new("x@acme.example").with_password("nineteen characters");
        assert_eq!(refused(server.admin.app("acme").users().create(&short).await), Code::ValidationError);
        let long = NewUser::new("x@acme.example").with_password("twenty characters it");
        server.admin.app("acme").users().create(&long).await.unwrap();
    }

    async fn the_same_address_role_and_client_in_two_apps_are_two(server) {
        let (acme, globex) = (server.app("acme").await, server.app("globex").await);
        let user = NewUser::new("both@both.example").with_password(PASSWORD).with_role("viewer");
        let one = server.admin.app("acme").users().create(&user).await.unwrap();
        let two = server.admin.app("globex").users().create(&user).await.unwrap();
        assert_ne!(one.id, two.id);
        assert_eq!((one.app_id, two.app_id), (acme.app.id, globex.app.id));
        let fewer = RoleChanges::default().with_permissions(["app:read"]);
        server.admin.app("acme").roles().update("viewer", &fewer).await.unwrap();
        assert_eq!(server.sign_in("acme", "both@both.example").await.scope, "app:read");
        assert_eq!(server.sign_in("globex", "both@both.example").await.scope, "app:read roles:read users:read");
        server.admin.app("acme").users().deactivate(&one.id).await.unwrap();
        server.sign_in("globex", "both@both.example").await;
    }
}

on_both! {
    async fn metadata_comes_back_as_it_was_given(server) {
        // The largest number there is: PostgreSQL writes out all of its 309 digits.
        let metadata = r#"{"largest": 1.7976931348623157e308, "smallest": 5e-324, "deep": [[[{"a": null}]]], "text": "é\u0001🦀"}"#;
        let body = format!(r#"{{"name": "acme", "metadata": {metadata}}}"#);
        let made = server.raw("POST", "/v1/apps", crate::support::ADMIN_KEY, Some(&body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let found = server.raw("GET", "/v1/apps/acme", crate::support::ADMIN_KEY, None).await;
        assert_eq!(found.json()["metadata"], serde_json::from_str::<serde_json::Value>(metadata).unwrap());
    }
}

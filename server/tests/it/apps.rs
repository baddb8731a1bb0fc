//! Apps: whole or not at all.

use heimdall_sdk::{Code, NewApp, NewRole, NewUser};

use crate::support::{PASSWORD, refused};

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

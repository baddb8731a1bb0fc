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

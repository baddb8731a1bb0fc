//! Changed rights: what becomes of the tokens that were issued before.

use heimdall_sdk::{
    AppChanges, AppStatus, Code, RoleChanges, TokenResponse, UserChanges, UserStatus,
};

use crate::support::{PASSWORD, code_of, refreshed, refused};

fn scopes(token: &TokenResponse) -> Vec<&str> {
    token.scope.split(' ').collect()
}

on_both! {
    async fn a_promotion_makes_tokens_stale_and_a_refresh_has_the_new_rights(server) {
        let tenant = server.app("acme").await;
        let token = server.sign_in("acme", "viewer@acme.example").await;
        server.admin.app("acme").users().assign_role(&tenant.users[2].id, "editor").await.unwrap();
        assert_eq!(code_of(&server, &token).await, Some(Code::TokenStale));
        let token = refreshed(&server, &token).await.unwrap();
        assert_eq!(code_of(&server, &token).await, None);
        assert!(scopes(&token).contains(&"billing:read"));
    }

    async fn a_demotion_makes_tokens_stale_and_a_refresh_has_fewer_rights(server) {
        let tenant = server.app("acme").await;
        let token = server.sign_in("acme", "editor@acme.example").await;
        let changes = UserChanges::default().with_roles(["viewer"]);
        server.admin.app("acme").users().update(&tenant.users[1].id, &changes).await.unwrap();
        assert_eq!(code_of(&server, &token).await, Some(Code::TokenStale));
        let token = refreshed(&server, &token).await.unwrap();
        assert_eq!(code_of(&server, &token).await, None);
        assert!(!scopes(&token).contains(&"billing:read"));
    }

    async fn a_change_to_a_role_is_a_change_to_all_who_wear_it_and_to_no_one_else(server) {
        server.app("acme").await;
        let editor = server.sign_in("acme", "editor@acme.example").await;
        let viewer = server.sign_in("acme", "viewer@acme.example").await;
        let roles = server.admin.app("acme").roles();
        roles.update("editor", &RoleChanges::default().with_permissions(["users:read"])).await.unwrap();
        assert_eq!(code_of(&server, &editor).await, Some(Code::TokenStale));
        assert_eq!(code_of(&server, &viewer).await, None);
        assert_eq!(refreshed(&server, &editor).await.unwrap().scope, "users:read");
        roles.update("viewer", &RoleChanges::default().with_display_name("Onlooker")).await.unwrap();
        assert_eq!(code_of(&server, &viewer).await, None);
        roles.delete_even_if_in_use("viewer").await.unwrap();
        assert_eq!(code_of(&server, &viewer).await, Some(Code::TokenStale));
        assert_eq!(refreshed(&server, &viewer).await.unwrap().scope, "");
    }

    async fn a_deactivated_user_is_out_at_once(server) {
        let tenant = server.app("acme").await;
        let token = server.sign_in("acme", "viewer@acme.example").await;
        server.admin.app("acme").users().deactivate(&tenant.users[2].id).await.unwrap();
        assert_eq!(code_of(&server, &token).await, Some(Code::TokenRevoked));
        assert_eq!(refused(refreshed(&server, &token).await), Code::TokenRevoked);
        let back = UserChanges::default().with_status(UserStatus::Active);
        server.admin.app("acme").users().update(&tenant.users[2].id, &back).await.unwrap();
        assert_eq!(code_of(&server, &token).await, Some(Code::TokenRevoked));
        assert_eq!(refused(refreshed(&server, &token).await), Code::TokenRevoked);
        server.sign_in("acme", "viewer@acme.example").await;
    }

    async fn a_suspended_user_is_told_so_only_with_the_right_password(server) {
        let tenant = server.app("acme").await;
        let token = server.sign_in("acme", "viewer@acme.example").await;
        let changes = UserChanges::default().with_status(UserStatus::Suspended);
        let users = server.admin.app("acme").users();
        users.update(&tenant.users[2].id, &changes).await.unwrap();
        assert_eq!(code_of(&server, &token).await, Some(Code::UserSuspended));
        let tokens = server.admin.app("acme").tokens();
        assert_eq!(refused(tokens.password("viewer@acme.example", PASSWORD).await), Code::UserSuspended);
        assert_eq!(refused(tokens.password("viewer@acme.example", "wrong").await), Code::InvalidCredentials);
        assert_eq!(refused(users.issue_token(&tenant.users[2].id).await), Code::UserSuspended);
    }

    async fn a_suspended_app_is_shut_for_its_own_people_until_it_is_restored(server) {
        server.app("acme").await;
        let token = server.sign_in("acme", "viewer@acme.example").await;
        let apps = server.admin.apps();
        apps.update("acme", &AppChanges::default().with_status(AppStatus::Suspended)).await.unwrap();
        assert_eq!(code_of(&server, &token).await, Some(Code::AppSuspended));
        assert_eq!(refused(refreshed(&server, &token).await), Code::AppSuspended);
        let tokens = server.admin.app("acme").tokens();
        assert_eq!(refused(tokens.password("viewer@acme.example", PASSWORD).await), Code::AppSuspended);
        server.admin.app("acme").users().list(&Default::default()).await.unwrap();
        apps.update("acme", &AppChanges::default().with_status(AppStatus::Active)).await.unwrap();
        assert_eq!(code_of(&server, &token).await, Some(Code::TokenRevoked));
        let token = refreshed(&server, &token).await.unwrap();
        assert_eq!(code_of(&server, &token).await, None);
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
}

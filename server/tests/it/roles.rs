//! Roles: what can be done with them, and what is refused.

use heimdall_sdk::{Code, NewRole, RoleChanges};

use crate::support::refused;

on_both! {
    async fn a_role_is_created_found_changed_and_deleted(server) {
        let tenant = server.app("acme").await;
        let roles = server.admin.app("acme").roles();
        let made = roles.create(&NewRole::new("auditor", ["audit:read"]).with_display_name("Auditor")).await.unwrap();
        assert_eq!(made.app_id, tenant.app.id);
        assert_eq!(roles.get("auditor").await.unwrap().id, made.id);
        let changes = RoleChanges::default().with_permissions(["audit:read", "app:read"]);
        let changed = roles.update(&made.id, &changes).await.unwrap();
        assert_eq!(changed.permissions, ["app:read", "audit:read"]);
        roles.delete("auditor").await.unwrap();
        assert_eq!(refused(roles.get("auditor").await), Code::NotFound);
    }

    async fn a_name_that_is_taken_is_refused(server) {
        server.app("acme").await;
        let taken = server.admin.app("acme").roles().create(&NewRole::new("admin", ["a:b"])).await;
        assert_eq!(refused(taken), Code::Conflict);
    }

    async fn nobody_makes_a_role_of_what_they_do_not_hold(server) {
        server.app("acme").await;
        let editor = server.client_of("acme", "editor@acme.example").await;
        let roles = editor.app("acme").roles();
        assert_eq!(refused(roles.create(&NewRole::new("boss", ["billing:write"])).await), Code::PermissionDenied);
        let changes = RoleChanges::default().with_permissions(["billing:read"]);
        assert_eq!(refused(roles.update("admin", &changes).await), Code::PermissionDenied);
        roles.create(&NewRole::new("reader", ["billing:read"])).await.unwrap();
    }

    async fn another_app_has_none_of_it(server) {
        server.app("acme").await;
        server.app("globex").await;
        let stranger = server.client_of("globex", "admin@globex.example").await;
        let roles = stranger.app("acme").roles();
        assert_eq!(refused(roles.get("admin").await), Code::NotFound);
        assert_eq!(refused(roles.create(&NewRole::new("x", ["a:b"])).await), Code::NotFound);
        assert_eq!(refused(roles.delete("viewer").await), Code::NotFound);
    }

    async fn a_role_in_use_is_deleted_only_by_force(server) {
        server.app("acme").await;
        let roles = server.admin.app("acme").roles();
        assert_eq!(refused(roles.delete("viewer").await), Code::RoleInUse);
        roles.delete_even_if_in_use("viewer").await.unwrap();
        let page = server.admin.app("acme").users().list(&Default::default()).await.unwrap();
        assert!(page.data.iter().all(|user| !user.roles.contains(&"viewer".to_owned())));
    }
}

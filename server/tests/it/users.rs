//! Users: their life, their roles, and who may touch them.

use heimdall_sdk::{Code, NewUser, UserChanges, UserQuery, UserStatus};

use crate::support::refused;

on_both! {
    async fn a_user_is_created_found_changed_and_deactivated(server) {
        let tenant = server.app("acme").await;
        let users = server.admin.app("acme").users();
        let made = users.create(&NewUser::new("Carol@acme.example").with_role("viewer")).await.unwrap();
        assert_eq!((made.email.as_str(), made.app_id.as_str()), ("Carol@acme.example", tenant.app.id.as_str()));
        let changed = users.update(&made.id, &UserChanges::default().with_display_name("Carol")).await.unwrap();
        assert_eq!(changed.display_name.as_deref(), Some("Carol"));
        let changed = users.update(&made.id, &UserChanges::default().clear_display_name()).await.unwrap();
        assert_eq!(changed.display_name, None);
        users.deactivate(&made.id).await.unwrap();
        users.deactivate(&made.id).await.unwrap();
        assert_eq!(users.get(&made.id).await.unwrap().status, UserStatus::Deactivated);
    }

    async fn an_address_is_unique_in_its_app_without_case_and_free_in_another(server) {
        server.app("acme").await;
        server.app("globex").await;
        let taken = server.admin.app("acme").users().create(&NewUser::new("ADMIN@acme.example")).await;
        assert_eq!(refused(taken), Code::Conflict);
        server.admin.app("globex").users().create(&NewUser::new("admin@acme.example")).await.unwrap();
    }

    async fn of_sixteen_who_create_one_address_at_once_one_does(server) {
        server.app("acme").await;
        let mut creating = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let client = server.admin.clone();
            creating.spawn(async move {
                client.app("acme").users().create(&NewUser::new("carol@acme.example")).await.is_ok()
            });
        }
        let made = creating.join_all().await.into_iter().filter(|made| *made).count();
        assert_eq!(made, 1);
    }

    async fn a_list_is_narrowed_by_address_status_role_and_a_part_of_the_name(server) {
        server.app("acme").await;
        let users = server.admin.app("acme").users();
        let found = async |query: UserQuery| {
            let mut emails: Vec<_> = users.list(&query).await.unwrap().data.into_iter().map(|user| user.email).collect();
            emails.sort();
            emails
        };
        assert_eq!(found(UserQuery::default().with_email("ADMIN@acme.example")).await, ["admin@acme.example"]);
        assert_eq!(found(UserQuery::default().with_role("viewer")).await, ["viewer@acme.example"]);
        assert_eq!(found(UserQuery::default().with_q("EDIT")).await, ["editor@acme.example"]);
        // What is a pattern elsewhere is a character here.
        assert!(found(UserQuery::default().with_q("%")).await.is_empty());
        assert!(found(UserQuery::default().with_q("_dmin")).await.is_empty());
        assert_eq!(found(UserQuery::default().with_status(UserStatus::Active)).await.len(), 3);
    }

    async fn what_is_wrong_with_a_new_user_is_named_all_at_once(server) {
        server.app("acme").await;
        let body = r#"{"email": "nobody", "password": "short", "role": "admin", "roles": ["viewer"], "is_admin": true, "id": "usr_1"}"#;
        let answer = server.raw("POST", "/v1/apps/acme/users", crate::support::ADMIN_KEY, Some(body)).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "VALIDATION_ERROR"));
        assert_eq!(answer.fields(), ["id", "is_admin"]);
        let body = r#"{"email": "nobody", "password": "short", "role": "admin", "roles": ["viewer"]}"#;
        let answer = server.raw("POST", "/v1/apps/acme/users", crate::support::ADMIN_KEY, Some(body)).await;
        assert_eq!(answer.fields(), ["email", "roles", "password"]);
    }

    async fn another_app_has_no_such_user(server) {
        let tenant = server.app("acme").await;
        server.app("globex").await;
        let user = &tenant.users[0].id;
        let stranger = server.client_of("globex", "admin@globex.example").await;
        assert_eq!(refused(stranger.app("acme").users().get(user).await), Code::NotFound);
        assert_eq!(refused(stranger.app("globex").users().get(user).await), Code::NotFound);
        assert_eq!(refused(server.admin.app("globex").users().deactivate(user).await), Code::NotFound);
        assert_eq!(refused(server.admin.app("globex").users().assign_role(user, "admin").await), Code::NotFound);
    }

    async fn an_erased_person_is_nowhere_and_the_log_still_verifies(server) {
        let tenant = server.app("acme").await;
        let client = server.client_of("acme", "admin@acme.example").await;
        client.me().get().await.unwrap();
        server.admin.app("acme").users().purge(&tenant.users[0].id).await.unwrap();
        assert_eq!(refused(client.me().get().await), Code::TokenRevoked);
        let log = server.admin.app("acme").audit_logs().list(&Default::default()).await.unwrap();
        assert!(!format!("{log:?}").contains("admin@acme.example"));
        assert!(log.data.iter().any(|event| event.kind.as_str() == "user.deleted"));
        // The address is free again.
        server.admin.app("acme").users().create(&NewUser::new("admin@acme.example")).await.unwrap();
    }
}

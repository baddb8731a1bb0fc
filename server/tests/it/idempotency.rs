//! `Idempotency-Key`: a request that comes twice does its work once.

use std::time::Duration;

use heimdall_sdk::{Code, NewAdminKey, NewCredential, NewRole, NewUser};

use crate::support::{ADMIN_KEY, refused};

const DAY: Duration = Duration::from_secs(24 * 3600);

on_both! {
    async fn a_repeated_request_gets_the_first_answer_with_its_secret(server) {
        server.app("acme").await;
        let credentials = server.admin.app("acme").credentials();
        let new = NewCredential::new("x", ["users:read"]);
        let first = credentials.create(&new).idempotency_key("k").send().await.unwrap();
        let again = credentials.create(&new).idempotency_key("k").send().await.unwrap();
        assert!(!first.is_replayed() && again.is_replayed());
        assert_eq!((again.status, &again.body), (201, &first.body));
        assert!(again.body.client_secret.is_some());
        assert_eq!(credentials.list(&Default::default()).await.unwrap().data.len(), 1);
        let second = credentials.create_secret(&first.body.client_id).idempotency_key("s").await.unwrap();
        let again = credentials.create_secret(&first.body.client_id).idempotency_key("s").await.unwrap();
        assert_eq!(again, second);
        let key = NewAdminKey::new("x", ["app:read"]);
        let made = server.admin.admin_keys().create(&key).idempotency_key("a").await.unwrap();
        assert_eq!(server.admin.admin_keys().create(&key).idempotency_key("a").await.unwrap(), made);
    }

    async fn a_key_that_comes_with_something_else_is_refused(server) {
        server.app("acme").await;
        server.app("globex").await;
        let role = NewRole::new("x", ["a:b"]);
        server.admin.app("acme").roles().create(&role).idempotency_key("k").await.unwrap();
        let other = NewRole::new("y", ["a:b"]);
        let roles = server.admin.app("acme").roles();
        assert_eq!(refused(roles.create(&other).idempotency_key("k").await), Code::IdempotencyKeyReused);
        assert_eq!(refused(roles.get("y").await), Code::NotFound);
        let elsewhere = server.admin.app("globex").roles().create(&role).idempotency_key("k").await;
        assert_eq!(refused(elsewhere), Code::IdempotencyKeyReused);
        let user = server.admin.app("acme").users().create(&NewUser::new("x@acme.example")).idempotency_key("k").await;
        assert_eq!(refused(user), Code::IdempotencyKeyReused);
    }

    async fn a_key_of_another_caller_is_another_key(server) {
        server.app("acme").await;
        let editor = server.client_of("acme", "editor@acme.example").await;
        let one = server.admin.app("acme").roles().create(&NewRole::new("one", ["billing:read"])).idempotency_key("k").await.unwrap();
        let two = editor.app("acme").roles().create(&NewRole::new("two", ["billing:read"])).idempotency_key("k").await.unwrap();
        assert_ne!(one.id, two.id);
        let same = editor.app("acme").roles().create(&NewRole::new("one", ["billing:read"])).idempotency_key("other").await;
        assert_eq!(refused(same), Code::Conflict);
    }

    async fn of_twelve_at_once_with_one_key_one_works_and_all_get_its_answer(server) {
        server.app("acme").await;
        let racing = (0..12).map(|_| {
            let client = server.admin.clone();
            async move {
                let new = NewCredential::new("x", ["users:read"]);
                client.app("acme").credentials().create(&new).idempotency_key("k").send().await.unwrap()
            }
        });
        let answers = futures_util::future::join_all(racing).await;
        assert!(answers.iter().all(|answer| answer.body == answers[0].body));
        assert_eq!(answers.iter().filter(|answer| !answer.is_replayed()).count(), 1);
        assert_eq!(server.admin.app("acme").credentials().list(&Default::default()).await.unwrap().data.len(), 1);
    }

    async fn a_key_is_free_again_after_a_day(server) {
        server.app("acme").await;
        let credentials = server.admin.app("acme").credentials();
        let new = NewCredential::new("x", ["users:read"]);
        let first = credentials.create(&new).idempotency_key("k").await.unwrap();
        server.advance(DAY - Duration::from_secs(60));
        assert!(credentials.create(&new).idempotency_key("k").send().await.unwrap().is_replayed());
        server.advance(Duration::from_secs(120));
        let second = credentials.create(&new).idempotency_key("k").await.unwrap();
        assert_ne!(second.id, first.id);
    }

    async fn what_was_refused_uses_no_key_up(server) {
        server.app("acme").await;
        let roles = server.admin.app("acme").roles();
        assert_eq!(refused(roles.create(&NewRole::new("admin", ["a:b"])).idempotency_key("k").await), Code::Conflict);
        let mended = roles.create(&NewRole::new("boss", ["a:b"])).idempotency_key("k").send().await.unwrap();
        assert!(!mended.is_replayed());
    }

    async fn an_answer_is_given_again_only_to_who_may_still_ask(server) {
        let tenant = server.app("acme").await;
        let editor = server.client_of("acme", "editor@acme.example").await;
        let new = NewRole::new("x", ["billing:read"]);
        editor.app("acme").roles().create(&new).idempotency_key("k").await.unwrap();
        server.admin.app("acme").users().assign_role(&tenant.users[1].id, "viewer").await.unwrap();
        server.admin.app("acme").users().remove_role(&tenant.users[1].id, "editor").await.unwrap();
        let editor = server.client_of("acme", "editor@acme.example").await;
        let again = editor.app("acme").roles().create(&new).idempotency_key("k").await;
        assert_eq!(refused(again), Code::PermissionDenied);
    }

    async fn a_key_that_is_none_is_named(server) {
        server.app("acme").await;
        for key in [" ".to_owned(), "k".repeat(256)] {
            let url = format!("{}/v1/apps/acme/roles", server.base);
            let new = serde_json::json!({ "name": "x", "permissions": [] });
            let sent = server.http.post(url).bearer_auth(ADMIN_KEY).header("idempotency-key", &key).json(&new);
            let answer = crate::support::Raw::of(sent.send().await.unwrap()).await;
            assert_eq!((answer.status, answer.fields()), (400, vec!["Idempotency-Key".to_owned()]), "{key:?}: {}", answer.text);
        }
    }
}

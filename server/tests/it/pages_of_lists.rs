//! Lists: pages, cursors and limits, alike for all of them.

use std::collections::BTreeMap;

use heimdall_sdk::{NewRole, NewUser, UserQuery, UserStatus};

use crate::support::{ADMIN_KEY, TestServer};

const LISTS: &[&str] = &[
    "/v1/apps",
    "/v1/admin-keys",
    "/v1/signing-keys",
    "/v1/apps/acme/users",
    "/v1/apps/acme/roles",
    "/v1/apps/acme/permissions",
    "/v1/apps/acme/credentials",
    "/v1/apps/acme/invites",
    "/v1/apps/acme/webhooks",
    "/v1/apps/acme/audit-logs",
];

async fn get(server: &TestServer, path: &str) -> crate::support::Raw {
    server.raw("GET", path, ADMIN_KEY, None).await
}

on_both! {
    async fn a_walk_sees_what_was_there_throughout_exactly_once(server) {
        server.app("acme").await;
        let users = server.admin.app("acme").users();
        for limit in 1..=3 {
            let mut stays = Vec::new();
            for at in 0..9 {
                let made = users.create(&NewUser::new(format!("stays-{limit}-{at}@acme.example"))).await.unwrap();
                stays.push(made.id);
                let goes = NewUser::new(format!("goes-{limit}-{at}@acme.example"));
                users.create(&goes).await.unwrap();
            }
            let mut seen = BTreeMap::<String, u32>::new();
            let mut query = UserQuery::default().with_limit(limit);
            for page in 0.. {
                let got = users.list(&query).await.unwrap();
                assert!(got.data.len() <= limit as usize);
                for user in got.data {
                    *seen.entry(user.id).or_default() += 1;
                }
                // Somebody comes and somebody goes between any two pages.
                users.create(&NewUser::new(format!("comes-{limit}-{page}@acme.example"))).await.unwrap();
                let goes = users.list(&UserQuery::default().with_q(format!("goes-{limit}-"))).await.unwrap();
                if let Some(goes) = goes.data.first() {
                    users.purge(&goes.id).await.unwrap();
                }
                let Some(cursor) = got.next_cursor else { break };
                query = UserQuery::default().with_limit(limit).with_cursor(cursor);
            }
            assert!(seen.values().all(|times| *times == 1), "limit {limit}: {seen:?}");
            assert!(stays.iter().all(|id| seen.contains_key(id)), "limit {limit}");
        }
    }

    async fn a_page_has_no_more_than_was_asked_for_and_no_cursor_at_the_end(server) {
        server.app("acme").await;
        for at in 0..4 {
            server.admin.app("acme").roles().create(&NewRole::new(format!("role-{at}"), ["a:b"])).await.unwrap();
        }
        let names = |page: &serde_json::Value| {
            let data = page["data"].as_array().unwrap();
            data.iter().map(|role| role["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let page = get(&server, "/v1/apps/acme/roles?limit=4").await.json();
        assert_eq!(names(&page), ["role-3", "role-2", "role-1", "role-0"]);
        let cursor = page["next_cursor"].as_str().unwrap();
        let page = get(&server, &format!("/v1/apps/acme/roles?limit=3&cursor={cursor}")).await.json();
        assert_eq!(names(&page).len(), 3);
        assert!(page["next_cursor"].is_null() && page.as_object().unwrap().contains_key("next_cursor"));
    }

    async fn a_limit_is_from_1_to_200(server) {
        server.app("acme").await;
        for list in LISTS {
            for good in ["1", "200"] {
                assert_eq!(get(&server, &format!("{list}?limit={good}")).await.status, 200, "{list} {good}");
            }
            for bad in ["0", "201", "-1", "1e9", "NaN", "", "1.5", "%2B1", "99999999999999999999"] {
                let answer = get(&server, &format!("{list}?limit={bad}")).await;
                assert_eq!((answer.status, answer.fields()), (400, vec!["limit".to_owned()]), "{list} {bad}");
            }
            let twice = get(&server, &format!("{list}?limit=1&limit=2")).await;
            assert_eq!((twice.status, twice.fields()), (400, vec!["limit".to_owned()]), "{list}");
        }
    }

    async fn a_cursor_is_good_for_its_own_list_app_and_filters_only(server) {
        server.app("acme").await;
        server.app("globex").await;
        let page = server.admin.app("acme").users().list(&UserQuery::default().with_limit(1)).await.unwrap();
        let cursor = page.next_cursor.unwrap();
        let mut others: Vec<_> = LISTS.iter().filter(|list| **list != "/v1/apps/acme/users").map(|list| (*list).to_owned()).collect();
        others.push("/v1/apps/globex/users".into());
        for list in others {
            let answer = get(&server, &format!("{list}?cursor={cursor}")).await;
            assert_eq!((answer.status, answer.fields()), (400, vec!["cursor".to_owned()]), "{list}");
        }
        for filter in ["status=active", "role=viewer", "q=a", "email=a@acme.example"] {
            let answer = get(&server, &format!("/v1/apps/acme/users?{filter}&cursor={cursor}")).await;
            assert_eq!((answer.status, answer.fields()), (400, vec!["cursor".to_owned()]), "{filter}");
        }
        // An App's name and its id are the same App, and another limit is the same list.
        let id = server.admin.apps().get("acme").await.unwrap().id;
        assert_eq!(get(&server, &format!("/v1/apps/{id}/users?limit=7&cursor={cursor}")).await.status, 200);
    }

    async fn a_cursor_that_was_edited_is_refused(server) {
        server.app("acme").await;
        let page = server.admin.app("acme").users().list(&UserQuery::default().with_limit(1)).await.unwrap();
        let cursor = page.next_cursor.unwrap();
        let mut edited = vec!["x".to_owned(), format!("{cursor}A"), cursor[1..].to_owned(), cursor[..cursor.len() - 1].to_owned()];
        for place in 0..cursor.len() {
            let mut bytes = cursor.clone().into_bytes();
            bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            edited.push(String::from_utf8(bytes).unwrap());
        }
        for edited in edited {
            let answer = get(&server, &format!("/v1/apps/acme/users?cursor={edited}")).await;
            assert_eq!((answer.status, answer.fields()), (400, vec!["cursor".to_owned()]), "{edited}");
        }
    }

    async fn a_filtered_walk_holds_only_what_passes(server) {
        let tenant = server.app("acme").await;
        let users = server.admin.app("acme").users();
        for at in 0..5 {
            users.create(&NewUser::new(format!("user-{at}@acme.example")).with_role("viewer")).await.unwrap();
        }
        users.deactivate(&tenant.users[2].id).await.unwrap();
        let query = UserQuery::default().with_role("viewer").with_status(UserStatus::Active).with_limit(2);
        let found = users.list(&query).all().collect().await.unwrap();
        let emails: Vec<_> = found.iter().map(|user| user.email.as_str()).collect();
        assert_eq!(emails, ["user-4@acme.example", "user-3@acme.example", "user-2@acme.example", "user-1@acme.example", "user-0@acme.example"]);
    }
}

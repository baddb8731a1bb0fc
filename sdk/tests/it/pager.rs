//! Lists over several pages.

use heimdall_sdk::{Code, ListQuery, PermissionEntry};
use serde_json::{Value, json};

use crate::server::{Reply, Server, ok};

fn page(names: &[&str], next: Value) -> Reply {
    let data: Vec<_> = names
        .iter()
        .map(|name| json!({"permission": name, "roles": []}))
        .collect();
    ok(json!({"data": data, "next_cursor": next}))
}

fn names(entries: Vec<PermissionEntry>) -> Vec<String> {
    entries.into_iter().map(|entry| entry.permission).collect()
}

#[tokio::test]
async fn all_pages_are_walked_in_their_order_with_the_query_kept() {
    let server = Server::start([
        page(&["a:a", "b:b"], json!("x+/=")),
        page(&[], json!("y")),
        page(&["c:c"], json!(null)),
    ])
    .await;
    let query = ListQuery::default().with_limit(2).with_cursor("w");
    let all = server
        .client()
        .app("acme")
        .permissions()
        .list(&query)
        .all()
        .collect()
        .await
        .unwrap();

    assert_eq!(names(all), ["a:a", "b:b", "c:c"]);
    let path = "GET /heimdall/v1/apps/acme/permissions?limit=2&cursor=";
    assert_eq!(
        server.lines(),
        ["w", "x%2B%2F%3D", "y"].map(|cursor| format!("{path}{cursor}"))
    );
}

#[tokio::test]
async fn a_page_is_asked_for_only_when_it_is_needed() {
    let server = Server::start([page(&["a:a"], json!("x")), page(&["b:b"], json!(null))]).await;
    let client = server.client();
    let mut pager = client
        .app("acme")
        .permissions()
        .list(&ListQuery::default())
        .all();
    assert!(server.seen().is_empty());
    assert_eq!(pager.next().await.unwrap().unwrap().permission, "a:a");
    assert_eq!(server.seen().len(), 1);
    assert_eq!(pager.next().await.unwrap().unwrap().permission, "b:b");
    assert!(pager.next().await.is_none());
    assert!(pager.next().await.is_none());
}

#[tokio::test]
async fn an_error_comes_after_what_was_read_and_ends_it() {
    let refusal = json!({"error": {"code": "TOKEN_REVOKED", "message": "over"}}).to_string();
    let server = Server::start([page(&["a:a"], json!("x")), Reply::Say(401, &[], refusal)]).await;
    let mut pager = server
        .client()
        .app("acme")
        .permissions()
        .list(&ListQuery::default())
        .all();
    assert!(pager.next().await.unwrap().is_ok());
    assert!(
        pager
            .next()
            .await
            .unwrap()
            .unwrap_err()
            .is_code(&Code::TokenRevoked)
    );
    assert!(pager.next().await.is_none());
}

//! Several nodes over one PostgreSQL: what one does, the others know.

use std::time::Duration;

use heimdall_sdk::{Code, NewRole, RevocationQuery, SigningKeyState};
use heimdall_server::kernel::Clock;

use crate::support::{ADMIN_KEY, TestServer, code_of, refreshed, refused};

/// Nobody waits as long; it keeps a test that would hang from hanging.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_once_on_an_empty_database_agree() {
    let nodes = TestServer::nodes(4).await;
    nodes[0].app("acme").await;
    let keys = nodes[0].admin.signing_keys().list(&Default::default());
    let keys = keys.await.unwrap().data;
    assert_eq!(keys.len(), 1);
    let admin_keys = nodes[0].admin.admin_keys().list(&Default::default());
    assert_eq!(admin_keys.await.unwrap().data.len(), 1);
    for node in &nodes {
        let set = node.admin.jwks().get().await.unwrap().keys;
        assert_eq!(set.len(), 1);
        assert_eq!(set[0].kid, keys[0].kid);
        let token = node.sign_in("acme", "viewer@acme.example").await;
        for other in &nodes {
            assert_eq!(code_of(other, &token).await, None);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revocation_on_one_node_is_refused_on_another_at_once() {
    let nodes = TestServer::nodes(2).await;
    let tenant = nodes[0].app("acme").await;
    let token = nodes[0].sign_in("acme", "viewer@acme.example").await;
    assert_eq!(code_of(&nodes[1], &token).await, None);
    nodes[0]
        .admin
        .app("acme")
        .users()
        .assign_role(&tenant.users[2].id, "editor")
        .await
        .unwrap();
    assert_eq!(code_of(&nodes[1], &token).await, Some(Code::TokenStale));
    let token = refreshed(&nodes[1], &token).await.unwrap();
    assert_eq!(code_of(&nodes[0], &token).await, None);
    nodes[1]
        .admin
        .app("acme")
        .users()
        .deactivate(&tenant.users[2].id)
        .await
        .unwrap();
    assert_eq!(code_of(&nodes[0], &token).await, Some(Code::TokenRevoked));
    let key = nodes[0]
        .admin
        .admin_keys()
        .create(&heimdall_sdk::NewAdminKey::new("x", ["*"]))
        .await
        .unwrap();
    let other = nodes[1].admin.with_bearer(key.key.unwrap());
    other.apps().get("acme").await.unwrap();
    nodes[0].admin.admin_keys().revoke(&key.id).await.unwrap();
    assert_eq!(refused(other.apps().get("acme").await), Code::TokenRevoked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_on_one_node_wakes_who_waits_on_another() {
    let nodes = TestServer::nodes(2).await;
    let tenant = nodes[0].app("acme").await;
    nodes[0].sign_in("acme", "viewer@acme.example").await;
    let start = nodes[1]
        .admin
        .app("acme")
        .revocations()
        .list(&Default::default())
        .await
        .unwrap();
    let client = nodes[1].admin.clone();
    let waiting = tokio::spawn(async move {
        let query = RevocationQuery::after(start.next_cursor).with_wait(60);
        client.app("acme").revocations().list(&query).await
    });
    nodes[0]
        .admin
        .app("acme")
        .users()
        .deactivate(&tenant.users[2].id)
        .await
        .unwrap();
    let woken = tokio::time::timeout(PATIENCE, waiting).await;
    let woken = woken
        .expect("woken long before the wait is over")
        .unwrap()
        .unwrap();
    assert_eq!(woken.data[0].id, tenant.users[2].id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_token_has_one_successor_over_all_nodes() {
    let nodes = TestServer::nodes(2).await;
    nodes[0].app("acme").await;
    let token = nodes[0].sign_in("acme", "viewer@acme.example").await;
    let racing = (0..24).map(|at| refreshed(&nodes[at % 2], &token));
    let raced = futures_util::future::join_all(racing).await;
    let successors: Vec<_> = raced
        .into_iter()
        .map(|next| next.unwrap().refresh_token)
        .collect();
    assert!(successors.iter().all(|other| *other == successors[0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_create_the_same_on_two_nodes_one_does() {
    let nodes = TestServer::nodes(2).await;
    nodes[0].app("acme").await;
    let creating = (0..12).map(|at| {
        let client = &nodes[at % 2].admin;
        async move {
            client
                .app("acme")
                .roles()
                .create(&NewRole::new("one", ["a:b"]))
                .await
        }
    });
    let outcomes = futures_util::future::join_all(creating).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    for outcome in outcomes.into_iter().filter(Result::is_err) {
        assert_eq!(refused(outcome), Code::Conflict);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_rotate_the_signing_key_on_two_nodes_all_get_the_same_next() {
    let nodes = TestServer::nodes(2).await;
    let rotating = (0..20).map(|at| {
        let client = &nodes[at % 2].admin;
        async move { client.signing_keys().rotate().await.unwrap().kid }
    });
    let mut kids = futures_util::future::join_all(rotating).await;
    kids.dedup();
    assert_eq!(kids.len(), 1);
    let keys = nodes[0]
        .admin
        .signing_keys()
        .list(&Default::default())
        .await
        .unwrap()
        .data;
    let states: Vec<_> = keys.into_iter().map(|key| key.state).collect();
    assert_eq!(states, [SigningKeyState::Next, SigningKeyState::Active]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_ends_the_tokens_of_a_node_whose_clock_is_ahead() {
    let node = TestServer::postgres().await;
    node.app("acme").await;
    let clock = Clock::movable();
    clock.advance(Duration::from_secs(30));
    let ahead = node.another_node_by(clock).await;
    let token = ahead.sign_in("acme", "viewer@acme.example").await;

    for status in ["suspended", "active"] {
        let body = format!(r#"{{"status": "{status}"}}"#);
        let changed = node.raw("PATCH", "/v1/apps/acme", ADMIN_KEY, Some(&body));
        assert_eq!(changed.await.status, 200);
    }

    assert_eq!(code_of(&ahead, &token).await, Some(Code::TokenRevoked));
    // Whoever signs in now is welcome, by either clock.
    for issuer in [&node, &ahead] {
        let token = issuer.sign_in("acme", "editor@acme.example").await;
        assert_eq!(code_of(&ahead, &token).await, None);
    }
}

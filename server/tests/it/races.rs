//! Two things at once on two nodes, brought about on purpose: the one is begun and not committed, and
//! the other comes in between.

use heimdall_sdk::{AppChanges, AppStatus, Code};
use heimdall_server::app::Work;
use heimdall_server::events::{Actor, Origin};
use heimdall_server::kernel::ids::{AppId, UserId};
use heimdall_server::permissions::{Grants, Permission};
use heimdall_server::{apps, roles, sessions, tokens};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::support::{ADMIN_KEY, PASSWORD, TestServer, code_of, refreshed, refused};

/// A work that nothing but the test does.
async fn work(server: &TestServer, app: &AppId) -> Work {
    let heimdall = server.heimdall();
    let begun = heimdall.begin(Actor::system("test"), Origin::default());
    let mut work = begun.await.unwrap();
    work.tx.enter(app).await.unwrap();
    work
}

/// Waits until a task has either ended or been made to wait by somebody's work.
async fn ended_or_waits<T>(server: &TestServer, task: &JoinHandle<T>) {
    while !task.is_finished() && !someone_waits_for_a_lock(server).await {
        tokio::task::yield_now().await;
    }
}

/// A role is weakened on one node while, on another, somebody is given it. Whichever comes first,
/// no token with what the role gave before is good afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_given_while_it_is_weakened_leaves_no_token_with_what_it_was() {
    let nodes = TestServer::nodes(2).await;
    let tenant = nodes[0].app("acme").await;
    let app = AppId::parse(&tenant.app.id).unwrap();
    let mut work = work(&nodes[0], &app).await;
    let weaker = roles::Changes {
        permissions: Some(Permission::parse("app:read").into_iter().collect()),
        ..Default::default()
    };
    roles::update(&mut work, &app, &Grants::All, "editor", weaker)
        .await
        .unwrap();

    // It is not committed yet. Meanwhile the viewer is made an editor, and signs in.
    let (client, viewer) = (nodes[1].admin.clone(), tenant.users[2].id.clone());
    let giving = tokio::spawn(async move {
        client
            .app("acme")
            .users()
            .assign_role(&viewer, "editor")
            .await
            .unwrap();
    });
    ended_or_waits(&nodes[0], &giving).await;
    let token = nodes[1].sign_in("acme", "viewer@acme.example").await;
    work.commit().await.unwrap();
    giving.await.unwrap();

    let now = refreshed(&nodes[1], &token).await.unwrap();
    assert!(!now.scope.contains("billing:read"));
    if token.scope.contains("billing:read") {
        assert_eq!(code_of(&nodes[1], &token).await, Some(Code::TokenStale));
    }
}

/// Nobody signs in to an App that has been suspended meanwhile: a local verifier that was told of the
/// suspension would take the token for one from after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_signs_in_while_the_app_is_suspended_gets_no_token() {
    let nodes = TestServer::nodes(2).await;
    let tenant = nodes[0].app("acme").await;
    let id = AppId::parse(&tenant.app.id).unwrap();
    let mut work = work(&nodes[0], &id).await;
    let app = apps::find(&mut work.tx, &id).await.unwrap().unwrap();
    let suspended = apps::Changes {
        status: Some(apps::Status::Suspended),
        ..Default::default()
    };
    apps::update(&mut work, &app, suspended).await.unwrap();

    let client = nodes[1].admin.clone();
    let signing_in = tokio::spawn(async move {
        let tokens = client.app("acme").tokens();
        tokens.password("viewer@acme.example", PASSWORD).await
    });
    ended_or_waits(&nodes[0], &signing_in).await;
    work.commit().await.unwrap();

    assert_eq!(refused(signing_in.await.unwrap()), Code::AppSuspended);
}

/// And the other way about: who got there first has a token that the suspension refuses.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_suspension_waits_for_who_is_signing_in_and_refuses_their_token() {
    let nodes = TestServer::nodes(2).await;
    let tenant = nodes[0].app("acme").await;
    let id = AppId::parse(&tenant.app.id).unwrap();
    let user = UserId::parse(&tenant.users[2].id).unwrap();
    let mut work = work(&nodes[0], &id).await;
    let app = apps::hold(&mut work.tx, &id).await.unwrap().unwrap();
    let session = sessions::begin(&mut work, &app, &user).await.unwrap();

    let client = nodes[1].admin.clone();
    let suspending = tokio::spawn(async move {
        let suspended = AppChanges::default().with_status(AppStatus::Suspended);
        client.apps().update("acme", &suspended).await.unwrap();
    });
    ended_or_waits(&nodes[0], &suspending).await;
    // The token is issued after the suspension was asked for.
    work.at = nodes[0].clock.now();
    let issued = tokens::for_session(&mut work, &app, &session)
        .await
        .unwrap();
    work.commit().await.unwrap();
    suspending.await.unwrap();

    let restored = AppChanges::default().with_status(AppStatus::Active);
    nodes[0]
        .admin
        .apps()
        .update("acme", &restored)
        .await
        .unwrap();
    let me = nodes[0].admin.with_bearer(issued.access_token.expose());
    assert_eq!(refused(me.me().get().await), Code::TokenRevoked);
}

/// Those who refresh and those who end sessions take their locks in one order: nobody is told to come
/// again because two waited for each other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refreshing_while_rights_and_sessions_change_is_no_deadlock() {
    let nodes = TestServer::nodes(2).await;
    let tenant = nodes[0].app("acme").await;
    let viewer = format!("/v1/apps/acme/users/{}", tenant.users[2].id);
    let (roles, sessions) = (format!("{viewer}/roles"), format!("{viewer}/sessions"));
    let editor = "/v1/apps/acme/roles/editor";
    let assignment = json!({ "role": "editor" }).to_string();
    let (one, two) = (&nodes[0], &nodes[1]);
    for _ in 0..8 {
        let token = one.sign_in("acme", "viewer@acme.example").await;
        let refresh = token.refresh_token.unwrap();
        let grant = json!({ "grant_type": "refresh_token", "refresh_token": refresh.expose() });
        let grant = grant.to_string();
        let (a, b, c, d, e, f) = tokio::join!(
            one.raw("POST", "/v1/apps/acme/tokens", "", Some(&grant)),
            two.raw("POST", "/v1/apps/acme/tokens", "", Some(&grant)),
            two.raw("POST", &roles, ADMIN_KEY, Some(&assignment)),
            one.raw("DELETE", &sessions, ADMIN_KEY, None),
            one.raw(
                "PATCH",
                editor,
                ADMIN_KEY,
                Some(r#"{"permissions":["app:read"]}"#)
            ),
            two.raw(
                "PATCH",
                editor,
                ADMIN_KEY,
                Some(r#"{"permissions":["users:read"]}"#)
            ),
        );
        for answer in [a, b, c, d, e, f] {
            assert!(answer.status < 500, "{} {}", answer.status, answer.text);
        }
    }
}

async fn someone_waits_for_a_lock(server: &TestServer) -> bool {
    let mut conn = server.heimdall().db.read().await.unwrap();
    let waiting = "SELECT COUNT(*) FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let (waiting,): (i64,) = conn.query(waiting).one().await.unwrap();
    waiting > 0
}

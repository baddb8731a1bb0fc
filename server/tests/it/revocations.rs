//! The revocation feed: what local verifiers must refuse.

use std::collections::BTreeSet;
use std::time::Duration;

use heimdall_sdk::{
    AppChanges, AppStatus, Client, Code, CredentialChanges, NewCredential, NewUser, Revocation,
    RevocationQuery,
};

use crate::support::{ADMIN_KEY, TestServer, refused};

/// Nobody waits as long; it keeps a test that would hang from hanging.
const PATIENCE: Duration = Duration::from_secs(20);

/// The state in force, and where to go on.
async fn snapshot(client: &Client, app: &str) -> (Vec<Revocation>, String) {
    let mut query = RevocationQuery::default().with_limit(3);
    let mut all = Vec::new();
    loop {
        let batch = client.app(app).revocations().list(&query).await.unwrap();
        all.extend(batch.data);
        if !batch.more {
            return (all, batch.next_cursor);
        }
        query = RevocationQuery::after(batch.next_cursor).with_limit(3);
    }
}

/// What comes after a cursor; waits for it.
async fn next(client: &Client, app: &str, after: &str) -> (Vec<Revocation>, String) {
    let query = RevocationQuery::after(after).with_wait(60);
    let feed = client.app(app).revocations();
    let batch = tokio::time::timeout(PATIENCE, feed.list(&query).into_future()).await;
    let batch = batch.expect("woken").unwrap();
    (batch.data, batch.next_cursor)
}

fn told(entry: &Revocation) -> (&str, &str, &str) {
    (
        entry.kind.as_str(),
        entry.id.as_str(),
        entry.reason.as_str(),
    )
}

/// Users with a session each, since of those who never had a token nobody has to be told.
async fn signed_in(server: &TestServer, count: usize) -> Vec<String> {
    let mut users = Vec::new();
    for at in 0..count {
        let user = NewUser::new(format!("user-{at}@acme.example"));
        let user = server
            .admin
            .app("acme")
            .users()
            .create(&user)
            .await
            .unwrap()
            .id;
        server
            .admin
            .app("acme")
            .users()
            .issue_token(&user)
            .await
            .unwrap();
        users.push(user);
    }
    users
}

on_both! {
    async fn each_way_to_be_refused_has_its_entry(server) {
        let tenant = server.app("acme").await;
        let acme = server.admin.app("acme");
        let viewer = tenant.users[2].id.as_str();
        let tokens = server.sign_in("acme", "viewer@acme.example").await;
        let (none, mut at) = snapshot(&server.admin, "acme").await;
        assert_eq!(none, []);
        let check = heimdall_sdk::VerifyToken::new(tokens.access_token.clone());
        let claims = acme.tokens().verify(&check).await.unwrap().claims.unwrap();
        let mut entry;

        acme.tokens().revoke(tokens.access_token.clone()).await.unwrap();
        (entry, at) = next(&server.admin, "acme", &at).await;
        assert_eq!(told(&entry[0]), ("token", claims.jti.as_str(), "revoked"));

        acme.users().assign_role(viewer, "editor").await.unwrap();
        (entry, at) = next(&server.admin, "acme", &at).await;
        assert_eq!(told(&entry[0]), ("user", viewer, "stale"));
        assert!(entry[0].not_before.timestamp_micros() > claims.iat_us.unwrap());

        acme.tokens().revoke(tokens.refresh_token.unwrap()).await.unwrap();
        (entry, at) = next(&server.admin, "acme", &at).await;
        assert_eq!(told(&entry[0]), ("session", claims.sid.as_deref().unwrap(), "revoked"));

        acme.users().deactivate(viewer).await.unwrap();
        (entry, at) = next(&server.admin, "acme", &at).await;
        assert_eq!(told(&entry[0]), ("user", viewer, "revoked"));

        let made = acme.credentials().create(&NewCredential::new("x", ["users:read"])).await.unwrap();
        acme.tokens().client_credentials(&made.client_id, made.client_secret.unwrap()).await.unwrap();
        let fewer = CredentialChanges::default().with_permissions([] as [&str; 0]);
        acme.credentials().update(&made.client_id, &fewer).await.unwrap();
        (entry, at) = next(&server.admin, "acme", &at).await;
        assert_eq!(told(&entry[0]), ("credential", made.client_id.as_str(), "stale"));
        acme.credentials().revoke(&made.client_id).await.unwrap();
        (entry, at) = next(&server.admin, "acme", &at).await;
        assert_eq!(told(&entry[0]), ("credential", made.client_id.as_str(), "revoked"));

        let suspended = AppChanges::default().with_status(AppStatus::Suspended);
        server.admin.apps().update("acme", &suspended).await.unwrap();
        (entry, at) = next(&server.admin, "acme", &at).await;
        assert_eq!(told(&entry[0]), ("app", tenant.app.id.as_str(), "revoked"));

        let active = server.admin.signing_keys().list(&Default::default()).await.unwrap().data.remove(0).kid;
        server.admin.signing_keys().delete(&active).await.unwrap();
        (entry, _) = next(&server.admin, "acme", &at).await;
        assert_eq!(told(&entry[0]), ("key", active.as_str(), "revoked"));
        assert_eq!(entry[0].app_id.as_deref(), Some("instance"));
    }

    async fn an_app_sees_its_own_entries_and_the_instance_all(server) {
        let acme = server.app("acme").await;
        let globex = server.app("globex").await;
        for (app, tenant) in [("acme", &acme), ("globex", &globex)] {
            server.sign_in(app, &format!("viewer@{app}.example")).await;
            server.admin.app(app).users().deactivate(&tenant.users[2].id).await.unwrap();
        }
        let own = server.client_of("acme", "admin@acme.example").await;
        let after = (next(&own, "acme", "0").await.0, next(&own, "acme", "0").await.0);
        assert_eq!(after.0, after.1);
        let (seen, _) = snapshot(&own, "acme").await;
        assert_eq!(seen.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>(), [acme.users[2].id.as_str()]);
        assert_eq!(refused(own.app("globex").revocations().list(&Default::default()).await), Code::NotFound);
        assert_eq!(refused(own.revocations().list(&Default::default()).await), Code::PermissionDenied);
        let mut found = BTreeSet::new();
        let mut query = RevocationQuery::default();
        while found.len() < 2 {
            let batch = server.admin.revocations().list(&query).await.unwrap();
            found.extend(batch.data.into_iter().map(|entry| entry.id));
            query = RevocationQuery::after(batch.next_cursor).with_wait(60);
        }
        assert_eq!(found, BTreeSet::from([acme.users[2].id.clone(), globex.users[2].id.clone()]));
    }

    async fn nothing_is_skipped_however_many_change_at_once(server) {
        server.app("acme").await;
        let users = signed_in(&server, 50).await;
        let (_, start) = snapshot(&server.admin, "acme").await;
        let client = server.admin.clone();
        let reading = tokio::spawn(async move {
            let (mut seen, mut at) = (Vec::new(), start);
            while seen.len() < 50 {
                let (entries, after) = next(&client, "acme", &at).await;
                seen.extend(entries.into_iter().map(|entry| entry.id));
                at = after;
            }
            seen
        });
        let changing = users.iter().map(|user| {
            let client = server.admin.clone();
            async move { client.app("acme").users().assign_role(user, "viewer").await.unwrap() }
        });
        futures_util::future::join_all(changing).await;
        let mut seen = reading.await.unwrap();
        seen.sort();
        assert_eq!(seen, users);
    }

    async fn an_entry_lasts_as_long_as_the_tokens_that_it_could_concern(server) {
        let tenant = server.app("acme").await;
        server.sign_in("acme", "viewer@acme.example").await;
        server.admin.app("acme").users().deactivate(&tenant.users[2].id).await.unwrap();
        let (_, at) = snapshot(&server.admin, "acme").await;
        assert_eq!(next(&server.admin, "acme", "0").await.0.len(), 1);
        // A day, which is the longest that a token lives, and what verifiers allow clocks to differ.
        server.advance(Duration::from_secs(24 * 3600 + 61));
        assert_eq!(snapshot(&server.admin, "acme").await.0, []);
        // Whoever was there before goes on from where they were.
        let query = RevocationQuery::after(&at);
        assert_eq!(server.admin.app("acme").revocations().list(&query).await.unwrap().data, []);
    }

    async fn a_cursor_that_is_none_is_named(server) {
        server.app("acme").await;
        for after in ["x", "-1", "1.5", "99999999999999999999"] {
            let answer = server.raw("GET", &format!("/v1/apps/acme/revocations?after={after}"), crate::support::ADMIN_KEY, None).await;
            assert_eq!((answer.status, answer.fields()), (400, vec!["after".to_owned()]), "{after}");
        }
        let answer = server.raw("GET", "/v1/apps/acme/revocations?wait=61", crate::support::ADMIN_KEY, None).await;
        assert_eq!((answer.status, answer.fields()), (400, vec!["wait".to_owned()]));
    }
}

on_both! {
    async fn a_cursor_ahead_of_the_feed_is_told_to_begin_again(server) {
        // As after a backup was restored: what comes next has numbers that were given before.
        let snapshot = server.raw("GET", "/v1/revocations", ADMIN_KEY, None).await.json();
        let last: i64 = snapshot["next_cursor"].as_str().unwrap().parse().unwrap();
        let ahead = format!("/v1/revocations?after={}&wait=60", last + 5);

        let answer = server.raw("GET", &ahead, ADMIN_KEY, None).await;

        assert_eq!((answer.status, answer.fields()), (400, vec!["after".to_owned()]));
    }
}

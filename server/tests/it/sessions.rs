//! Sessions: refreshed, reused, ended.

use std::time::Duration;

use heimdall_sdk::{Client, Code, ListQuery};

use crate::support::{code_of, refreshed, refused};

on_both! {
    async fn a_refresh_token_is_good_once_and_its_reuse_ends_the_session(server) {
        server.app("acme").await;
        let first = server.sign_in("acme", "viewer@acme.example").await;
        let second = refreshed(&server, &first).await.unwrap();
        assert_ne!(second.refresh_token, first.refresh_token);
        server.advance(Duration::from_secs(11));
        assert_eq!(refused(refreshed(&server, &first).await), Code::TokenRevoked);
        assert_eq!(refused(refreshed(&server, &second).await), Code::TokenRevoked);
        assert_eq!(code_of(&server, &second).await, Some(Code::TokenRevoked));
        let events = server.events_of("acme").await;
        let reuse = events.iter().filter(|event| event.kind.as_str() == "session.reuse_detected");
        assert_eq!(reuse.count(), 1);
    }

    async fn requests_that_race_with_one_refresh_token_get_the_same_successor(server) {
        server.app("acme").await;
        let first = server.sign_in("acme", "viewer@acme.example").await;
        let refresh = first.refresh_token.clone().unwrap();
        let racing = (0..24).map(|_| {
            let (client, refresh) = (server.admin.clone(), refresh.clone());
            tokio::spawn(async move { client.app("acme").tokens().refresh(refresh).await })
        });
        let mut successors = Vec::new();
        for raced in racing.collect::<Vec<_>>() {
            successors.push(raced.await.unwrap().unwrap());
        }
        assert!(successors.iter().all(|other| other.refresh_token == successors[0].refresh_token));
        for successor in &successors {
            assert_eq!(code_of(&server, successor).await, None);
        }
        refreshed(&server, &successors[0]).await.unwrap();
    }

    async fn a_session_ends_when_it_is_due_however_often_it_is_refreshed(server) {
        server.app("acme").await;
        let mut token = server.sign_in("acme", "viewer@acme.example").await;
        for _ in 0..29 {
            server.advance(Duration::from_secs(24 * 3600));
            token = refreshed(&server, &token).await.unwrap();
        }
        server.advance(Duration::from_secs(24 * 3600 - 600));
        token = refreshed(&server, &token).await.unwrap();
        assert!(token.expires_in <= 600, "an access token outlives its session by {} s", token.expires_in);
        server.advance(Duration::from_secs(601));
        assert_eq!(refused(refreshed(&server, &token).await), Code::TokenExpired);
        assert_eq!(code_of(&server, &token).await, Some(Code::TokenExpired));
    }

    async fn sessions_of_a_user_are_those_that_last(server) {
        let tenant = server.app("acme").await;
        let first = server.sign_in("acme", "viewer@acme.example").await;
        server.sign_in("acme", "viewer@acme.example").await;
        let me: Client = server.admin.with_bearer(first.access_token.clone());
        let mine = me.me().sessions(&ListQuery::default()).await.unwrap().data;
        assert_eq!(mine.iter().filter(|session| session.current).count(), 1);
        assert_eq!(mine.len(), 2);
        server.admin.app("acme").users().revoke_sessions(&tenant.users[2].id).await.unwrap();
        assert_eq!(code_of(&server, &first).await, Some(Code::TokenRevoked));
    }
}

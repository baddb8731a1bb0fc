//! One-time links: used once, for what they were made for.

use std::time::Duration;

use heimdall_sdk::{AcceptLink, Code, UserChanges};

use crate::support::{PASSWORD, refused};

on_both! {
    async fn a_reset_sets_the_password_once_and_ends_the_sessions(server) {
        let tenant = server.app("acme").await;
        let me = server.client_of("acme", "viewer@acme.example").await;
        let link = server.admin.app("acme").password_resets().create(&tenant.users[2].id, &Default::default()).await.unwrap();
        let stranger = server.admin.without_bearer();
        assert_eq!(stranger.links().get(link.token.clone()).await.unwrap().email, "viewer@acme.example");
        let weak = stranger.links().accept(link.token.clone(), &AcceptLink::password("short")).await;
        assert_eq!(refused(weak), Code::ValidationError);
        let new = AcceptLink::password("a brand new password");
        stranger.links().accept(link.token.clone(), &new).await.unwrap();
        assert_eq!(refused(stranger.links().accept(link.token.clone(), &new).await), Code::LinkUsed);
        assert_eq!(refused(me.me().get().await), Code::TokenRevoked);
        let grants = server.admin.app("acme").tokens();
        assert_eq!(refused(grants.password("viewer@acme.example", PASSWORD).await), Code::InvalidCredentials);
        grants.password("viewer@acme.example", "a brand new password").await.unwrap();
    }

    async fn of_many_who_use_a_link_at_once_one_does(server) {
        let tenant = server.app("acme").await;
        let link = server.admin.app("acme").password_resets().create(&tenant.users[2].id, &Default::default()).await.unwrap();
        let mut using = tokio::task::JoinSet::new();
        for number in 0..12 {
            let (client, token) = (server.admin.without_bearer(), link.token.clone());
            using.spawn(async move {
                client.links().accept(token, &AcceptLink::password(format!("a new password {number}"))).await.is_ok()
            });
        }
        assert_eq!(using.join_all().await.into_iter().filter(|used| *used).count(), 1);
    }

    async fn the_latest_link_voids_those_before_and_expires_itself(server) {
        let tenant = server.app("acme").await;
        let resets = server.admin.app("acme").password_resets();
        let first = resets.create(&tenant.users[2].id, &Default::default()).await.unwrap();
        let second = resets.create(&tenant.users[2].id, &Default::default()).await.unwrap();
        let stranger = server.admin.without_bearer();
        assert_eq!(refused(stranger.links().get(first.token).await), Code::LinkExpired);
        server.advance(Duration::from_secs(3600));
        assert_eq!(refused(stranger.links().get(second.token).await), Code::LinkExpired);
        assert_eq!(refused(stranger.links().get("hdl_unknown").await), Code::NotFound);
    }

    async fn an_address_is_verified_only_while_it_is_the_users(server) {
        let tenant = server.app("acme").await;
        let user = &tenant.users[2].id;
        let verifications = server.admin.app("acme").email_verifications();
        let stale = verifications.create(user, &Default::default()).await.unwrap();
        let users = server.admin.app("acme").users();
        users.update(user, &UserChanges::default().with_email("new@acme.example")).await.unwrap();
        let stranger = server.admin.without_bearer();
        let accept = AcceptLink::verification();
        assert_eq!(refused(stranger.links().accept(stale.token, &accept).await), Code::LinkExpired);
        assert!(!users.get(user).await.unwrap().email_verified);
        let link = verifications.create(user, &Default::default()).await.unwrap();
        let done = stranger.links().accept(link.token, &accept).await.unwrap();
        assert!(done.user.email_verified);
    }

    async fn the_page_behind_a_reset_sets_the_password(server) {
        let tenant = server.app("acme").await;
        let link = server.admin.app("acme").password_resets().create(&tenant.users[2].id, &Default::default()).await.unwrap();
        let http = reqwest::Client::new();
        let url = link.url.expose().to_owned();
        assert!(http.get(&url).send().await.unwrap().text().await.unwrap().contains("Set a new password"));
        assert_eq!(http.post(&url).form(&[("password", "short")]).send().await.unwrap().status(), 400);
        assert_eq!(http.post(&url).form(&[("password", "a brand new password")]).send().await.unwrap().status(), 200);
        assert_eq!(http.get(&url).send().await.unwrap().status(), 410);
    }
}

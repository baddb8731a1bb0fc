//! Invites: who may join, as what, and how often.

use std::time::Duration;

use heimdall_sdk::{AcceptInvite, Code, InviteStatus, NewInvite, RoleChanges};

use crate::support::{PASSWORD, refused};

on_both! {
    async fn an_invite_is_previewed_and_accepted(server) {
        server.app("acme").await;
        let editor = server.client_of("acme", "editor@acme.example").await;
        let made = editor.app("acme").invites().create(&NewInvite::new("bob@x.example").with_role("editor")).await.unwrap();
        let token = made.token.unwrap();
        assert_eq!(made.invite_url.unwrap().expose(), format!("{}/invites/{}", server.base, token.expose()));
        let invites = server.admin.without_bearer();
        let preview = invites.invites().preview(token.clone()).await.unwrap();
        assert_eq!((preview.app_display_name.as_str(), preview.email.as_deref()), ("The acme company", Some("bob@x.example")));
        let welcome = invites.invites().accept(token.clone(), &AcceptInvite::new("Bob", PASSWORD)).await.unwrap();
        assert_eq!(welcome.user.roles, ["editor"]);
        assert!(welcome.user.email_verified);
        server.admin.with_bearer(welcome.tokens.access_token).me().get().await.unwrap();
        assert_eq!(refused(invites.invites().preview(token).await), Code::InviteUsed);
        let listed = server.admin.app("acme").invites().get(&made.id).await.unwrap();
        assert_eq!((listed.status, listed.uses, listed.token), (InviteStatus::Accepted, 1, None));
    }

    async fn of_24_who_accept_an_invite_of_3_three_do(server) {
        server.app("acme").await;
        let mut invite = NewInvite::new("x").with_role("viewer").with_max_uses(3);
        invite.email = None;
        let made = server.admin.app("acme").invites().create(&invite).await.unwrap();
        let token = made.token.unwrap();
        let mut accepting = tokio::task::JoinSet::new();
        for number in 0..24 {
            let (client, token) = (server.admin.without_bearer(), token.clone());
            accepting.spawn(async move {
                let accept = AcceptInvite::new("Guest", PASSWORD).with_email(format!("guest{number}@x.example"));
                client.invites().accept(token, &accept).await
            });
        }
        let outcomes = accepting.join_all().await;
        let (joined, late): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(joined.len(), 3);
        assert!(late.into_iter().all(|outcome| refused(outcome) == Code::InviteUsed));
        let users = server.admin.app("acme").users().list(&Default::default()).all().collect().await.unwrap();
        assert_eq!(users.len(), 3 + 3);
    }

    async fn what_is_refused_uses_nothing_up(server) {
        server.app("acme").await;
        let made = server.admin.app("acme").invites().create(&NewInvite::new("bob@x.example").with_role("viewer")).await.unwrap();
        let token = made.token.unwrap();
        let invites = server.admin.without_bearer();
        let accept = async |accept: AcceptInvite| refused(invites.invites().accept(token.clone(), &accept).await);
        assert_eq!(accept(AcceptInvite::new("Bob", "short")).await, Code::ValidationError);
        assert_eq!(accept(AcceptInvite::new("Bob", PASSWORD).with_email("eve@x.example")).await, Code::ValidationError);
        let extra = r#"{"password": "correct horse battery", "role": "admin"}"#;
        let path = format!("/v1/invites/{}/accept", token.expose());
        assert_eq!(server.raw("POST", &path, "", Some(extra)).await.fields(), ["role"]);
        invites.invites().accept(token.clone(), &AcceptInvite::new("Bob", PASSWORD)).await.unwrap();
    }

    async fn an_expired_a_revoked_and_an_unknown_invite_are_told_apart(server) {
        server.app("acme").await;
        let invites = server.admin.app("acme").invites();
        let expired = invites.create(&NewInvite::new("a@x.example").with_role("viewer").with_expires_in_hours(1)).await.unwrap();
        let revoked = invites.create(&NewInvite::new("b@x.example").with_role("viewer")).await.unwrap();
        invites.revoke(&revoked.id).await.unwrap();
        server.advance(Duration::from_secs(3600));
        let stranger = server.admin.without_bearer();
        let accept = AcceptInvite::new("Guest", PASSWORD);
        assert_eq!(refused(stranger.invites().accept(expired.token.unwrap(), &accept).await), Code::InviteExpired);
        assert_eq!(refused(stranger.invites().accept(revoked.token.unwrap(), &accept).await), Code::InviteRevoked);
        assert_eq!(refused(stranger.invites().accept("hdi_unknown", &accept).await), Code::NotFound);
    }

    async fn an_invite_gives_no_more_than_its_inviter_could_by_now(server) {
        let tenant = server.app("acme").await;
        let editor = server.client_of("acme", "editor@acme.example").await;
        let higher = editor.app("acme").invites().create(&NewInvite::new("x@x.example").with_role("admin")).await;
        assert_eq!(refused(higher), Code::PermissionDenied);
        let invite = |email: &str| NewInvite::new(email).with_role("viewer");
        let admin = server.client_of("acme", "admin@acme.example").await;
        let one = admin.app("acme").invites().create(&invite("one@x.example")).await.unwrap();
        let two = admin.app("acme").invites().create(&invite("two@x.example")).await.unwrap();
        let three = admin.app("acme").invites().create(&invite("three@x.example")).await.unwrap();
        let accept = AcceptInvite::new("Guest", PASSWORD);
        let stranger = server.admin.without_bearer();
        stranger.invites().accept(one.token.unwrap(), &accept).await.unwrap();
        // The role grows past what the inviter holds.
        let roles = server.admin.app("acme").roles();
        roles.update("viewer", &RoleChanges::default().with_permissions(["moon:walk"])).await.unwrap();
        assert_eq!(refused(stranger.invites().accept(two.token.unwrap(), &accept).await), Code::InviteRevoked);
        // The inviter is gone.
        roles.update("viewer", &RoleChanges::default().with_permissions(["app:read"])).await.unwrap();
        server.admin.app("acme").users().deactivate(&tenant.users[0].id).await.unwrap();
        assert_eq!(refused(stranger.invites().accept(three.token.unwrap(), &accept).await), Code::InviteRevoked);
    }

    async fn another_app_has_no_such_invite(server) {
        server.app("acme").await;
        server.app("globex").await;
        let made = server.admin.app("acme").invites().create(&NewInvite::new("b@x.example").with_role("viewer")).await.unwrap();
        let stranger = server.client_of("globex", "admin@globex.example").await;
        for app in ["acme", "globex"] {
            assert_eq!(refused(stranger.app(app).invites().get(&made.id).await), Code::NotFound);
            assert_eq!(refused(stranger.app(app).invites().revoke(&made.id).await), Code::NotFound);
        }
        server.admin.without_bearer().invites().preview(made.token.unwrap()).await.unwrap();
    }

    async fn the_page_behind_the_link_joins_without_a_script(server) {
        server.app("acme").await;
        let made = server.admin.app("acme").invites().create(&NewInvite::new("bob@x.example").with_role("viewer")).await.unwrap();
        let url = made.invite_url.unwrap().expose().to_owned();
        let http = reqwest::Client::new();
        let page = http.get(&url).send().await.unwrap();
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(page.headers()["referrer-policy"], "no-referrer");
        let html = page.text().await.unwrap();
        assert!(html.contains("Join The acme company") && !html.contains("<script"), "{html}");
        let weak = http.post(&url).form(&[("password", "short"), ("display_name", "Bob <i>")]).send().await.unwrap();
        assert_eq!(weak.status(), 400);
        let html = weak.text().await.unwrap();
        assert!(html.contains("must be at least 10 characters") && html.contains("value=\"Bob &lt;i&gt;\""), "{html}");
        let foreign = http.post(&url).header("sec-fetch-site", "cross-site").form(&[("password", PASSWORD)]).send().await.unwrap();
        assert_eq!(foreign.status(), 403);
        let joined = http.post(&url).form(&[("password", PASSWORD)]).send().await.unwrap();
        assert_eq!(joined.status(), 201);
        assert_eq!(http.get(&url).send().await.unwrap().status(), 410);
        server.admin.app("acme").tokens().password("bob@x.example", PASSWORD).await.unwrap();
    }
}

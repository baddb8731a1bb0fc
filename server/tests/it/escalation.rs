//! No one can give what they don't hold, nor act on a user who holds more: every way up, tried by
//! somebody who holds all but one permission, whatever kind of caller they are.

use heimdall_sdk::{
    Client, Code, CredentialChanges, Error, ListQuery, NewAdminKey, NewCredential, NewInvite,
    NewRole, NewUser, RoleChanges, UserChanges, UserStatus,
};

use crate::support::{ADMIN_PERMISSIONS, PASSWORD, TestServer, refused};

/// What the climber lacks; the role `admin` gives it.
const LACKED: &str = "billing:write";

/// Refused, and for this reason alone.
#[track_caller]
fn is_above_them<T: std::fmt::Debug>(what: &str, outcome: Result<T, Error>) {
    match outcome {
        Err(Error::Api {
            code: Code::PermissionDenied,
            details,
            ..
        }) => {
            let missing: Vec<_> = details
                .iter()
                .map(|detail| detail.reason.as_str())
                .collect();
            assert_eq!(missing, [LACKED], "{what}");
        }
        other => panic!("{what}: {other:?}"),
    }
}

/// All kinds of callers that hold everything but [`LACKED`] in acme: a user, a service, a key of
/// the App and one of the instance.
async fn climbers(server: &TestServer) -> Vec<(&'static str, Client)> {
    let held: Vec<_> = ADMIN_PERMISSIONS
        .iter()
        .copied()
        .filter(|held| *held != LACKED)
        .collect();
    let acme = server.admin.app("acme");
    acme.roles()
        .create(&NewRole::new("manager", held.clone()))
        .await
        .unwrap();
    let user = NewUser::new("manager@acme.example")
        .with_password(PASSWORD)
        .with_role("manager");
    acme.users().create(&user).await.unwrap();
    let service = acme
        .credentials()
        .create(&NewCredential::new("manager", held.clone()))
        .await
        .unwrap();
    let secret = service.client_secret.unwrap();
    let service = acme
        .tokens()
        .client_credentials(service.client_id, secret)
        .await
        .unwrap();
    let bound = NewAdminKey::new("bound", held.clone()).with_app("acme");
    let bound = server.admin.admin_keys().create(&bound).await.unwrap();
    let everywhere = server
        .admin
        .admin_keys()
        .create(&NewAdminKey::new("everywhere", held))
        .await
        .unwrap();
    vec![
        (
            "a user",
            server.client_of("acme", "manager@acme.example").await,
        ),
        ("a service", server.admin.with_bearer(service.access_token)),
        (
            "a key of the App",
            server.admin.with_bearer(bound.key.unwrap()),
        ),
        (
            "a key of the instance",
            server.admin.with_bearer(everywhere.key.unwrap()),
        ),
    ]
}

on_both! {
    async fn nobody_gives_what_they_do_not_hold(server) {
        server.app("acme").await;
        let acme = server.admin.app("acme");
        let member = acme.users().create(&NewUser::new("member@acme.example").with_role("viewer")).await.unwrap().id;
        let strong = acme.roles().get("admin").await.unwrap().id;
        let weak = acme.credentials().create(&NewCredential::new("weak", ["users:read"])).await.unwrap().client_id;
        let climbers = climbers(&server).await;
        let before = server.events_of("acme").await;
        let more = RoleChanges::default().with_permissions(["app:read", LACKED]);
        let promoted = UserChanges::default().with_roles(["viewer", "admin"]);
        let stronger = CredentialChanges::default().with_permissions([LACKED]);
        for (who, climber) in &climbers {
            let what = |way: &str| format!("{way} by {who}");
            let (users, roles) = (climber.app("acme").users(), climber.app("acme").roles());
            let credentials = climber.app("acme").credentials();
            is_above_them(&what("create a role"), roles.create(&NewRole::new("boss", [LACKED])).await);
            is_above_them(&what("strengthen a role"), roles.update("viewer", &more).await);
            is_above_them(&what("assign a role"), users.assign_role(&member, "admin").await);
            is_above_them(&what("assign a role by its id"), users.assign_role(&member, &strong).await);
            is_above_them(&what("change a user's roles"), users.update(&member, &promoted).await);
            let boss = NewUser::new("boss@acme.example");
            is_above_them(&what("create a user with a role"), users.create(&boss.clone().with_role("admin")).await);
            is_above_them(&what("create a user with roles"), users.create(&boss.with_roles(["viewer", "admin"])).await);
            is_above_them(&what("create a credential"), credentials.create(&NewCredential::new("x", [LACKED])).await);
            is_above_them(&what("strengthen a credential"), credentials.update(&weak, &stronger).await);
            let invite = NewInvite::new("boss@acme.example").with_role("admin");
            is_above_them(&what("invite with a role"), climber.app("acme").invites().create(&invite).await);
        }
        assert_eq!(server.events_of("acme").await, before);
    }

    async fn nobody_acts_on_a_user_who_holds_more(server) {
        let tenant = server.app("acme").await;
        let admin = tenant.users[0].id.clone();
        let acme = server.admin.app("acme");
        acme.users().issue_token(&admin).await.unwrap();
        let session = acme.users().sessions(&admin, &ListQuery::default()).await.unwrap().data.remove(0).id;
        let climbers = climbers(&server).await;
        let before = server.events_of("acme").await;
        for (who, climber) in &climbers {
            let what = |way: &str| format!("{way} by {who}");
            let users = climber.app("acme").users();
            let changes = UserChanges::default;
            is_above_them(&what("change the address"), users.update(&admin, &changes().with_email("mine@acme.example")).await);
            is_above_them(&what("change the name"), users.update(&admin, &changes().with_display_name("Me")).await);
            is_above_them(&what("suspend"), users.update(&admin, &changes().with_status(UserStatus::Suspended)).await);
            is_above_them(&what("strip of roles"), users.update(&admin, &changes().with_roles([] as [&str; 0])).await);
            is_above_them(&what("assign a weak role"), users.assign_role(&admin, "viewer").await);
            is_above_them(&what("remove a role"), users.remove_role(&admin, "admin").await);
            is_above_them(&what("remove a role that is off"), users.remove_role(&admin, "viewer").await);
            is_above_them(&what("deactivate"), users.deactivate(&admin).await);
            is_above_them(&what("purge"), users.purge(&admin).await);
            is_above_them(&what("set the password"), users.set_password(&admin, "taken over by me").await);
            is_above_them(&what("issue a token"), users.issue_token(&admin).await);
            is_above_them(&what("end the sessions"), users.revoke_sessions(&admin).await);
            let (resets, verifications) = (climber.app("acme").password_resets(), climber.app("acme").email_verifications());
            is_above_them(&what("make a reset link"), resets.create(&admin, &Default::default()).await);
            is_above_them(&what("make a verification link"), verifications.create(&admin, &Default::default()).await);
            is_above_them(&what("end a session"), climber.app("acme").sessions().revoke(&session).await);
        }
        assert_eq!(server.events_of("acme").await, before);
        server.sign_in("acme", "admin@acme.example").await;
    }

    async fn nobody_touches_a_role_or_a_credential_that_gives_more(server) {
        server.app("acme").await;
        let acme = server.admin.app("acme");
        let strong = acme.credentials().create(&NewCredential::new("strong", [LACKED])).await.unwrap();
        let second = acme.credentials().create_secret(&strong.client_id).await.unwrap().id;
        let climbers = climbers(&server).await;
        let before = server.events_of("acme").await;
        let (client, renamed) = (strong.client_id.as_str(), CredentialChanges::default().with_name("x"));
        for (who, climber) in &climbers {
            let what = |way: &str| format!("{way} by {who}");
            let (roles, credentials) = (climber.app("acme").roles(), climber.app("acme").credentials());
            let weaker = RoleChanges::default().with_permissions(["app:read"]);
            is_above_them(&what("weaken a role"), roles.update("admin", &weaker).await);
            is_above_them(&what("rename a role"), roles.update("admin", &RoleChanges::default().with_name("x")).await);
            is_above_them(&what("delete a role"), roles.delete("admin").await);
            is_above_them(&what("delete a role by force"), roles.delete_even_if_in_use("admin").await);
            is_above_them(&what("rename a credential"), credentials.update(client, &renamed).await);
            is_above_them(&what("make a secret"), credentials.create_secret(client).await);
            is_above_them(&what("delete a secret"), credentials.delete_secret(client, &second).await);
            is_above_them(&what("revoke a credential"), credentials.revoke(client).await);
        }
        assert_eq!(server.events_of("acme").await, before);
    }

    async fn what_they_hold_they_may_give_to_whoever_holds_no_more(server) {
        server.app("acme").await;
        for (who, climber) in climbers(&server).await {
            let within = climber.app("acme");
            let name = who.replace(' ', "-").to_lowercase();
            within.roles().create(&NewRole::new(name.as_str(), ["billing:read"])).await.unwrap();
            let user = NewUser::new(format!("{name}@acme.example")).with_role(name.as_str());
            let user = within.users().create(&user).await.unwrap().id;
            within.users().assign_role(&user, "viewer").await.unwrap();
            within.users().set_password(&user, PASSWORD).await.unwrap();
            within.users().issue_token(&user).await.unwrap();
            within.users().remove_role(&user, &name).await.unwrap();
            within.users().purge(&user).await.unwrap();
            within.roles().delete(&name).await.unwrap();
        }
    }

    async fn a_role_can_not_be_climbed_by_its_own_wearer(server) {
        let tenant = server.app("acme").await;
        let editor = server.client_of("acme", "editor@acme.example").await;
        let own = &tenant.users[1].id;
        let more = RoleChanges::default().with_permissions(["users:write", "app:write"]);
        assert_eq!(refused(editor.app("acme").roles().update("editor", &more).await), Code::PermissionDenied);
        let users = editor.app("acme").users();
        assert_eq!(refused(users.assign_role(own, "admin").await), Code::PermissionDenied);
        let both = UserChanges::default().with_roles(["editor", "admin"]);
        assert_eq!(refused(users.update(own, &both).await), Code::PermissionDenied);
    }

    async fn permissions_have_no_second_spelling_to_climb_by(server) {
        server.app("acme").await;
        let editor = server.sign_in("acme", "editor@acme.example").await;
        let editor = editor.access_token.expose();
        for spelling in ["*", "users:*", "*:*", "Billing:write", " billing:write ", "billing:write\\u0000", "billing:write:x"] {
            let body = format!(r#"{{"name":"boss","permissions":["{spelling}"]}}"#);
            let answer = server.raw("POST", "/v1/apps/acme/roles", editor, Some(&body)).await;
            assert_eq!(answer.status, 400, "{spelling}: {}", answer.text);
        }
        let twice = r#"{"name":"boss","permissions":["billing:read","billing:write"]}"#;
        let answer = server.raw("POST", "/v1/apps/acme/roles", editor, Some(twice)).await;
        assert_eq!(answer.status, 403, "{}", answer.text);
    }

    async fn a_key_can_not_make_a_stronger_key(server) {
        server.app("acme").await;
        let keys = server.admin.admin_keys();
        let new = NewAdminKey::new("keys only", ["admin_keys:write", "users:read"]);
        let weak = keys.create(&new).await.unwrap().key.unwrap();
        let weak = server.admin.with_bearer(weak);
        let outcome = weak.admin_keys().create(&NewAdminKey::new("x", ["users:read", LACKED])).await;
        is_above_them("a stronger key", outcome);
        let everything = weak.admin_keys().create(&NewAdminKey::new("x", ["*"])).await;
        assert_eq!(refused(everything), Code::PermissionDenied);
        let bound = weak.admin_keys().create(&NewAdminKey::new("x", ["*"]).with_app("acme")).await;
        assert_eq!(refused(bound), Code::PermissionDenied);
        weak.admin_keys().create(&NewAdminKey::new("same", ["users:read"])).await.unwrap();
    }

    async fn what_a_request_can_not_set_it_is_refused_for(server) {
        let tenant = server.app("acme").await;
        let editor = server.sign_in("acme", "editor@acme.example").await;
        let editor = editor.access_token.expose();
        let path = format!("/v1/apps/acme/users/{}", tenant.users[2].id);
        for field in ["id", "app_id", "permissions", "created_at", "password_hash", "is_admin", "tokens_not_before_us"] {
            let body = format!(r#"{{"{field}":"x"}}"#);
            let answer = server.raw("PATCH", &path, editor, Some(&body)).await;
            assert_eq!((answer.status, answer.fields()), (400, vec![field.to_owned()]), "{}", answer.text);
        }
    }
}

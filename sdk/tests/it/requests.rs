//! What is sent.

use heimdall_sdk::{
    AcceptInvite, AppChanges, ClientAuth, Error, EventQuery, NewApp, NewRole, NewUser, OAuthGrant,
    SettingsChanges, UserChanges, UserQuery, UserStatus,
};
use serde_json::{Value, json};

use crate::server::{Seen, Server, ok};

/// Sends one call to a server that answers it with `{}`, and gives what came.
macro_rules! sent {
    ($client:ident => $call:expr) => {{
        let server = Server::start([ok("{}")]).await;
        let $client = server.client();
        let _ = $call.await;
        server.seen().pop().expect("nothing was sent")
    }};
}

fn json_of(seen: &Seen) -> Value {
    serde_json::from_str(&seen.body).unwrap()
}

#[tokio::test]
async fn a_call_carries_its_caller_its_agent_and_its_body() {
    let owner = NewUser::new("ada@acme.example")
        .with_password("correct horse")
        .with_role("admin");
    let app = NewApp::new("acme")
        .with_display_name("Acme Corp")
        .with_metadata([("plan", "pro")])
        .with_settings(SettingsChanges::default().with_password_min_length(12))
        .with_role(NewRole::new("admin", ["users:invite"]))
        .with_owner(owner);
    let seen = sent!(client => client.apps().create(&app));

    assert_eq!(seen.line, "POST /heimdall/v1/apps");
    assert_eq!(seen.header("authorization"), Some("Bearer hdk_test"));
    assert_eq!(seen.header("content-type"), Some("application/json"));
    assert!(
        seen.header("user-agent")
            .unwrap()
            .starts_with("heimdall-sdk/")
    );
    assert_eq!(
        json_of(&seen),
        json!({
            "name": "acme",
            "display_name": "Acme Corp",
            "metadata": {"plan": "pro"},
            "settings": {"password_min_length": 12},
            "roles": [{"name": "admin", "permissions": ["users:invite"]}],
            "owner": {"email": "ada@acme.example", "password": "correct horse", "role": "admin"},
        })
    );
}

#[tokio::test]
async fn what_is_not_given_is_not_sent() {
    let seen = sent!(client => client.apps().create(&NewApp::new("acme")));
    assert_eq!(json_of(&seen), json!({"name": "acme"}));
}

#[tokio::test]
async fn a_patch_tells_absent_from_null() {
    let changes = UserChanges::default()
        .clear_display_name()
        .with_roles(["member"]);
    let seen = sent!(client => client.app("acme").users().update("usr_1", &changes));
    assert_eq!(seen.line, "PATCH /heimdall/v1/apps/acme/users/usr_1");
    assert_eq!(
        json_of(&seen),
        json!({"display_name": null, "roles": ["member"]})
    );

    let settings = SettingsChanges::default().clear_invite_url_template();
    let changes = AppChanges::default().with_settings(settings);
    let seen = sent!(client => client.apps().update("acme", &changes));
    assert_eq!(
        json_of(&seen),
        json!({"settings": {"invite_url_template": null}})
    );
}

#[tokio::test]
async fn an_id_stays_within_its_segment_of_the_path() {
    let seen = sent!(client => client.app("a/b").users().remove_role("usr_1", "x?y#z"));
    assert_eq!(
        seen.line,
        "DELETE /heimdall/v1/apps/a%2Fb/users/usr_1/roles/x%3Fy%23z"
    );
}

#[tokio::test]
async fn an_id_that_could_name_another_resource_is_not_sent() {
    let server = Server::start([]).await;
    for id in ["", ".", ".."] {
        let refused = server.client().app("acme").users().deactivate(id).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{id:?}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_query_holds_what_was_set_and_is_encoded() {
    let query = UserQuery::default()
        .with_email("a+b@acme.example")
        .with_status(UserStatus::Active);
    let seen = sent!(client => client.app("acme").users().list(&query.with_limit(10)));
    let expected =
        "GET /heimdall/v1/apps/acme/users?email=a%2Bb%40acme.example&status=active&limit=10";
    assert_eq!(seen.line, expected);

    let seen = sent!(client => client.app("acme").users().list(&UserQuery::default()));
    assert_eq!(seen.line, "GET /heimdall/v1/apps/acme/users");

    let seen =
        sent!(client => client.app("acme").events().list(&EventQuery::after(41).with_wait(0)));
    assert_eq!(
        seen.line,
        "GET /heimdall/v1/apps/acme/events?after=41&wait=0"
    );
}

#[tokio::test]
async fn what_needs_no_bearer_is_not_shown_one() {
    let acceptance = AcceptInvite::new("Bob", "correct horse");
    let seen = sent!(client => client.invites().accept("hdi_x", &acceptance));
    assert_eq!(seen.line, "POST /heimdall/v1/invites/hdi_x/accept");
    assert_eq!(seen.header("authorization"), None);

    let seen = sent!(client => client.app("acme").tokens().client_credentials("hci_1", "hds_1"));
    assert_eq!(seen.header("authorization"), None);
    let expected =
        json!({"grant_type": "client_credentials", "client_id": "hci_1", "client_secret": "hds_1"});
    assert_eq!(json_of(&seen), expected);
}

#[tokio::test]
async fn another_caller_shares_the_client_and_not_the_bearer() {
    let seen = sent!(client => client.with_bearer("eyJ").me().get());
    assert_eq!(seen.header("authorization"), Some("Bearer eyJ"));
    let seen = sent!(client => client.without_bearer().me().get());
    assert_eq!(seen.header("authorization"), None);
}

#[tokio::test]
async fn oauth_goes_as_a_form_with_the_client_where_it_says() {
    let scoped = OAuthGrant::ClientCredentials {
        scope: Some("a:b c:d".to_owned()),
    };
    let seen = sent!(client => client.oauth().token(&ClientAuth::basic("hci_1", "hds_1"), &scoped));
    assert_eq!(seen.line, "POST /heimdall/v1/oauth/token");
    assert_eq!(seen.header("authorization"), Some("Basic aGNpXzE6aGRzXzE="));
    assert_eq!(
        seen.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(seen.body, "grant_type=client_credentials&scope=a%3Ab+c%3Ad");

    let seen = sent!(client => client.oauth().revoke(&ClientAuth::body("hci_1", "hds_1"), "hdr_1"));
    assert_eq!(seen.header("authorization"), None);
    assert_eq!(seen.body, "token=hdr_1&client_id=hci_1&client_secret=hds_1");
}

#[tokio::test]
async fn health_is_asked_outside_the_base_path() {
    let seen = sent!(client => client.health().ready());
    assert_eq!(seen.line, "GET /readyz");
    let seen = sent!(client => client.metadata().authorization_server());
    assert_eq!(
        seen.line,
        "GET /heimdall/.well-known/oauth-authorization-server"
    );
}

#[tokio::test]
async fn a_request_can_be_given_its_name() {
    let seen = sent!(client => client.me().get().request_id("req-1"));
    assert_eq!(seen.header("x-request-id"), Some("req-1"));
}

#[tokio::test]
async fn a_header_that_cannot_be_is_refused_before_anything_is_sent() {
    let server = Server::start([]).await;
    let client = server.client();
    assert!(matches!(
        client.me().get().request_id("a\nb").await,
        Err(Error::Invalid(_))
    ));
    assert!(matches!(
        client.with_bearer("a\nb").me().get().await,
        Err(Error::Invalid(_))
    ));
    assert!(server.seen().is_empty());
}

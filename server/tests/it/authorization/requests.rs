//! A request for each operation that would succeed, about something that was made for it and that
//! holds no permission: so the caller needs the operation's own permission and nothing else.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use heimdall_sdk::{Client, ListQuery, NewAdminKey, NewCredential, NewInvite, NewRole, NewUser};
use serde_json::{Value, json};

use super::rules::Operation;
use crate::support::{PASSWORD, TestServer};

/// What the path names but the App, and the body.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: String,
    /// With `{app}` still in it, where there is one.
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

impl Request {
    pub(super) fn path_in(&self, app: &str) -> String {
        self.path.replace("{app}", app)
    }

    /// The same about something that no App has: each id with other random characters in it.
    pub(super) fn about_nothing(&self, ids: &BTreeMap<String, String>) -> Self {
        let mut path = self.path.clone();
        for id in ids.values() {
            let (prefix, random) = id.split_at(id.len() - 10);
            let other: String = random.chars().rev().collect();
            let other = if other == random {
                "0123456789".into()
            } else {
                other
            };
            path = path.replace(id.as_str(), &format!("{prefix}{other}"));
        }
        Self {
            path,
            ..self.clone()
        }
    }
}

static COUNT: AtomicU32 = AtomicU32::new(0);

fn fresh(what: &str) -> String {
    format!("{what}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Makes what the operation is about in an App, and the request; the ids are those in its path.
pub(super) async fn request_in(
    server: &TestServer,
    app: &str,
    operation: &Operation,
) -> (Request, BTreeMap<String, String>) {
    let admin = &server.admin;
    let mut ids = BTreeMap::new();
    let holes: Vec<_> = operation.path.split('{').skip(1).collect();
    for hole in holes {
        let name = hole.split('}').next().unwrap();
        if name != "app" && !ids.contains_key(name) {
            make(server, admin, app, name, &mut ids).await;
        }
    }
    let mut path = operation.path.clone();
    for (name, id) in &ids {
        path = path.replace(&format!("{{{name}}}"), id);
    }
    ids.retain(|name, _| operation.path.contains(&format!("{{{name}}}")));
    let request = Request {
        method: operation.method.clone(),
        path,
        body: body(server, app, &operation.id).await,
    };
    (request, ids)
}

/// Makes what a part of a path names.
async fn make(
    server: &TestServer,
    admin: &Client,
    app: &str,
    name: &str,
    ids: &mut BTreeMap<String, String>,
) {
    let within = admin.app(app);
    let id = match name {
        "user" => {
            let user = NewUser::new(format!("{}@{app}.example", fresh("user")));
            within.users().create(&user).await.unwrap().id
        }
        "role" => {
            let role = NewRole::new(fresh("role"), [] as [&str; 0]);
            within.roles().create(&role).await.unwrap().id
        }
        "session" => {
            let user = NewUser::new(format!("{}@{app}.example", fresh("user")));
            let user = within.users().create(&user).await.unwrap().id;
            within.users().issue_token(&user).await.unwrap();
            let sessions = within.users().sessions(&user, &ListQuery::default()).await;
            sessions.unwrap().data.remove(0).id
        }
        "client_id" | "secret" => {
            let new = NewCredential::new(fresh("service"), [] as [&str; 0]);
            let made = within.credentials().create(&new).await.unwrap();
            let second = within.credentials().create_secret(&made.client_id).await;
            let second = second.unwrap().id;
            if name == "client_id" {
                // Whoever wants to make a second secret needs room for it.
                let free = within.credentials().delete_secret(&made.client_id, &second);
                free.await.unwrap();
            }
            ids.insert("client_id".into(), made.client_id);
            second
        }
        "invite" => {
            let role = NewRole::new(fresh("role"), [] as [&str; 0]);
            let role = within.roles().create(&role).await.unwrap();
            let invite = NewInvite::open().with_role(role.name);
            within.invites().create(&invite).await.unwrap().id
        }
        "webhook" => webhook(server, app).await,
        "delivery" => {
            let webhook = &ids["webhook"];
            let test = format!("/v1/apps/{app}/webhooks/{webhook}/test");
            server
                .raw("POST", &test, crate::support::ADMIN_KEY, None)
                .await;
            first_delivery(server, app, webhook).await
        }
        "key" => {
            let key = NewAdminKey::new(fresh("key"), ["app:read"]);
            admin.admin_keys().create(&key).await.unwrap().id
        }
        "kid" => admin.signing_keys().rotate().await.unwrap().kid,
        "token" => "hdi_unknown".to_owned(),
        other => panic!("what is {{{other}}} in a path?"),
    };
    match name {
        "client_id" => {}
        _ => drop(ids.insert(name.to_owned(), id)),
    }
}

async fn webhook(server: &TestServer, app: &str) -> String {
    let new = json!({ "url": "http://127.0.0.1:9/hook", "events": ["webhook.test"] }).to_string();
    let path = format!("/v1/apps/{app}/webhooks");
    let made = server
        .raw("POST", &path, crate::support::ADMIN_KEY, Some(&new))
        .await;
    made.json()["id"].as_str().unwrap().to_owned()
}

/// A delivery is made when the event is sealed, a moment after the request.
async fn first_delivery(server: &TestServer, app: &str, webhook: &str) -> String {
    let path = format!("/v1/apps/{app}/webhooks/{webhook}/deliveries");
    loop {
        let listed = server
            .raw("GET", &path, crate::support::ADMIN_KEY, None)
            .await;
        if let Some(id) = listed.json()["data"][0]["id"].as_str() {
            return id.to_owned();
        }
        tokio::task::yield_now().await;
    }
}

async fn body(server: &TestServer, app: &str, operation: &str) -> Option<Value> {
    let body = match operation {
        "create_app" => json!({ "name": fresh("tenant") }),
        "create_user" => json!({ "email": format!("{}@{app}.example", fresh("user")) }),
        "import_users" => {
            json!({ "users": [{ "email": format!("{}@{app}.example", fresh("user")) }] })
        }
        "create_role" => json!({ "name": fresh("role"), "permissions": [] }),
        "assign_role" => {
            let role = NewRole::new(fresh("role"), [] as [&str; 0]);
            json!({ "role": server.admin.app(app).roles().create(&role).await.unwrap().id })
        }
        "create_credential" => json!({ "name": fresh("service"), "permissions": [] }),
        "create_invite" => {
            let role = NewRole::new(fresh("role"), [] as [&str; 0]);
            json!({ "role": server.admin.app(app).roles().create(&role).await.unwrap().name })
        }
        "create_webhook" => json!({ "url": "http://127.0.0.1:9/hook", "events": ["webhook.test"] }),
        "create_admin_key" => json!({ "name": fresh("key"), "permissions": ["admin_keys:write"] }),
        "set_password" => json!({ "password": PASSWORD }),
        "change_my_password" => {
            json!({ "current_password": PASSWORD, "new_password": "another good one" })
        }
        "verify_token" | "revoke_token" => json!({ "token": "none of ours" }),
        "replay_deliveries" => json!({ "status": "failed" }),
        "update_app"
        | "update_user"
        | "update_role"
        | "update_credential"
        | "update_webhook"
        | "update_me"
        | "create_password_reset"
        | "create_email_verification" => json!({}),
        _ => return None,
    };
    Some(body)
}

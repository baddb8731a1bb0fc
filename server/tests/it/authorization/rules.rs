//! Who may call what: one rule for each operation of the document.

/// What a caller needs for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// No bearer: the request itself is the proof.
    Open,
    /// A permission, in the App that the path names.
    InApp(&'static str),
    /// A permission, and a key of the whole instance.
    Instance(&'static str),
    /// To be a signed-in user; no permission at all.
    Myself,
}

use crate::support::TestServer;
use Rule::{InApp, Instance, Myself, Open};

/// The rule of an operation, by its id in the document.
pub(super) fn rule(operation: &str) -> Option<Rule> {
    Some(match operation {
        "create_app" => Instance("apps:create"),
        "list_apps" => Instance("apps:list"),
        "get_app" => InApp("app:read"),
        "update_app" | "archive_app" => InApp("app:write"),

        "list_users" | "get_user" | "list_user_sessions" => InApp("users:read"),
        "create_user" | "update_user" | "delete_user" | "set_password" | "import_users"
        | "assign_role" | "remove_role" => InApp("users:write"),
        "create_password_reset" | "create_email_verification" => InApp("users:write"),
        "get_link" | "accept_link" => Open,

        "list_roles" | "get_role" | "list_permissions" => InApp("roles:read"),
        "create_role" | "update_role" | "delete_role" => InApp("roles:write"),

        "list_credentials" | "get_credential" => InApp("credentials:read"),
        "create_credential"
        | "update_credential"
        | "revoke_credential"
        | "create_credential_secret"
        | "delete_credential_secret" => InApp("credentials:write"),

        "list_invites" | "get_invite" => InApp("users:read"),
        "create_invite" | "revoke_invite" => InApp("users:invite"),
        "preview_invite" | "accept_invite" => Open,

        "list_webhooks" | "get_webhook" | "list_deliveries" => InApp("webhooks:read"),
        "create_webhook"
        | "update_webhook"
        | "delete_webhook"
        | "rotate_webhook_secret"
        | "test_webhook"
        | "redeliver"
        | "replay_deliveries" => InApp("webhooks:write"),

        "list_audit_logs" | "list_events" | "get_checkpoint" => InApp("audit:read"),
        "list_app_revocations" => InApp("revocations:read"),
        "list_revocations" => Instance("revocations:read"),

        "issue_token" | "get_jwks" => Open,
        "oauth_token" | "oauth_introspect" | "oauth_revoke" => Open,
        "verify_token" => InApp("tokens:verify"),
        "issue_user_token" => InApp("tokens:issue"),
        "revoke_token" | "revoke_session" | "revoke_user_sessions" => InApp("sessions:write"),

        "get_me" | "update_me" | "change_my_password" | "list_my_sessions"
        | "revoke_my_sessions" => Myself,

        "create_admin_key" | "list_admin_keys" | "revoke_admin_key" => Instance("admin_keys:write"),
        "list_signing_keys" | "rotate_signing_key" | "delete_signing_key" => {
            Instance("signing_keys:write")
        }
        _ => return None,
    })
}

/// An operation of the document, and its rule.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) method: String,
    /// With `{app}` and the like in it.
    pub(super) path: String,
    pub(super) takes_bearer: bool,
    pub(super) rule: Rule,
}

/// Every operation of the document. One without a rule fails the test.
pub(super) fn operations(server: &TestServer) -> Vec<Operation> {
    let document = heimdall_server::api::document(server.heimdall());
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(id) = operation["operationId"].as_str() else {
                continue;
            };
            let rule = rule(id).unwrap_or_else(|| panic!("{id} has no rule in this table"));
            operations.push(Operation {
                id: id.to_owned(),
                method: method.to_uppercase(),
                path: path.clone(),
                takes_bearer: operation["security"]
                    .as_array()
                    .is_some_and(|any| !any.is_empty()),
                rule,
            });
        }
    }
    operations
}

//! Every operation of the API: one entry each, which its handler uses and [`OPERATIONS`] collects.

/// Whether sending it twice comes to the same as sending it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// It reads, replaces or deletes. Or it issues a token: another is as good as the one that got
    /// lost, and a refresh token that is used again at once has the same successor.
    Safe,
    /// It creates: safe with an `Idempotency-Key`.
    Keyed,
    /// It does something each time.
    Never,
}

/// An operation: its id, method and path in the OpenAPI document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operation {
    pub(crate) id: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) repeat: Repeat,
}

macro_rules! operations {
    ($($name:ident = $id:literal $method:ident $path:literal $repeat:ident;)*) => {
        $(pub(crate) const $name: Operation = Operation {
            id: $id,
            method: stringify!($method),
            path: $path,
            repeat: Repeat::$repeat,
        };)*

        /// Every operation that this client can call, as `(operation id, method, path)`.
        ///
        /// ```
        /// use heimdall_sdk::OPERATIONS;
        /// assert!(OPERATIONS.contains(&("create_app", "POST", "/v1/apps")));
        /// ```
        pub const OPERATIONS: &[(&str, &str, &str)] = &[$(($name.id, $name.method, $name.path)),*];
    };
}

operations! {
    CREATE_APP = "create_app" POST "/v1/apps" Keyed;
    LIST_APPS = "list_apps" GET "/v1/apps" Safe;
    GET_APP = "get_app" GET "/v1/apps/{app}" Safe;
    UPDATE_APP = "update_app" PATCH "/v1/apps/{app}" Never;
    ARCHIVE_APP = "archive_app" DELETE "/v1/apps/{app}" Safe;

    CREATE_USER = "create_user" POST "/v1/apps/{app}/users" Keyed;
    LIST_USERS = "list_users" GET "/v1/apps/{app}/users" Safe;
    GET_USER = "get_user" GET "/v1/apps/{app}/users/{user}" Safe;
    UPDATE_USER = "update_user" PATCH "/v1/apps/{app}/users/{user}" Never;
    DELETE_USER = "delete_user" DELETE "/v1/apps/{app}/users/{user}" Safe;
    IMPORT_USERS = "import_users" POST "/v1/apps/{app}/users/import" Keyed;
    ASSIGN_ROLE = "assign_role" POST "/v1/apps/{app}/users/{user}/roles" Safe;
    REMOVE_ROLE = "remove_role" DELETE "/v1/apps/{app}/users/{user}/roles/{role}" Safe;
    SET_PASSWORD = "set_password" PUT "/v1/apps/{app}/users/{user}/password" Safe;
    ISSUE_USER_TOKEN = "issue_user_token" POST "/v1/apps/{app}/users/{user}/tokens" Safe;
    LIST_USER_SESSIONS = "list_user_sessions" GET "/v1/apps/{app}/users/{user}/sessions" Safe;
    REVOKE_USER_SESSIONS = "revoke_user_sessions" DELETE "/v1/apps/{app}/users/{user}/sessions" Safe;
    REVOKE_SESSION = "revoke_session" DELETE "/v1/apps/{app}/sessions/{session}" Safe;
    CREATE_PASSWORD_RESET = "create_password_reset" POST "/v1/apps/{app}/users/{user}/password-resets" Keyed;
    CREATE_EMAIL_VERIFICATION = "create_email_verification" POST "/v1/apps/{app}/users/{user}/email-verifications" Keyed;
    GET_LINK = "get_link" GET "/v1/links/{token}" Safe;
    ACCEPT_LINK = "accept_link" POST "/v1/links/{token}/accept" Never;

    CREATE_ROLE = "create_role" POST "/v1/apps/{app}/roles" Keyed;
    LIST_ROLES = "list_roles" GET "/v1/apps/{app}/roles" Safe;
    GET_ROLE = "get_role" GET "/v1/apps/{app}/roles/{role}" Safe;
    UPDATE_ROLE = "update_role" PATCH "/v1/apps/{app}/roles/{role}" Never;
    DELETE_ROLE = "delete_role" DELETE "/v1/apps/{app}/roles/{role}" Safe;
    LIST_PERMISSIONS = "list_permissions" GET "/v1/apps/{app}/permissions" Safe;

    CREATE_CREDENTIAL = "create_credential" POST "/v1/apps/{app}/credentials" Keyed;
    LIST_CREDENTIALS = "list_credentials" GET "/v1/apps/{app}/credentials" Safe;
    GET_CREDENTIAL = "get_credential" GET "/v1/apps/{app}/credentials/{client_id}" Safe;
    UPDATE_CREDENTIAL = "update_credential" PATCH "/v1/apps/{app}/credentials/{client_id}" Never;
    REVOKE_CREDENTIAL = "revoke_credential" DELETE "/v1/apps/{app}/credentials/{client_id}" Safe;
    CREATE_CREDENTIAL_SECRET = "create_credential_secret" POST "/v1/apps/{app}/credentials/{client_id}/secrets" Keyed;
    DELETE_CREDENTIAL_SECRET = "delete_credential_secret" DELETE "/v1/apps/{app}/credentials/{client_id}/secrets/{secret}" Safe;

    CREATE_INVITE = "create_invite" POST "/v1/apps/{app}/invites" Keyed;
    LIST_INVITES = "list_invites" GET "/v1/apps/{app}/invites" Safe;
    GET_INVITE = "get_invite" GET "/v1/apps/{app}/invites/{invite}" Safe;
    REVOKE_INVITE = "revoke_invite" DELETE "/v1/apps/{app}/invites/{invite}" Safe;
    PREVIEW_INVITE = "preview_invite" GET "/v1/invites/{token}" Safe;
    ACCEPT_INVITE = "accept_invite" POST "/v1/invites/{token}/accept" Keyed;

    CREATE_WEBHOOK = "create_webhook" POST "/v1/apps/{app}/webhooks" Keyed;
    LIST_WEBHOOKS = "list_webhooks" GET "/v1/apps/{app}/webhooks" Safe;
    GET_WEBHOOK = "get_webhook" GET "/v1/apps/{app}/webhooks/{webhook}" Safe;
    UPDATE_WEBHOOK = "update_webhook" PATCH "/v1/apps/{app}/webhooks/{webhook}" Never;
    DELETE_WEBHOOK = "delete_webhook" DELETE "/v1/apps/{app}/webhooks/{webhook}" Safe;
    ROTATE_WEBHOOK_SECRET = "rotate_webhook_secret" POST "/v1/apps/{app}/webhooks/{webhook}/rotate-secret" Never;
    TEST_WEBHOOK = "test_webhook" POST "/v1/apps/{app}/webhooks/{webhook}/test" Never;
    LIST_DELIVERIES = "list_deliveries" GET "/v1/apps/{app}/webhooks/{webhook}/deliveries" Safe;
    REDELIVER = "redeliver" POST "/v1/apps/{app}/webhooks/{webhook}/deliveries/{delivery}/redeliver" Never;
    REPLAY_DELIVERIES = "replay_deliveries" POST "/v1/apps/{app}/webhooks/{webhook}/replay" Never;

    LIST_AUDIT_LOGS = "list_audit_logs" GET "/v1/apps/{app}/audit-logs" Safe;
    LIST_EVENTS = "list_events" GET "/v1/apps/{app}/events" Safe;
    GET_CHECKPOINT = "get_checkpoint" GET "/v1/apps/{app}/events/checkpoint" Safe;

    ISSUE_TOKEN = "issue_token" POST "/v1/apps/{app}/tokens" Safe;
    VERIFY_TOKEN = "verify_token" POST "/v1/apps/{app}/tokens/verify" Safe;
    REVOKE_TOKEN = "revoke_token" POST "/v1/apps/{app}/tokens/revoke" Safe;
    GET_JWKS = "get_jwks" GET "/v1/.well-known/jwks.json" Safe;
    LIST_REVOCATIONS = "list_revocations" GET "/v1/revocations" Safe;
    LIST_APP_REVOCATIONS = "list_app_revocations" GET "/v1/apps/{app}/revocations" Safe;
    OAUTH_TOKEN = "oauth_token" POST "/v1/oauth/token" Safe;
    OAUTH_INTROSPECT = "oauth_introspect" POST "/v1/oauth/introspect" Safe;
    OAUTH_REVOKE = "oauth_revoke" POST "/v1/oauth/revoke" Safe;

    GET_ME = "get_me" GET "/v1/me" Safe;
    UPDATE_ME = "update_me" PATCH "/v1/me" Never;
    CHANGE_MY_PASSWORD = "change_my_password" POST "/v1/me/password" Never;
    LIST_MY_SESSIONS = "list_my_sessions" GET "/v1/me/sessions" Safe;
    REVOKE_MY_SESSIONS = "revoke_my_sessions" DELETE "/v1/me/sessions" Safe;

    CREATE_ADMIN_KEY = "create_admin_key" POST "/v1/admin-keys" Keyed;
    LIST_ADMIN_KEYS = "list_admin_keys" GET "/v1/admin-keys" Safe;
    REVOKE_ADMIN_KEY = "revoke_admin_key" DELETE "/v1/admin-keys/{key}" Safe;

    LIST_SIGNING_KEYS = "list_signing_keys" GET "/v1/signing-keys" Safe;
    ROTATE_SIGNING_KEY = "rotate_signing_key" POST "/v1/signing-keys/rotate" Never;
    DELETE_SIGNING_KEY = "delete_signing_key" DELETE "/v1/signing-keys/{kid}" Safe;
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::OPERATIONS;

    #[test]
    fn no_two_operations_share_an_id_or_an_address() {
        let ids: HashSet<_> = OPERATIONS.iter().map(|(id, ..)| id).collect();
        let addresses: HashSet<_> = OPERATIONS
            .iter()
            .map(|(_, method, path)| (method, path))
            .collect();
        assert_eq!(
            (ids.len(), addresses.len()),
            (OPERATIONS.len(), OPERATIONS.len())
        );
    }
}

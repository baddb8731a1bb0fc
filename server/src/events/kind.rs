//! Everything that can happen.

/// Declares the kinds of events; those after `audit only` are in the audit log and the feed but go
/// to no webhook.
macro_rules! kinds {
    ($($name:ident = $text:literal),* ; audit only: $($quiet:ident = $quiet_text:literal),* $(,)?) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($name,)* $($quiet,)* }

        impl Kind {
            /// The types that a webhook can subscribe to.
            pub const DELIVERED: &[&str] = &[$($text),*];
            /// The types that stay in the log.
            pub const AUDIT_ONLY: &[&str] = &[$($quiet_text),*];

            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* $(Self::$quiet => $quiet_text,)* }
            }
        }
    };
}

kinds! {
    UserCreated = "user.created",
    UserUpdated = "user.updated",
    UserDeactivated = "user.deactivated",
    UserReactivated = "user.reactivated",
    UserDeleted = "user.deleted",
    UserPasswordChanged = "user.password_changed",
    UserEmailVerified = "user.email_verified",
    RoleCreated = "role.created",
    RoleUpdated = "role.updated",
    RoleDeleted = "role.deleted",
    RoleAssigned = "role.assigned",
    RoleRemoved = "role.removed",
    InviteCreated = "invite.created",
    InviteAccepted = "invite.accepted",
    InviteRevoked = "invite.revoked",
    CredentialCreated = "credential.created",
    CredentialUpdated = "credential.updated",
    CredentialRevoked = "credential.revoked",
    SessionCreated = "session.created",
    SessionRevoked = "session.revoked",
    SessionReuseDetected = "session.reuse_detected",
    AppUpdated = "app.updated",
    AppSuspended = "app.suspended",
    AppArchived = "app.archived",
    AppRestored = "app.restored",
    AuditCheckpoint = "audit.checkpoint",
    WebhookTest = "webhook.test";
    audit only:
    AppCreated = "app.created",
    SessionRefreshed = "session.refreshed",
    LoginFailed = "session.login_failed",
    TokenIssued = "token.issued",
    TokenRevoked = "token.revoked",
    LinkCreated = "link.created",
    LinkUsed = "link.used",
    WebhookCreated = "webhook.created",
    WebhookUpdated = "webhook.updated",
    WebhookDeleted = "webhook.deleted",
    WebhookDisabled = "webhook.disabled",
    WebhookSecretRotated = "webhook.secret_rotated",
    AdminKeyCreated = "admin_key.created",
    AdminKeyRevoked = "admin_key.revoked",
    SigningKeyCreated = "signing_key.created",
    SigningKeyDeleted = "signing_key.deleted",
}

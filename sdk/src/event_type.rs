//! Everything that can happen.

open_enum! {
    /// What happened.
    EventType {
        /// `user.created`.
        UserCreated = "user.created",
        /// `user.updated`.
        UserUpdated = "user.updated",
        /// `user.deactivated`.
        UserDeactivated = "user.deactivated",
        /// `user.reactivated`.
        UserReactivated = "user.reactivated",
        /// `user.deleted`.
        UserDeleted = "user.deleted",
        /// `user.password_changed`.
        UserPasswordChanged = "user.password_changed",
        /// `user.email_verified`.
        UserEmailVerified = "user.email_verified",
        /// `role.created`.
        RoleCreated = "role.created",
        /// `role.updated`.
        RoleUpdated = "role.updated",
        /// `role.deleted`.
        RoleDeleted = "role.deleted",
        /// `role.assigned`.
        RoleAssigned = "role.assigned",
        /// `role.removed`.
        RoleRemoved = "role.removed",
        /// `invite.created`.
        InviteCreated = "invite.created",
        /// `invite.accepted`.
        InviteAccepted = "invite.accepted",
        /// `invite.revoked`.
        InviteRevoked = "invite.revoked",
        /// `credential.created`.
        CredentialCreated = "credential.created",
        /// `credential.updated`.
        CredentialUpdated = "credential.updated",
        /// `credential.revoked`.
        CredentialRevoked = "credential.revoked",
        /// `session.created`.
        SessionCreated = "session.created",
        /// `session.revoked`.
        SessionRevoked = "session.revoked",
        /// `session.reuse_detected`.
        SessionReuseDetected = "session.reuse_detected",
        /// `app.updated`.
        AppUpdated = "app.updated",
        /// `app.suspended`.
        AppSuspended = "app.suspended",
        /// `app.archived`.
        AppArchived = "app.archived",
        /// `app.restored`.
        AppRestored = "app.restored",
        /// `audit.checkpoint`.
        AuditCheckpoint = "audit.checkpoint",
        /// `webhook.test`.
        WebhookTest = "webhook.test",
        /// `app.created`: in the log only, it goes to no webhook.
        AppCreated = "app.created",
        /// `session.refreshed`: in the log only, it goes to no webhook.
        SessionRefreshed = "session.refreshed",
        /// `session.login_failed`: in the log only, it goes to no webhook.
        LoginFailed = "session.login_failed",
        /// `token.issued`: in the log only, it goes to no webhook.
        TokenIssued = "token.issued",
        /// `token.revoked`: in the log only, it goes to no webhook.
        TokenRevoked = "token.revoked",
        /// `link.created`: in the log only, it goes to no webhook.
        LinkCreated = "link.created",
        /// `link.used`: in the log only, it goes to no webhook.
        LinkUsed = "link.used",
        /// `webhook.created`: in the log only, it goes to no webhook.
        WebhookCreated = "webhook.created",
        /// `webhook.updated`: in the log only, it goes to no webhook.
        WebhookUpdated = "webhook.updated",
        /// `webhook.deleted`: in the log only, it goes to no webhook.
        WebhookDeleted = "webhook.deleted",
        /// `webhook.disabled`: in the log only, it goes to no webhook.
        WebhookDisabled = "webhook.disabled",
        /// `webhook.secret_rotated`: in the log only, it goes to no webhook.
        WebhookSecretRotated = "webhook.secret_rotated",
        /// `admin_key.created`: in the log only, it goes to no webhook.
        AdminKeyCreated = "admin_key.created",
        /// `admin_key.revoked`: in the log only, it goes to no webhook.
        AdminKeyRevoked = "admin_key.revoked",
        /// `signing_key.created`: in the log only, it goes to no webhook.
        SigningKeyCreated = "signing_key.created",
        /// `signing_key.deleted`: in the log only, it goes to no webhook.
        SigningKeyDeleted = "signing_key.deleted",
    }
}

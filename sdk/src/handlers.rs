//! The way from a client to its handlers.

use crate::call::Draft;
use crate::operations::Operation;
use crate::{
    AdminKeys, AppInvites, Apps, AuditLogs, Client, Credentials, EmailVerifications, Events,
    Health, Invites, Jwks, Links, Metadata, Myself, OAuth, PasswordResets, Permissions,
    Revocations, Roles, Sessions, SigningKeys, Tokens, Users, Webhooks,
};

impl Client {
    /// Apps, the tenants.
    pub fn apps(&self) -> Apps<'_> {
        Apps(self)
    }

    /// What belongs to one App, by its name or its id.
    pub fn app<'a>(&'a self, app: &'a str) -> InApp<'a> {
        InApp { client: self, app }
    }

    /// Invites as the invitee has them: by their token.
    pub fn invites(&self) -> Invites<'_> {
        Invites(self)
    }

    /// One-time links as the user has them: by their token.
    pub fn links(&self) -> Links<'_> {
        Links(self)
    }

    /// What a signed-in user may do for themselves. The bearer is the user's access token.
    pub fn me(&self) -> Myself<'_> {
        Myself(self)
    }

    /// Admin keys.
    pub fn admin_keys(&self) -> AdminKeys<'_> {
        AdminKeys(self)
    }

    /// The keys that sign tokens.
    pub fn signing_keys(&self) -> SigningKeys<'_> {
        SigningKeys(self)
    }

    /// The public halves of the signing keys.
    pub fn jwks(&self) -> Jwks<'_> {
        Jwks(self)
    }

    /// What a verifier must refuse before it expires, of all Apps.
    pub fn revocations(&self) -> Revocations<'_> {
        Revocations {
            client: self,
            app: None,
        }
    }

    /// The endpoints for clients that speak OAuth 2.0.
    pub fn oauth(&self) -> OAuth<'_> {
        OAuth(self)
    }

    /// The documents by which OAuth clients find everything else.
    pub fn metadata(&self) -> Metadata<'_> {
        Metadata(self)
    }

    /// Whether the server is alive and ready.
    pub fn health(&self) -> Health<'_> {
        Health(self)
    }

    pub(crate) fn draft(&self, operation: Operation, ids: &[&str]) -> Draft {
        Draft::new(self, operation, ids)
    }
}

/// What belongs to one App: [`Client::app`].
#[derive(Clone, Copy, Debug)]
pub struct InApp<'a> {
    client: &'a Client,
    app: &'a str,
}

impl<'a> InApp<'a> {
    /// Its users.
    pub fn users(self) -> Users<'a> {
        Users(self)
    }

    /// Its roles.
    pub fn roles(self) -> Roles<'a> {
        Roles(self)
    }

    /// Every permission in it.
    pub fn permissions(self) -> Permissions<'a> {
        Permissions(self)
    }

    /// Its service credentials.
    pub fn credentials(self) -> Credentials<'a> {
        Credentials(self)
    }

    /// Its invites.
    pub fn invites(self) -> AppInvites<'a> {
        AppInvites(self)
    }

    /// Password resets of its users.
    pub fn password_resets(self) -> PasswordResets<'a> {
        PasswordResets(self)
    }

    /// Email verifications of its users.
    pub fn email_verifications(self) -> EmailVerifications<'a> {
        EmailVerifications(self)
    }

    /// Its users' sessions.
    pub fn sessions(self) -> Sessions<'a> {
        Sessions(self)
    }

    /// Its tokens: issued, verified, revoked.
    pub fn tokens(self) -> Tokens<'a> {
        Tokens(self)
    }

    /// Its webhooks.
    pub fn webhooks(self) -> Webhooks<'a> {
        Webhooks(self)
    }

    /// What happened in it, newest first.
    pub fn audit_logs(self) -> AuditLogs<'a> {
        AuditLogs(self)
    }

    /// What happened in it, oldest first, as a feed.
    pub fn events(self) -> Events<'a> {
        Events(self)
    }

    /// What a verifier must refuse before it expires, of this App.
    pub fn revocations(self) -> Revocations<'a> {
        Revocations {
            client: self.client,
            app: Some(self.app),
        }
    }

    /// A call about the App: `ids` are those behind the App's.
    pub(crate) fn draft(self, operation: Operation, ids: &[&str]) -> Draft {
        let ids: Vec<_> = std::iter::once(self.app)
            .chain(ids.iter().copied())
            .collect();
        self.client.draft(operation, &ids)
    }
}

//! Invites: the backend makes them, the invitee accepts them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::lenient::or_default;
use crate::{Actor, Call, Client, InApp, Page, Secret, User, operations as op};

/// Invites of an App: [`InApp::invites`].
#[derive(Clone, Copy, Debug)]
pub struct AppInvites<'a>(pub(crate) InApp<'a>);

impl AppInvites<'_> {
    /// Creates an invite. Its `token` and `invite_url` are in this answer and never again; sending them
    /// is yours.
    pub fn create(&self, invite: &NewInvite) -> Call<Invite> {
        self.0
            .draft(op::CREATE_INVITE, &[])
            .json(invite)
            .returning()
    }

    /// Lists invites, newest first.
    pub fn list(&self, query: &InviteQuery) -> Call<Page<Invite>> {
        self.0.draft(op::LIST_INVITES, &[]).query(query).returning()
    }

    /// An invite, by id.
    pub fn get(&self, invite: &str) -> Call<Invite> {
        self.0.draft(op::GET_INVITE, &[invite]).returning()
    }

    /// Revokes an invite.
    pub fn revoke(&self, invite: &str) -> Call<()> {
        self.0
            .draft(op::REVOKE_INVITE, &[invite])
            .returning_nothing()
    }
}

/// Invites as the invitee has them: [`Client::invites`]. The token is all it takes.
#[derive(Clone, Copy, Debug)]
pub struct Invites<'a>(pub(crate) &'a Client);

impl Invites<'_> {
    /// What the signup page may show.
    pub fn preview(&self, token: impl Into<Secret>) -> Call<InvitePreview> {
        self.0
            .draft(op::PREVIEW_INVITE, &[token.into().expose()])
            .stranger()
            .returning()
    }

    /// Accepts: creates the user, and signs them in.
    ///
    /// ```no_run
    /// # async fn f(client: heimdall_sdk::Client, token: String, password: String) -> Result<(), heimdall_sdk::Error> {
    /// use heimdall_sdk::AcceptInvite;
    ///
    /// let welcome = client.invites().accept(token, &AcceptInvite::new("Bob Martinez", password)).await?;
    /// println!("{} is in, as {:?}", welcome.user.email, welcome.user.roles);
    /// # Ok(())
    /// # }
    /// ```
    pub fn accept(&self, token: impl Into<Secret>, acceptance: &AcceptInvite) -> Call<Welcome> {
        self.0
            .draft(op::ACCEPT_INVITE, &[token.into().expose()])
            .stranger()
            .json(acceptance)
            .returning()
    }
}

open_enum! {
    /// Where an invite is in its life.
    InviteStatus {
        /// It can be accepted.
        Pending = "pending",
        /// It was accepted as often as it may be.
        Accepted = "accepted",
        /// Its time is over.
        Expired = "expired",
        /// It was revoked.
        Revoked = "revoked",
    }
}

/// An invite.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Invite {
    /// `inv_` and a ULID.
    pub id: String,
    /// Who is invited; nobody in particular if there is none.
    pub email: Option<String>,
    /// The role, where it is one.
    pub role: Option<String>,
    /// Names of the roles that the invitee gets.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: Vec<String>,
    /// Where the invitee accepts; it holds the token, so it is a secret, and in the answer to the
    /// creation only.
    pub invite_url: Option<Secret>,
    /// What the invitee accepts with: in the answer to the creation only.
    pub token: Option<Secret>,
    /// When it can be accepted no more.
    pub expires_at: DateTime<Utc>,
    /// How often it may be accepted.
    pub max_uses: u32,
    /// How often it was.
    #[serde(default, deserialize_with = "or_default")]
    pub uses: u32,
    /// Where it is in its life.
    pub status: InviteStatus,
    /// Who made it.
    pub invited_by: Option<Actor>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// An invite that is to be created. Give `role` or `roles`, not both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewInvite {
    /// Who is invited; without one it is an open link, and the invitee gives an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The name or id of the one role that the invitee gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Names or ids of the roles that the invitee gets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// How many hours it can be accepted; 72 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in_hours: Option<u32>,
    /// How often it can be accepted; once unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_uses: Option<u32>,
}

impl NewInvite {
    /// An invite for this address.
    pub fn new(email: impl Into<String>) -> Self {
        Self {
            email: Some(email.into()),
            ..Self::default()
        }
    }

    /// An invite for whoever has the link.
    pub fn open() -> Self {
        Self::default()
    }

    with!(with_role, role: into String);
    with!(with_roles, roles: each String);
    with!(with_expires_in_hours, expires_in_hours: u32);
    with!(with_max_uses, max_uses: u32);
}

/// Which invites to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InviteQuery {
    /// Only those of this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<InviteStatus>,
    /// Only those for this address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// How many items a page holds: 1–200, 50 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl InviteQuery {
    with!(with_status, status: InviteStatus);
    with!(with_email, email: into String);
    with!(with_limit, limit: u32);
    with!(with_cursor, cursor: into String);
}

/// What the signup page may show of an invite.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct InvitePreview {
    /// The App's name for people.
    #[serde(default, deserialize_with = "or_default")]
    pub app_display_name: String,
    /// The role, where it is one.
    pub role: Option<String>,
    /// Names of the roles that the invitee gets.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: Vec<String>,
    /// Who is invited; with none, the invitee gives an address.
    pub email: Option<String>,
    /// When it can be accepted no more.
    pub expires_at: DateTime<Utc>,
}

/// What the invitee fills in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AcceptInvite {
    /// Their name for people.
    pub display_name: String,
    /// Their password.
    pub password: Secret,
    /// Their address, where the invite is for nobody in particular.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

impl AcceptInvite {
    /// With this name and password.
    pub fn new(display_name: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self {
            display_name: display_name.into(),
            password: password.into(),
            email: None,
        }
    }

    with!(with_email, email: into String);
}

/// A new user, signed in.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Welcome {
    /// The user.
    pub user: User,
    /// Their tokens.
    #[serde(flatten)]
    pub tokens: crate::TokenResponse,
}

//! One-time links: password resets and email verifications. The backend makes them and sends them,
//! for Heimdall sends no mail; the user accepts them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::lenient::or_default;
use crate::{Call, Client, InApp, Secret, User, operations as op};

/// Password resets of an App's users: [`InApp::password_resets`].
#[derive(Clone, Copy, Debug)]
pub struct PasswordResets<'a>(pub(crate) InApp<'a>);

impl PasswordResets<'_> {
    /// Makes a link by which this user sets a new password. Accepting it ends their sessions.
    pub fn create(&self, user: &str, link: &NewLink) -> Call<Link> {
        self.0
            .draft(op::CREATE_PASSWORD_RESET, &[user])
            .json(link)
            .returning()
    }
}

/// Email verifications of an App's users: [`InApp::email_verifications`].
#[derive(Clone, Copy, Debug)]
pub struct EmailVerifications<'a>(pub(crate) InApp<'a>);

impl EmailVerifications<'_> {
    /// Makes a link by which this user shows that the address is theirs.
    pub fn create(&self, user: &str, link: &NewLink) -> Call<Link> {
        self.0
            .draft(op::CREATE_EMAIL_VERIFICATION, &[user])
            .json(link)
            .returning()
    }
}

/// Links as the user has them: [`Client::links`]. The token is all it takes.
#[derive(Clone, Copy, Debug)]
pub struct Links<'a>(pub(crate) &'a Client);

impl Links<'_> {
    /// What the page behind the link may show.
    pub fn get(&self, token: impl Into<Secret>) -> Call<LinkPreview> {
        self.0
            .draft(op::GET_LINK, &[token.into().expose()])
            .stranger()
            .returning()
    }

    /// Accepts a link: sets the password, or verifies the address.
    pub fn accept(&self, token: impl Into<Secret>, acceptance: &AcceptLink) -> Call<LinkAccepted> {
        self.0
            .draft(op::ACCEPT_LINK, &[token.into().expose()])
            .stranger()
            .json(acceptance)
            .returning()
    }
}

open_enum! {
    /// What a link is for.
    LinkKind {
        /// To set a new password.
        PasswordReset = "password_reset",
        /// To show that an address is one's own.
        EmailVerification = "email_verification",
    }
}

/// A link that is to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewLink {
    /// How many hours it can be accepted; the server's choice unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in_hours: Option<u32>,
}

impl NewLink {
    with!(with_expires_in_hours, expires_in_hours: u32);
}

/// A link that was just made. It is shown once; sending it is yours.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Link {
    /// `lnk_` and a ULID.
    pub id: String,
    /// What it is for.
    pub kind: LinkKind,
    /// Whom it is for.
    pub user_id: String,
    /// Where the user accepts; it holds the token.
    pub url: Secret,
    /// What the user accepts with.
    pub token: Secret,
    /// When it can be accepted no more.
    pub expires_at: DateTime<Utc>,
}

/// What the page behind a link may show.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct LinkPreview {
    /// What it is for.
    pub kind: LinkKind,
    /// The App's name for people.
    #[serde(default, deserialize_with = "or_default")]
    pub app_display_name: String,
    /// The address of whom it is for.
    pub email: String,
    /// When it can be accepted no more.
    pub expires_at: DateTime<Utc>,
}

/// What the user fills in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AcceptLink {
    /// The new password: for a reset only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
}

impl AcceptLink {
    /// Sets this password.
    pub fn password(password: impl Into<Secret>) -> Self {
        Self {
            password: Some(password.into()),
        }
    }

    /// Verifies the address.
    pub fn verification() -> Self {
        Self::default()
    }
}

/// What accepting a link came to.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct LinkAccepted {
    /// What it was for.
    pub kind: LinkKind,
    /// The user as they are now; they sign in next.
    pub user: User,
}

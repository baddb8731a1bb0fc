//! Service credentials: what a program signs in with (OAuth 2.0 `client_credentials`).
//!
//! A credential has one or two secrets. To rotate without an outage: create a second, roll it out, see
//! by `last_used_at` that the first is unused, delete it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::lenient::or_default;
use crate::{Call, Field, InApp, ListQuery, Page, Secret, operations as op};

/// Credentials of an App: [`InApp::credentials`]. A credential goes by its `client_id` or its id.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a>(pub(crate) InApp<'a>);

impl Credentials<'_> {
    /// Creates a credential. Its `client_secret` is in this answer and never again.
    pub fn create(&self, credential: &NewCredential) -> Call<Credential> {
        self.0
            .draft(op::CREATE_CREDENTIAL, &[])
            .json(credential)
            .returning()
    }

    /// Lists credentials.
    pub fn list(&self, query: &ListQuery) -> Call<Page<Credential>> {
        self.0
            .draft(op::LIST_CREDENTIALS, &[])
            .query(query)
            .returning()
    }

    /// A credential.
    pub fn get(&self, client_id: &str) -> Call<Credential> {
        self.0.draft(op::GET_CREDENTIAL, &[client_id]).returning()
    }

    /// Changes a credential. With other permissions, the tokens it was given are stale at once.
    pub fn update(&self, client_id: &str, changes: &CredentialChanges) -> Call<Credential> {
        self.0
            .draft(op::UPDATE_CREDENTIAL, &[client_id])
            .json(changes)
            .returning()
    }

    /// Revokes a credential, and with it every token it was given.
    pub fn revoke(&self, client_id: &str) -> Call<()> {
        self.0
            .draft(op::REVOKE_CREDENTIAL, &[client_id])
            .returning_nothing()
    }

    /// Creates the second secret; a third is refused.
    pub fn create_secret(&self, client_id: &str) -> Call<ClientSecret> {
        self.0
            .draft(op::CREATE_CREDENTIAL_SECRET, &[client_id])
            .returning()
    }

    /// Deletes a secret, by its id; never the last one, for that is to revoke the credential.
    pub fn delete_secret(&self, client_id: &str, id: &str) -> Call<()> {
        self.0
            .draft(op::DELETE_CREDENTIAL_SECRET, &[client_id, id])
            .returning_nothing()
    }
}

open_enum! {
    /// Whether a credential signs in.
    CredentialStatus {
        /// It does.
        Active = "active",
        /// It does no more.
        Revoked = "revoked",
    }
}

/// A credential.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Credential {
    /// `cred_` and a ULID.
    pub id: String,
    /// The App it is of.
    #[serde(default, deserialize_with = "or_default")]
    pub app_id: String,
    /// What it signs in by: `hci_` and a ULID, the subject of its tokens.
    pub client_id: String,
    /// Its name for people.
    pub name: String,
    /// What its tokens permit.
    #[serde(default, deserialize_with = "or_default")]
    pub permissions: Vec<String>,
    /// Whether it signs in.
    pub status: CredentialStatus,
    /// Its live secrets, two at the most, without what is secret of them.
    #[serde(default, deserialize_with = "or_default")]
    pub secrets: Vec<SecretInfo>,
    /// When it last signed in.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it signs in no more.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: Option<DateTime<Utc>>,
    /// Its first secret: in the answer to its creation only.
    pub client_secret: Option<Secret>,
}

/// What is known of a secret later.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct SecretInfo {
    /// `sec_` and a ULID.
    pub id: String,
    /// When it last signed in.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it signs in no more.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// A secret that was just created.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ClientSecret {
    /// `sec_` and a ULID.
    pub id: String,
    /// The secret: in this answer only.
    pub client_secret: Secret,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

/// A credential that is to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewCredential {
    /// Its name for people.
    pub name: String,
    /// What its tokens permit, out of what the caller holds.
    pub permissions: Vec<String>,
    /// When it is to sign in no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewCredential {
    /// A credential of this name and these permissions.
    pub fn new(
        name: impl Into<String>,
        permissions: impl IntoIterator<Item: Into<String>>,
    ) -> Self {
        let permissions = permissions.into_iter().map(Into::into).collect();
        Self {
            name: name.into(),
            permissions,
            expires_at: None,
        }
    }

    with!(with_expires_at, expires_at: DateTime<Utc>);
}

/// What is to be changed of a credential.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CredentialChanges {
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What its tokens permit, in place of what they did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
    /// When it is to sign in no more.
    #[serde(skip_serializing_if = "Field::is_keep")]
    pub expires_at: Field<DateTime<Utc>>,
}

impl CredentialChanges {
    with!(with_name, name: into String);
    with!(with_permissions, permissions: each String);
    with!(with_expires_at, expires_at: DateTime<Utc>);
    with!(clear_expires_at, expires_at: clear);
}

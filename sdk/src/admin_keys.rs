//! Admin keys: what the customer's backend calls with.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::lenient::or_default;
use crate::{Call, Client, ListQuery, Page, Secret, operations as op};

/// Admin keys: [`Client::admin_keys`].
#[derive(Clone, Copy, Debug)]
pub struct AdminKeys<'a>(pub(crate) &'a Client);

impl AdminKeys<'_> {
    /// Creates a key, out of permissions that the caller holds. The key is in this answer and never
    /// again.
    pub fn create(&self, key: &NewAdminKey) -> Call<AdminKey> {
        self.0
            .draft(op::CREATE_ADMIN_KEY, &[])
            .json(key)
            .returning()
    }

    /// Lists keys, newest first, the revoked ones too.
    pub fn list(&self, query: &ListQuery) -> Call<Page<AdminKey>> {
        self.0
            .draft(op::LIST_ADMIN_KEYS, &[])
            .query(query)
            .returning()
    }

    /// Revokes a key at once, by its id.
    pub fn revoke(&self, id: &str) -> Call<()> {
        self.0
            .draft(op::REVOKE_ADMIN_KEY, &[id])
            .returning_nothing()
    }
}

/// An admin key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AdminKey {
    /// `key_` and a ULID.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The App it is bound to; nothing for a key of the whole instance.
    pub app_id: Option<String>,
    /// What it permits; `*` is everything.
    #[serde(default, deserialize_with = "or_default")]
    pub permissions: Vec<String>,
    /// When it is refused.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// The key itself, `hdk_…`: in the answer to its creation only.
    pub key: Option<Secret>,
}

/// A key that is to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewAdminKey {
    /// Its name for people.
    pub name: String,
    /// The App to bind it to, by name or id; without one it is the whole instance's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// What it permits: API permissions, or `*` for everything.
    pub permissions: Vec<String>,
    /// When it is to be refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

impl NewAdminKey {
    /// A key of this name and these permissions.
    pub fn new(
        name: impl Into<String>,
        permissions: impl IntoIterator<Item: Into<String>>,
    ) -> Self {
        let permissions = permissions.into_iter().map(Into::into).collect();
        Self {
            name: name.into(),
            app: None,
            permissions,
            expires_at: None,
        }
    }

    with!(with_app, app: into String);
    with!(with_expires_at, expires_at: DateTime<Utc>);
}

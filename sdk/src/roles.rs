//! Roles: named sets of permissions.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::lenient::or_default;
use crate::{Call, Field, InApp, ListQuery, Page, operations as op};

/// Roles of an App: [`InApp::roles`]. A role goes by its name or its id.
#[derive(Clone, Copy, Debug)]
pub struct Roles<'a>(pub(crate) InApp<'a>);

impl Roles<'_> {
    /// Creates a role, out of permissions that the caller holds.
    pub fn create(&self, role: &NewRole) -> Call<Role> {
        self.0.draft(op::CREATE_ROLE, &[]).json(role).returning()
    }

    /// Lists roles.
    pub fn list(&self, query: &ListQuery) -> Call<Page<Role>> {
        self.0.draft(op::LIST_ROLES, &[]).query(query).returning()
    }

    /// A role.
    pub fn get(&self, role: &str) -> Call<Role> {
        self.0.draft(op::GET_ROLE, &[role]).returning()
    }

    /// Changes a role. With other permissions, the tokens of those who wear it are stale at once.
    pub fn update(&self, role: &str, changes: &RoleChanges) -> Call<Role> {
        self.0
            .draft(op::UPDATE_ROLE, &[role])
            .json(changes)
            .returning()
    }

    /// Deletes a role that nobody wears; else it is [`Code::RoleInUse`](crate::Code::RoleInUse).
    pub fn delete(&self, role: &str) -> Call<()> {
        self.0.draft(op::DELETE_ROLE, &[role]).returning_nothing()
    }

    /// Deletes a role, and takes it from whoever wears it.
    pub fn delete_even_if_in_use(&self, role: &str) -> Call<()> {
        self.0
            .draft(op::DELETE_ROLE, &[role])
            .query(&[("force", true)])
            .returning_nothing()
    }
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Role {
    /// `role_` and a ULID.
    pub id: String,
    /// The App it is of.
    #[serde(default, deserialize_with = "or_default")]
    pub app_id: String,
    /// Its name: 1–63 of `a-z 0-9 -`.
    pub name: String,
    /// Its name for people.
    #[serde(default, deserialize_with = "or_default")]
    pub display_name: String,
    /// What it permits, each `resource:action`.
    #[serde(default, deserialize_with = "or_default")]
    pub permissions: Vec<String>,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A role that is to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewRole {
    /// Its name: 1–63 of `a-z 0-9 -`.
    pub name: String,
    /// Its name for people; the name, if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// What it permits, each `resource:action`, without wildcards.
    pub permissions: Vec<String>,
}

impl NewRole {
    /// A role of this name and these permissions.
    pub fn new(
        name: impl Into<String>,
        permissions: impl IntoIterator<Item: Into<String>>,
    ) -> Self {
        let permissions = permissions.into_iter().map(Into::into).collect();
        Self {
            name: name.into(),
            display_name: None,
            permissions,
        }
    }

    with!(with_display_name, display_name: into String);
}

/// What is to be changed of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RoleChanges {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its name for people; cleared, it is the name again.
    #[serde(skip_serializing_if = "Field::is_keep")]
    pub display_name: Field<String>,
    /// What it permits, in place of what it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions: Option<Vec<String>>,
}

impl RoleChanges {
    with!(with_name, name: into String);
    with!(with_display_name, display_name: into String);
    with!(clear_display_name, display_name: clear);
    with!(with_permissions, permissions: each String);
}

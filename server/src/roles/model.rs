//! What a role is.

use super::Role;
use crate::permissions::Permissions;

/// A role that is to be created.
#[derive(Clone, Debug)]
pub struct NewRole {
    pub name: String,
    pub display_name: Option<String>,
    pub permissions: Permissions,
}

/// What is to be changed of a role.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub name: Option<String>,
    /// `Some(None)` falls back to the name.
    pub display_name: Option<Option<String>>,
    pub permissions: Option<Permissions>,
}

impl Changes {
    pub(super) fn apply(self, role: &mut Role) {
        if let Some(name) = self.name {
            role.name = name;
        }
        if let Some(display_name) = self.display_name {
            role.display_name = display_name.unwrap_or_else(|| role.name.clone());
        }
        if let Some(permissions) = self.permissions {
            role.permissions = permissions.into();
        }
    }
}

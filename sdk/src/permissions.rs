//! The catalogue of permissions.

use serde::Deserialize;

use crate::lenient::or_default;
use crate::{Call, InApp, ListQuery, Page, operations as op};

/// Permissions of an App: [`InApp::permissions`].
#[derive(Clone, Copy, Debug)]
pub struct Permissions<'a>(pub(crate) InApp<'a>);

impl Permissions<'_> {
    /// Lists every permission in the App, and which roles hold it.
    pub fn list(&self, query: &ListQuery) -> Call<Page<PermissionEntry>> {
        self.0
            .draft(op::LIST_PERMISSIONS, &[])
            .query(query)
            .returning()
    }
}

/// A permission, and who holds it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PermissionEntry {
    /// `resource:action`.
    pub permission: String,
    /// Names of the roles that hold it.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: Vec<String>,
}

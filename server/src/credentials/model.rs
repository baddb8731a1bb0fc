//! What a service credential is.

use super::Credential;
use crate::kernel::Timestamp;
use crate::permissions::Permissions;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Active,
    Revoked,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Revoked => "revoked",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "active" => Self::Active,
            "revoked" => Self::Revoked,
            _ => return None,
        })
    }
}

/// A credential that is to be created.
#[derive(Clone, Debug)]
pub struct NewCredential {
    pub name: String,
    pub permissions: Permissions,
    pub expires_at: Option<Timestamp>,
}

/// What is to be changed of a credential.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub name: Option<String>,
    pub permissions: Option<Permissions>,
    /// `Some(None)`: it expires no more.
    pub expires_at: Option<Option<Timestamp>>,
}

impl Changes {
    pub(super) fn apply(self, credential: &mut Credential) {
        if let Some(name) = self.name {
            credential.name = name;
        }
        if let Some(permissions) = self.permissions {
            credential.permissions = permissions.into();
        }
        if let Some(expires_at) = self.expires_at {
            credential.expires_at = expires_at;
        }
    }
}

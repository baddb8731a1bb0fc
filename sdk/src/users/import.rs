//! Users who come with the password hashes they have.

use serde::{Deserialize, Serialize};

use crate::lenient::or_default;
use crate::{Code, Detail, JsonObject, Secret, User};

/// A user who is to be imported. Give `role` or `roles`, not both.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ImportUser {
    /// Their address.
    pub email: String,
    /// Whether the address is known to be theirs; it is not unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Their name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The hash of their password: argon2, bcrypt, scrypt or pbkdf2, as a PHC or MCF string
    /// (`$argon2id$…`, `$2b$…`). It is hashed anew at the next login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<Secret>,
    /// The name or id of their one role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Names or ids of their roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The customer's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<JsonObject>,
}

impl ImportUser {
    /// A user with this address.
    pub fn new(email: impl Into<String>) -> Self {
        Self {
            email: email.into(),
            ..Self::default()
        }
    }

    with!(with_email_verified, email_verified: bool);
    with!(with_display_name, display_name: into String);
    with!(with_password_hash, password_hash: into Secret);
    with!(with_role, role: into String);
    with!(with_roles, roles: each String);
    with!(with_metadata, metadata: pairs);
}

/// What became of an import: a row for each that was sent, in that order.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ImportResult {
    /// The rows.
    #[serde(default, deserialize_with = "or_default")]
    pub data: Vec<ImportRow>,
}

open_enum! {
    /// What became of a row.
    ImportStatus {
        /// The user was created.
        Created = "created",
        /// The user was not created; the error says why.
        Failed = "failed",
    }
}

/// What became of one user.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ImportRow {
    /// The place in what was sent, from 0.
    pub index: usize,
    /// What became of it.
    pub status: ImportStatus,
    /// The user, if created.
    pub user: Option<User>,
    /// Why, if not.
    pub error: Option<RowError>,
}

/// Why one user was not created.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RowError {
    /// What to decide by.
    pub code: Code,
    /// What to tell a developer.
    #[serde(default, deserialize_with = "or_default")]
    pub message: String,
    /// The fields that are wrong, all of them.
    #[serde(default, deserialize_with = "or_default")]
    pub details: Vec<Detail>,
}

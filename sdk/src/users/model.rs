//! What a user is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::lenient::or_default;
use crate::{Field, JsonObject, Secret};

open_enum! {
    /// Whether a user may sign in.
    UserStatus {
        /// May sign in.
        Active = "active",
        /// May not for a while.
        Suspended = "suspended",
        /// May no more.
        Deactivated = "deactivated",
    }
}

/// A user.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// `usr_` and a ULID: the subject of their tokens.
    pub id: String,
    /// The App they are of.
    #[serde(default, deserialize_with = "or_default")]
    pub app_id: String,
    /// Their address as it was given; compared without case, unique within the App.
    pub email: String,
    /// Whether the address is known to be theirs.
    #[serde(default, deserialize_with = "or_default")]
    pub email_verified: bool,
    /// Their name for people.
    pub display_name: Option<String>,
    /// Whether they may sign in.
    pub status: UserStatus,
    /// Names of the roles they wear.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: Vec<String>,
    /// The customer's own.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: JsonObject,
    /// When they last signed in.
    pub last_login_at: Option<DateTime<Utc>>,
    /// When they were created.
    pub created_at: DateTime<Utc>,
    /// When they were last changed.
    pub updated_at: DateTime<Utc>,
}

/// A user who is to be created. Give `role` or `roles`, not both.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewUser {
    /// Their address.
    pub email: String,
    /// Their name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Their password; without one they can't sign in by themselves yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<Secret>,
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

impl NewUser {
    /// A user with this address.
    pub fn new(email: impl Into<String>) -> Self {
        Self {
            email: email.into(),
            ..Self::default()
        }
    }

    with!(with_display_name, display_name: into String);
    with!(with_password, password: into Secret);
    with!(with_role, role: into String);
    with!(with_roles, roles: each String);
    with!(with_metadata, metadata: pairs);
}

/// What is to be changed of a user.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UserChanges {
    /// Their address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the address is known to be theirs; another address is not, unless this says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Their name for people.
    #[serde(skip_serializing_if = "Field::is_keep")]
    pub display_name: Field<String>,
    /// Whether they may sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<UserStatus>,
    /// Names or ids of their roles, in place of those they wear.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<String>>,
    /// The customer's own, in place of what was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<JsonObject>,
}

impl UserChanges {
    with!(with_email, email: into String);
    with!(with_email_verified, email_verified: bool);
    with!(with_display_name, display_name: into String);
    with!(clear_display_name, display_name: clear);
    with!(with_status, status: UserStatus);
    with!(with_roles, roles: each String);
    with!(with_metadata, metadata: pairs);
}

/// Which users to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UserQuery {
    /// Only the one with this address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Only those of this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<UserStatus>,
    /// Only those who wear this role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Only those with this in their address or name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
    /// How many items a page holds: 1–200, 50 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl UserQuery {
    with!(with_email, email: into String);
    with!(with_status, status: UserStatus);
    with!(with_role, role: into String);
    with!(with_q, q: into String);
    with!(with_limit, limit: u32);
    with!(with_cursor, cursor: into String);
}

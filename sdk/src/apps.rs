//! Apps: the tenants.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::lenient::or_default;
use crate::{
    Call, Client, Field, JsonObject, NewRole, NewUser, Page, Role, User, operations as op,
};

/// Apps: [`Client::apps`].
#[derive(Clone, Copy, Debug)]
pub struct Apps<'a>(pub(crate) &'a Client);

impl Apps<'_> {
    /// Creates an App, with its roles and its first user if they are given; all of it or nothing.
    pub fn create(&self, app: &NewApp) -> Call<App> {
        self.0.draft(op::CREATE_APP, &[]).json(app).returning()
    }

    /// Lists Apps, newest first.
    pub fn list(&self, query: &AppQuery) -> Call<Page<App>> {
        self.0.draft(op::LIST_APPS, &[]).query(query).returning()
    }

    /// An App, by its name or its id.
    pub fn get(&self, app: &str) -> Call<App> {
        self.0.draft(op::GET_APP, &[app]).returning()
    }

    /// Changes an App; setting the status to active brings back one that was archived.
    pub fn update(&self, app: &str, changes: &AppChanges) -> Call<App> {
        self.0
            .draft(op::UPDATE_APP, &[app])
            .json(changes)
            .returning()
    }

    /// Archives an App: nobody signs in to it, and its tokens are refused. Its name stays taken.
    pub fn archive(&self, app: &str) -> Call<()> {
        self.0.draft(op::ARCHIVE_APP, &[app]).returning_nothing()
    }
}

open_enum! {
    /// Whether an App is in use.
    AppStatus {
        /// In use.
        Active = "active",
        /// Out of use for a while.
        Suspended = "suspended",
        /// Out of use; kept.
        Archived = "archived",
    }
}

/// An App.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct App {
    /// `app_` and a ULID: the audience of its tokens.
    pub id: String,
    /// Its name in paths; for ever.
    pub name: String,
    /// Its name for people.
    pub display_name: String,
    /// Whether it is in use.
    pub status: AppStatus,
    /// The customer's own.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: JsonObject,
    /// How it signs people in.
    pub settings: Settings,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
    /// The roles it was created with: in the answer to that only.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: Vec<Role>,
    /// The user it was created with: in the answer to that only.
    pub owner: Option<User>,
}

/// How an App signs people in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Settings {
    /// How long an access token lives, in seconds.
    pub access_token_ttl_seconds: u64,
    /// How long a session lives, in seconds, however often it is refreshed.
    pub refresh_token_ttl_seconds: u64,
    /// The fewest characters of a password.
    pub password_min_length: u64,
    /// Where invites lead, with `{token}` in it; to Heimdall's own page if there is none.
    pub invite_url_template: Option<String>,
    /// How many failed logins before an address has to wait.
    pub max_failed_logins: u64,
}

/// Settings that are to be set; [`Field::Clear`] puts the default back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SettingsChanges {
    /// How long an access token lives, in seconds; an hour by default.
    #[serde(skip_serializing_if = "Field::is_keep")]
    pub access_token_ttl_seconds: Field<u64>,
    /// How long a session lives, in seconds; 30 days by default.
    #[serde(skip_serializing_if = "Field::is_keep")]
    pub refresh_token_ttl_seconds: Field<u64>,
    /// The fewest characters of a password; 10 by default.
    #[serde(skip_serializing_if = "Field::is_keep")]
    pub password_min_length: Field<u64>,
    /// Where invites lead: `https://…/{token}`.
    #[serde(skip_serializing_if = "Field::is_keep")]
    pub invite_url_template: Field<String>,
    /// How many failed logins before an address has to wait.
    #[serde(skip_serializing_if = "Field::is_keep")]
    pub max_failed_logins: Field<u64>,
}

impl SettingsChanges {
    with!(with_access_token_ttl_seconds, access_token_ttl_seconds: u64);
    with!(with_refresh_token_ttl_seconds, refresh_token_ttl_seconds: u64);
    with!(with_password_min_length, password_min_length: u64);
    with!(with_invite_url_template, invite_url_template: into String);
    with!(clear_invite_url_template, invite_url_template: clear);
    with!(with_max_failed_logins, max_failed_logins: u64);
}

/// An App that is to be created.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewApp {
    /// Its name in paths, for ever: 1–63 of `a-z 0-9 -`.
    pub name: String,
    /// Its name for people; the name, if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The customer's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<JsonObject>,
    /// How it signs people in, where that isn't by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<SettingsChanges>,
    /// Its first roles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<NewRole>,
    /// Its first user, whose roles are among these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<NewUser>,
}

impl NewApp {
    /// An App of this name.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            display_name: None,
            metadata: None,
            settings: None,
            roles: Vec::new(),
            owner: None,
        }
    }

    /// Adds a role to [`roles`](Self::roles).
    #[must_use]
    pub fn with_role(mut self, role: NewRole) -> Self {
        self.roles.push(role);
        self
    }

    with!(with_display_name, display_name: into String);
    with!(with_metadata, metadata: pairs);
    with!(with_settings, settings: SettingsChanges);
    with!(with_owner, owner: NewUser);
}

/// What is to be changed of an App.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AppChanges {
    /// Its name for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Whether it is in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<AppStatus>,
    /// The customer's own, in place of what was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<JsonObject>,
    /// The settings that are to be changed; the others stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<SettingsChanges>,
}

impl AppChanges {
    with!(with_display_name, display_name: into String);
    with!(with_status, status: AppStatus);
    with!(with_metadata, metadata: pairs);
    with!(with_settings, settings: SettingsChanges);
}

/// Which Apps to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AppQuery {
    /// Only those of this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<AppStatus>,
    /// How many items a page holds: 1–200, 50 unless set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// The `next_cursor` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl AppQuery {
    with!(with_status, status: AppStatus);
    with!(with_limit, limit: u32);
    with!(with_cursor, cursor: into String);
}

//! What an endpoint is.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::lenient::or_default;
use crate::{Field, Secret};

open_enum! {
    /// Whether an endpoint is called.
    WebhookStatus {
        /// It is.
        Active = "active",
        /// It is not: someone said so, or it failed for a week, or answered 410.
        Disabled = "disabled",
    }
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Webhook {
    /// `whk_` and a ULID.
    pub id: String,
    /// What is called.
    pub url: String,
    /// The types of events that it wants; `*` is all.
    #[serde(default, deserialize_with = "or_default")]
    pub events: Vec<String>,
    /// What it is for, for people.
    pub description: Option<String>,
    /// Whether it is called.
    pub status: WebhookStatus,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// What its deliveries are signed with, `whsec_…`: in the answers to its creation and to a rotation
    /// only.
    pub secret: Option<Secret>,
}

/// An endpoint that is to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewWebhook {
    /// What is to be called; private and local addresses are refused.
    pub url: String,
    /// The types of events that it wants; `*` is all.
    pub events: Vec<String>,
    /// What it is for, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl NewWebhook {
    /// An endpoint at this URL, for these types of events, such as `["user.created"]` or
    /// [`EventType`](crate::EventType)s.
    pub fn new(url: impl Into<String>, events: impl IntoIterator<Item: Into<String>>) -> Self {
        Self {
            url: url.into(),
            events: events.into_iter().map(Into::into).collect(),
            description: None,
        }
    }

    with!(with_description, description: into String);
}

/// What is to be changed of an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WebhookChanges {
    /// What is to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The types of events that it wants, in place of those it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<String>>,
    /// What it is for, for people.
    #[serde(skip_serializing_if = "Field::is_keep")]
    pub description: Field<String>,
    /// Whether it is to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<WebhookStatus>,
}

impl WebhookChanges {
    with!(with_url, url: into String);
    with!(with_events, events: each String);
    with!(with_description, description: into String);
    with!(clear_description, description: clear);
    with!(with_status, status: WebhookStatus);
}

//! What a delivery says: one event, in an envelope that is the same for all types.
//!
//! It is read leniently, because a receiver is older than the events to come: unknown types and fields are kept, and what
//! `data` holds is asked for one by one. Only the envelope must be right.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Error, EventType};

/// One event of an App.
///
/// Deliveries come at least once: remember the [`id`](Event::id)s that were handled and skip what comes again.
///
/// ```
/// use heimdall_webhook_verify::{Event, EventType};
///
/// let event = Event::parse(br#"{
///     "id": "evt_01J0000000000000000000000A", "type": "role.assigned", "app_id": "app_01J0000000000000000000000B",
///     "created_at": "2026-09-01T08:30:00Z", "data": {"user_id": "usr_01J0000000000000000000000C", "role": "editor"}
/// }"#)?;
/// assert_eq!(event.kind, EventType::RoleAssigned);
/// assert_eq!(event.data.role(), Some("editor"));
/// # Ok::<(), heimdall_webhook_verify::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// `evt_…`, the same over all attempts and endpoints.
    pub id: String,
    /// What happened; `type` in JSON.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// `app_…`, the App in which it happened.
    pub app_id: String,
    /// When it happened, as RFC 3339 in UTC.
    pub created_at: String,
    /// What it is about.
    #[serde(default)]
    pub data: EventData,
    /// Fields of the envelope that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Event {
    /// An event with nothing beyond the envelope's fields.
    #[must_use]
    pub fn new(
        id: impl Into<String>,
        kind: EventType,
        app_id: impl Into<String>,
        created_at: impl Into<String>,
        data: EventData,
    ) -> Self {
        let (id, app_id, created_at) = (id.into(), app_id.into(), created_at.into());
        Self {
            id,
            kind,
            app_id,
            created_at,
            data,
            extra: Map::new(),
        }
    }

    /// Reads an event. Believe only what was verified first: [`Delivery::event`](crate::Delivery::event).
    ///
    /// # Errors
    /// [`Error::InvalidEvent`] if it is no JSON, nested deeper than 128, or lacks a field of the envelope.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(json).map_err(|error| Error::InvalidEvent(error.to_string()))
    }
}

/// What an event is about. Which fields are there depends on the type; each is `None` where it is not, or is no text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventData(pub Map<String, Value>);

macro_rules! texts {
    ($($(#[$doc:meta])* $field:ident)*) => {
        impl EventData {
            $($(#[$doc])* #[must_use] pub fn $field(&self) -> Option<&str> {
                self.0.get(stringify!($field)).and_then(Value::as_str)
            })*
        }
    };
}

texts! {
    /// The App, as in the envelope.
    app_id
    /// `usr_…`, the user it is about.
    user_id
    /// The user's or the invitee's email address.
    email
    /// The user's display name.
    display_name
    /// The role's name.
    role
    /// `role_…`
    role_id
    /// `inv_…`
    invite_id
    /// `cred_…`
    credential_id
    /// `hci_…`, the credential's public name.
    client_id
    /// `ses_…`
    session_id
    /// `whk_…`
    webhook_id
}

impl EventData {
    /// The names of the user's roles; empty where there are none.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.0
            .get("roles")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
    }
}

impl From<Map<String, Value>> for EventData {
    fn from(map: Map<String, Value>) -> Self {
        Self(map)
    }
}

//! The types of events, in one table.

use std::{convert::Infallible, fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! event_types {
    ($($variant:ident = $text:literal)*) => {
        /// What happened. A type that this version does not know is kept as [`EventType::Other`]: acknowledge it and go on.
        ///
        /// ```
        /// use heimdall_webhook_verify::EventType;
        ///
        /// assert_eq!(EventType::from("user.created"), EventType::UserCreated);
        /// assert_eq!(EventType::from("user.teleported").as_str(), "user.teleported");
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum EventType {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
            /// One that came after this version. Made by `From` only for texts that no other variant has.
            Other(String),
        }

        impl EventType {
            /// Every type that this version knows.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// As it stands in JSON and in an endpoint's `events`.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(text) => text,
                }
            }

            fn known(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

event_types! {
    UserCreated = "user.created"
    UserUpdated = "user.updated"
    UserDeactivated = "user.deactivated"
    UserReactivated = "user.reactivated"
    UserDeleted = "user.deleted"
    UserPasswordChanged = "user.password_changed"
    UserEmailVerified = "user.email_verified"
    RoleCreated = "role.created"
    RoleUpdated = "role.updated"
    RoleDeleted = "role.deleted"
    RoleAssigned = "role.assigned"
    RoleRemoved = "role.removed"
    InviteCreated = "invite.created"
    InviteAccepted = "invite.accepted"
    InviteRevoked = "invite.revoked"
    CredentialCreated = "credential.created"
    CredentialUpdated = "credential.updated"
    CredentialRevoked = "credential.revoked"
    SessionCreated = "session.created"
    SessionRevoked = "session.revoked"
    SessionReuseDetected = "session.reuse_detected"
    AppUpdated = "app.updated"
    AppSuspended = "app.suspended"
    AppArchived = "app.archived"
    AppRestored = "app.restored"
    AuditCheckpoint = "audit.checkpoint"
    WebhookTest = "webhook.test"
}

impl From<&str> for EventType {
    fn from(text: &str) -> Self {
        Self::known(text).unwrap_or_else(|| Self::Other(text.to_owned()))
    }
}

impl From<String> for EventType {
    fn from(text: String) -> Self {
        Self::known(&text).unwrap_or(Self::Other(text))
    }
}

impl FromStr for EventType {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from(text))
    }
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for EventType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

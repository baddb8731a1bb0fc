//! What an endpoint is.

use super::Webhook;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Active,
    /// Paused by hand, gone (410), or failing for a week. Its deliveries wait until it is active again.
    Disabled,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "active" => Self::Active,
            "disabled" => Self::Disabled,
            _ => return None,
        })
    }
}

/// An endpoint that is to be created.
#[derive(Clone, Debug)]
pub struct NewWebhook {
    pub url: String,
    pub events: Vec<String>,
    pub description: Option<String>,
}

/// What is to be changed of an endpoint.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub url: Option<String>,
    pub events: Option<Vec<String>>,
    pub description: Option<Option<String>>,
    pub status: Option<Status>,
}

impl Changes {
    pub(super) fn apply(self, webhook: &mut Webhook) {
        if let Some(url) = self.url {
            webhook.url = url;
        }
        if let Some(events) = self.events {
            webhook.events = events.into();
        }
        if let Some(description) = self.description {
            webhook.description = description;
        }
        if let Some(status) = self.status {
            // Whoever turns it on again begins with a clean slate.
            if status == Status::Active && webhook.status == Status::Disabled {
                webhook.failing_since = None;
            }
            webhook.status = status;
        }
    }
}

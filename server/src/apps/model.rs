//! What an App is.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::App;
use crate::error::{Refusal, Wrong};

/// Whether an App is in use. Only an active one signs anybody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Active,
    Suspended,
    Archived,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Archived => "archived",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "active" => Self::Active,
            "suspended" => Self::Suspended,
            "archived" => Self::Archived,
            _ => return None,
        })
    }
}

/// What an App may set for itself.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(default)]
pub struct Settings {
    pub access_token_ttl_seconds: u32,
    pub refresh_token_ttl_seconds: u32,
    pub password_min_length: u32,
    pub invite_url_template: Option<String>,
    pub max_failed_logins: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            access_token_ttl_seconds: 3600,
            refresh_token_ttl_seconds: 30 * 24 * 3600,
            password_min_length: 10,
            invite_url_template: None,
            max_failed_logins: 10,
        }
    }
}

impl Settings {
    pub fn access_token_ttl(&self) -> Duration {
        Duration::from_secs(self.access_token_ttl_seconds.into())
    }

    pub fn refresh_token_ttl(&self) -> Duration {
        Duration::from_secs(self.refresh_token_ttl_seconds.into())
    }

    /// What only a human rule can say of them; ranges are in the API's document.
    pub fn check(&self) -> Result<(), Wrong> {
        let Some(template) = &self.invite_url_template else {
            return Ok(());
        };
        let once = template.matches("{token}").count() == 1;
        let probe = template.replace("{token}", "token");
        let url = url::Url::parse(&probe).ok();
        let web = url.is_some_and(|url| {
            matches!(url.scheme(), "https" | "http") && url.has_host() && url.username().is_empty()
        });
        if once && web {
            return Ok(());
        }
        Err(Wrong::new(
            "settings.invite_url_template",
            "must be an https:// or http:// URL with {token} in it once",
        ))
    }
}

/// An App that is to be created.
#[derive(Clone, Debug)]
pub struct NewApp {
    pub name: String,
    pub display_name: Option<String>,
    pub metadata: Map<String, Value>,
    pub settings: Settings,
}

/// What is to be changed of an App.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub display_name: Option<String>,
    pub status: Option<Status>,
    pub metadata: Option<Map<String, Value>>,
    /// Applied to the settings as they are when the change is made.
    pub settings: SettingsChanges,
}

/// The settings that are to be changed; `Some(None)` puts the default back.
#[derive(Clone, Debug, Default)]
pub struct SettingsChanges {
    pub access_token_ttl_seconds: Option<Option<u32>>,
    pub refresh_token_ttl_seconds: Option<Option<u32>>,
    pub password_min_length: Option<Option<u32>>,
    pub invite_url_template: Option<Option<String>>,
    pub max_failed_logins: Option<Option<u32>>,
}

impl SettingsChanges {
    pub fn apply(self, settings: &mut Settings) -> Result<(), Refusal> {
        let default = Settings::default();
        let set = |field: &mut u32, change: Option<Option<u32>>, default: u32| {
            if let Some(value) = change {
                *field = value.unwrap_or(default);
            }
        };
        set(
            &mut settings.access_token_ttl_seconds,
            self.access_token_ttl_seconds,
            default.access_token_ttl_seconds,
        );
        set(
            &mut settings.refresh_token_ttl_seconds,
            self.refresh_token_ttl_seconds,
            default.refresh_token_ttl_seconds,
        );
        set(
            &mut settings.password_min_length,
            self.password_min_length,
            default.password_min_length,
        );
        set(
            &mut settings.max_failed_logins,
            self.max_failed_logins,
            default.max_failed_logins,
        );
        if let Some(template) = self.invite_url_template {
            settings.invite_url_template = template;
        }
        settings
            .check()
            .map_err(|wrong| Refusal::Invalid(vec![wrong]))
    }
}

impl Changes {
    pub(super) fn apply(self, app: &mut App) -> Result<(), Refusal> {
        if let Some(display_name) = self.display_name {
            app.display_name = display_name;
        }
        if let Some(status) = self.status {
            app.status = status;
        }
        if let Some(metadata) = self.metadata {
            app.metadata = metadata.into();
        }
        self.settings.apply(&mut app.settings.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invite_template_needs_its_token_once_in_a_web_address() {
        let check = |template: &str| {
            let invite_url_template = Some(template.to_owned());
            Settings {
                invite_url_template,
                ..Settings::default()
            }
            .check()
        };
        assert!(check("https://app.example.com/join/{token}").is_ok());
        assert!(check("https://app.example.com/join").is_err());
        assert!(check("https://{token}/{token}").is_err());
        assert!(check("javascript:alert('{token}')").is_err());
    }
}

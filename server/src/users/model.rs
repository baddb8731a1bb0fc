//! What a user is.

use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization as _;

use super::User;
use crate::kernel::Secret;

/// Whether a user may sign in. Suspension is for a while; deactivation is the end of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Active,
    Suspended,
    Deactivated,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deactivated => "deactivated",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "active" => Self::Active,
            "suspended" => Self::Suspended,
            "deactivated" => Self::Deactivated,
            _ => return None,
        })
    }
}

/// Reads email addresses as far as that is useful: whether one exists only a letter can tell.
#[derive(Debug)]
pub struct Email;

impl Email {
    /// The longest address (RFC 5321, section 4.5.3.1.3).
    pub const MAX_LENGTH: usize = 254;

    /// Why it is none.
    pub fn check(text: &str) -> Result<(), &'static str> {
        const NONE: &str = "must be an email address, such as ada@example.com";
        let (local, domain) = text.rsplit_once('@').ok_or(NONE)?;
        let visible = text
            .chars()
            .all(|c| !c.is_whitespace() && !c.is_control() && !is_invisible(c));
        let labels = || domain.split('.');
        let domain_ok = labels().count() >= 2
            && labels().all(|label| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.chars().all(|c| c.is_alphanumeric() || c == '-')
            });
        let local_ok = !local.is_empty()
            && local.len() <= 64
            && !local.contains('@')
            && !local.chars().any(|c| "\"(),:;<>[\\]".contains(c))
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..");
        if visible && domain_ok && local_ok && text.len() <= Self::MAX_LENGTH {
            Ok(())
        } else {
            Err(NONE)
        }
    }
}

/// Characters that are not seen but change what is: marks of direction, joiners, the like.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}')
}

/// A password as it is hashed: the same characters are the same password, however a keyboard
/// composes them (NFC, as NIST SP 800-63B asks).
pub fn password(text: &str) -> Secret {
    Secret::from(text.nfc().collect::<String>())
}

/// A user who is to be created.
#[derive(Clone, Debug)]
pub struct NewUser {
    pub email: String,
    pub email_verified: bool,
    pub display_name: Option<String>,
    pub roles: Vec<String>,
    /// Where the roles were given, for naming one that isn't there: `role` or `roles`.
    pub roles_field: &'static str,
    pub metadata: Map<String, Value>,
}

/// What is to be changed of a user.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    pub email: Option<String>,
    pub email_verified: Option<bool>,
    pub display_name: Option<Option<String>>,
    pub status: Option<Status>,
    pub metadata: Option<Map<String, Value>>,
    pub roles: Option<Vec<String>>,
}

impl Changes {
    /// Whether anything but the roles changes, which have events of their own.
    pub(super) fn touches_the_user(&self) -> bool {
        self.email.is_some()
            || self.email_verified.is_some()
            || self.display_name.is_some()
            || self.status.is_some()
            || self.metadata.is_some()
    }

    pub(super) fn apply(self, user: &mut User) {
        if let Some(email) = self.email {
            let key = super::email_key(&email);
            // Another address is not verified because the last one was.
            user.email_verified &= key == user.email_key;
            user.email_key = key;
            user.email = email;
        }
        if let Some(verified) = self.email_verified {
            user.email_verified = verified;
        }
        if let Some(display_name) = self.display_name {
            user.display_name = display_name;
        }
        if let Some(status) = self.status {
            user.status = status;
        }
        if let Some(metadata) = self.metadata {
            user.metadata = metadata.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_what_is_none() {
        for good in [
            "bob@contractor.io",
            "a+b@x-y.co",
            "o'hara@example.com",
            "jörg@bücher.de",
        ] {
            assert!(Email::check(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        for bad in [
            "",
            "bob",
            "@x.io",
            "bob@",
            "bob@x",
            "a b@x.io",
            "bob@x..io",
            "a@b@x.io",
            "a\u{202e}b@x.io",
            "<b@x.io>",
            &long,
        ] {
            assert!(Email::check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_is_the_same_however_it_is_composed() {
        assert_eq!(
            password("caf\u{e9}").expose(),
            password("cafe\u{301}").expose()
        );
    }
}

//! Ids: a prefix that tells what it is, and a ULID that sorts by when it was made.
//!
//! Each kind is a type of its own, so that the compiler refuses a user's id where a role's is due.

use ulid::Ulid;

use super::{Random, Timestamp};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// What the text of such an id begins with.
            pub const PREFIX: &'static str = $prefix;

            pub fn new(at: Timestamp, random: &Random) -> Self {
                Self(format!("{}{}", $prefix, ulid(at, random)))
            }

            /// Reads an id; `None` when it is none of this kind.
            pub fn parse(text: &str) -> Option<Self> {
                let ulid = text.strip_prefix($prefix)?;
                let read = Ulid::from_string(ulid).ok()?;
                // A ULID has several spellings (lower case, `O` for `0`); an id has one.
                (read.to_string() == ulid).then(|| Self(text.to_owned()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        crate::db::text_column!($name, |text: String| Ok($name(text)));
    )*};
}

ids! {
    /// An App: one tenant.
    AppId = "app_";
    UserId = "usr_";
    RoleId = "role_";
    /// A service credential, as a resource.
    CredentialId = "cred_";
    /// The public name of a service credential, as OAuth has it.
    ClientId = "hci_";
    /// One of the (at most two) live secrets of a credential.
    SecretId = "sec_";
    InviteId = "inv_";
    LinkId = "lnk_";
    SessionId = "ses_";
    WebhookId = "whk_";
    DeliveryId = "del_";
    EventId = "evt_";
    /// An admin key.
    AdminKeyId = "key_";
    /// A signing key: the `kid` of a token (RFC 7515, section 4.1.4).
    Kid = "key_";
}

/// A ULID of this millisecond with 80 random bits.
fn ulid(at: Timestamp, random: &Random) -> Ulid {
    Ulid::from_parts(at.millis(), u128::from_le_bytes(random.bytes()))
}

/// A fresh ULID without a prefix: a token's `jti`, a request's id.
pub fn unique(at: Timestamp, random: &Random) -> String {
    ulid(at, random).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_and_has_one_spelling() {
        let id = UserId::new(crate::kernel::Clock::system().now(), &Random::system());
        assert_eq!(UserId::parse(id.as_str()), Some(id.clone()));
        assert_eq!(UserId::parse(&id.as_str().to_lowercase()), None);
        assert_eq!(RoleId::parse(id.as_str()), None);
        assert_eq!(UserId::parse("usr_"), None);
    }
}

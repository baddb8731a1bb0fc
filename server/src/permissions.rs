//! `resource:action`, and who holds which.
//!
//! One namespace serves an App's own permissions (`billing:read`) and those that Heimdall's API
//! asks for (`users:invite`): a role holds both kinds side by side. There are no wildcards in
//! roles or tokens, since verifiers compare plainly; only an admin key may hold everything.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::Refusal;

/// The pattern of a permission, as the API's document has it.
pub const PATTERN: &str = "^[a-z0-9_.-]{1,100}:[a-z0-9_.-]{1,100}$";

/// One permission, in its only spelling.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Permission(String);

impl Permission {
    pub fn parse(text: &str) -> Option<Self> {
        let (resource, action) = text.split_once(':')?;
        let side = |part: &str| {
            (1..=100).contains(&part.len())
                && part
                    .bytes()
                    .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'.'))
        };
        (side(resource) && side(action)).then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub type Permissions = BTreeSet<Permission>;

/// What a caller holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grants {
    /// Everything: an admin key with `*`.
    All,
    Only(Permissions),
}

impl Grants {
    pub fn holds(&self, permission: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(held) => held.iter().any(|p| p.as_str() == permission),
        }
    }

    /// Refuses, naming it, when the permission is not held.
    pub fn require(&self, permission: &'static str) -> Result<(), Refusal> {
        if self.holds(permission) {
            return Ok(());
        }
        let missing = Permission::parse(permission).into_iter().collect();
        Err(Refusal::PermissionDenied(missing))
    }

    /// The one rule of delegation: **no one gives what they don't hold**. Whatever is handed out
    /// (by a role, an invite, a credential, a key), and whoever is acted upon, goes through here.
    pub fn require_all<'p>(
        &self,
        given: impl IntoIterator<Item = &'p Permission>,
    ) -> Result<(), Refusal> {
        let Self::Only(held) = self else {
            return Ok(());
        };
        let missing: BTreeSet<_> = given
            .into_iter()
            .filter(|p| !held.contains(*p))
            .cloned()
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Refusal::PermissionDenied(missing.into_iter().collect()))
    }
}

/// Declares the permissions that the API itself asks for.
macro_rules! api_permissions {
    ($($name:ident = $text:literal),* $(,)?) => {
        $(pub const $name: &str = $text;)*
        /// All that the API asks for.
        pub const API: &[&str] = &[$($text),*];
    };
}

api_permissions! {
    APP_READ = "app:read",
    APP_WRITE = "app:write",
    USERS_READ = "users:read",
    USERS_WRITE = "users:write",
    USERS_INVITE = "users:invite",
    ROLES_READ = "roles:read",
    ROLES_WRITE = "roles:write",
    CREDENTIALS_READ = "credentials:read",
    CREDENTIALS_WRITE = "credentials:write",
    WEBHOOKS_READ = "webhooks:read",
    WEBHOOKS_WRITE = "webhooks:write",
    SESSIONS_WRITE = "sessions:write",
    TOKENS_ISSUE = "tokens:issue",
    TOKENS_VERIFY = "tokens:verify",
    AUDIT_READ = "audit:read",
    REVOCATIONS_READ = "revocations:read",
    APPS_CREATE = "apps:create",
    APPS_LIST = "apps:list",
    ADMIN_KEYS_WRITE = "admin_keys:write",
    SIGNING_KEYS_WRITE = "signing_keys:write",
}

/// Those that only a key of the whole instance can hold.
pub const INSTANCE_ONLY: &[&str] = &[APPS_CREATE, APPS_LIST, ADMIN_KEYS_WRITE, SIGNING_KEYS_WRITE];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_has_one_spelling() {
        for good in ["billing:read", "a:b", "my.app-x_1:do-it"] {
            assert!(Permission::parse(good).is_some(), "{good}");
        }
        let long = format!("{}:read", "a".repeat(101));
        for bad in [
            "",
            "billing",
            ":read",
            "billing:",
            "a:b:c",
            "*",
            "users:*",
            "Users:read",
            " users:read",
            "a:b ",
            &long,
        ] {
            assert!(Permission::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn nobody_gives_what_they_do_not_hold() {
        let read = Permission::parse("billing:read").unwrap();
        let write = Permission::parse("billing:write").unwrap();
        let grants = Grants::Only([read.clone()].into());
        assert_eq!(grants.require_all([&read]), Ok(()));
        let refused = Refusal::PermissionDenied(vec![write.clone()]);
        assert_eq!(grants.require_all([&read, &write]), Err(refused));
        assert_eq!(Grants::All.require_all([&write]), Ok(()));
    }
}

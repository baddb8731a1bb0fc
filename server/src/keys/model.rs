//! What a signing key is.

use super::KeyRow;
use crate::kernel::Timestamp;
use crate::tokens::MAX_ACCESS_TTL;

/// How tokens are signed (RFC 7518, RFC 8037).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Es256,
    EdDsa,
    Rs256,
}

impl Algorithm {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Es256, Self::EdDsa, Self::Rs256]
            .into_iter()
            .find(|a| a.as_str() == text)
    }

    pub(super) fn jwt(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
        }
    }
}

/// Where a key is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Published, and signs later.
    Next,
    /// Signs now.
    Active,
    /// Signs no more, and is published until its tokens have expired.
    Retired,
    /// Neither signs nor is published.
    Expired,
}

impl KeyRow {
    pub fn state(&self, now: Timestamp) -> KeyState {
        if self.active_at > now {
            return KeyState::Next;
        }
        match self.retired_at {
            Some(at) if at.plus(MAX_ACCESS_TTL) <= now => KeyState::Expired,
            Some(at) if at <= now => KeyState::Retired,
            _ => KeyState::Active,
        }
    }
}

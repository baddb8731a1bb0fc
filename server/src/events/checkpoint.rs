//! A signed statement of how far a log had come: entry `seq` has this hash, and so has all before it.
//!
//! Kept elsewhere, it shows that a tail was cut off or that a chain was made anew, which the chain
//! itself can't. It is a JWT (RFC 7519) signed with the keys of the tokens, and can't be taken for one:
//! its `typ` is another, and it has neither `sub`, `aud` nor `exp`.

use serde::{Deserialize, Serialize};

use crate::app::Heimdall;
use crate::error::Result;
use crate::kernel::Timestamp;
use crate::keys::Keyring;

/// The `typ` in its header.
pub const TYPE: &str = "heimdall-checkpoint+jwt";

/// What it states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub app_id: String,
    pub seq: i64,
    /// In hex.
    pub hash: String,
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    iat: i64,
    app_id: String,
    seq: i64,
    hash: String,
}

impl Checkpoint {
    pub fn sign(&self, heimdall: &Heimdall) -> Result<String> {
        let claims = Claims {
            iss: heimdall.config.public_url.to_string(),
            iat: self.at.seconds(),
            app_id: self.app_id.clone(),
            seq: self.seq,
            hash: self.hash.clone(),
        };
        heimdall.keys.sign(TYPE, &claims, self.at)
    }

    /// What a signed one states, if a key of this instance has signed it; also one that signs no more.
    pub fn read(signed: &str, keys: &Keyring) -> Option<Self> {
        let claims: Claims = keys.verify_ever(TYPE, signed)?;
        Some(Self {
            app_id: claims.app_id,
            seq: claims.seq,
            hash: claims.hash,
            at: Timestamp::from_micros(claims.iat.saturating_mul(1_000_000)),
        })
    }
}

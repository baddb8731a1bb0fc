//! The chain: the hash of each event covers the one before.
//!
//! `hash = SHA-256(previous_hash || canonical)`, where `canonical` is the JSON array
//! `[app_id, seq, id, type, actor_type, actor_id, target_type, target_id, data, personal_digest (hex),
//! request_id, occurred_at]` with the keys of every object sorted and no white space. Whoever has an
//! export can recompute it. The first `previous_hash` is 32 zero bytes.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// What stands before the first event.
pub const GENESIS: [u8; 32] = [0; 32];

/// The commitment to an event's personal half. Salted, so that nobody finds the erased half again
/// by trying all addresses.
pub fn personal(salt: &[u8], personal: &Value) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(personal.to_string());
    hasher.finalize().into()
}

/// What is hashed of an event.
#[derive(Clone, Copy, Debug)]
pub struct Hashed<'e> {
    pub app_id: &'e str,
    pub seq: i64,
    pub id: &'e str,
    pub kind: &'e str,
    pub actor: (&'e str, &'e str),
    pub target: (&'e str, &'e str),
    pub data: &'e Value,
    pub personal_digest: &'e [u8],
    pub request_id: &'e str,
    pub occurred_at: &'e str,
}

impl Hashed<'_> {
    pub fn hash(&self, previous: &[u8]) -> [u8; 32] {
        // serde_json's maps are sorted by key: the same on the way in and, after PostgreSQL has
        // put the keys of a JSONB in its own order, on the way out.
        let canonical = json!([
            self.app_id,
            self.seq,
            self.id,
            self.kind,
            self.actor.0,
            self.actor.1,
            self.target.0,
            self.target.1,
            self.data,
            hex(self.personal_digest),
            self.request_id,
            self.occurred_at,
        ]);
        let mut hasher = Sha256::new();
        hasher.update(previous);
        hasher.update(canonical.to_string());
        hasher.finalize().into()
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

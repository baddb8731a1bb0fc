//! HMAC-SHA256 with the key absorbed in advance, and the comparison that takes the same time however wrong a guess is.
//!
//! Preparing a key costs two rounds of SHA-256, which is done once for each secret; a signature starts from a copy of that
//! state. `sha2` finds the CPU's SHA instructions by itself at run time.

use hmac::{Hmac, KeyInit, Mac as _};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use crate::Error;

/// Bytes of a signature.
pub(crate) const MAC_LEN: usize = 32;

/// How many `v1` signatures one header may hold.
///
/// A sender signs once for each secret in force, so there are one or two. The limit keeps a stranger from making a receiver
/// compare thousands.
pub const MAX_SIGNATURES: usize = 16;

/// A key that has been absorbed. Wiped when dropped (feature `zeroize` of `hmac` and `sha2`).
#[derive(Clone)]
pub(crate) struct Key(Hmac<Sha256>);

impl Key {
    /// `None` never happens: HMAC takes keys of any length. It is not hidden, so that there is no panic to reason about.
    pub(crate) fn new(key: &[u8]) -> Option<Self> {
        Hmac::new_from_slice(key).ok().map(Self)
    }

    /// Signs the parts as if they were one message, without joining them in memory.
    pub(crate) fn sign(&self, parts: &[&[u8]]) -> [u8; MAC_LEN] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The signatures that one header offers, decoded, on the stack.
pub(crate) struct Candidates {
    macs: [[u8; MAC_LEN]; MAX_SIGNATURES],
    len: usize,
}

impl Candidates {
    pub(crate) fn new() -> Self {
        Self {
            macs: [[0; MAC_LEN]; MAX_SIGNATURES],
            len: 0,
        }
    }

    /// # Errors
    /// [`Error::TooManySignatures`] naming `header`.
    pub(crate) fn push(&mut self, mac: [u8; MAC_LEN], header: &'static str) -> Result<(), Error> {
        let slot = self
            .macs
            .get_mut(self.len)
            .ok_or(Error::TooManySignatures(header))?;
        *slot = mac;
        self.len += 1;
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether `expected` is among them. Every candidate is compared over its full length, whatever came before.
    pub(crate) fn contain(&self, expected: &[u8; MAC_LEN]) -> Choice {
        self.macs[..self.len]
            .iter()
            .fold(Choice::from(0), |found, mac| found | mac.ct_eq(expected))
    }
}

//! Encryption of what must be read again: signing keys, webhook secrets, stored answers.
//!
//! Everything hangs on the master key (`HEIMDALL_MASTER_KEY`). From it one key is derived per
//! purpose, so that a text sealed for one can't be opened as another.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::Random;

/// The first byte of whatever was sealed: which scheme it was.
const AES_256_GCM_V1: u8 = 1;

/// What was stored could not be opened: it was sealed under another master key, for another
/// purpose, or it was changed.
#[derive(Debug, thiserror::Error)]
#[error("a stored secret does not open with this master key (HEIMDALL_MASTER_KEY)")]
pub struct CannotOpen;

/// Seals and opens with keys derived from the master key.
#[derive(Clone)]
pub struct Cipher {
    master: Zeroizing<[u8; 32]>,
}

impl Cipher {
    pub fn new(master: [u8; 32]) -> Self {
        Self {
            master: Zeroizing::new(master),
        }
    }

    /// Reads the master key as it is given in the settings: base64 of 32 bytes.
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).ok()?);
        Some(Self::new(bytes.as_slice().try_into().ok()?))
    }

    /// The master key itself, for the one who keeps it.
    pub(crate) fn master_key(&self) -> &[u8; 32] {
        &self.master
    }

    /// A 32-byte key for one purpose: HMAC-SHA256 of the purpose under the master key, which for
    /// a uniformly random master key is the expand step of HKDF (RFC 5869).
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.master.as_slice());
        let tag = hmac::sign(&key, purpose.as_bytes());
        let mut derived = Zeroizing::new([0; 32]);
        derived.copy_from_slice(tag.as_ref());
        derived
    }

    /// Encrypts with AES-256-GCM under the key of this purpose. `about` (an id, say) is bound to
    /// the result, so that it can't be moved to another row.
    pub fn seal(&self, random: &Random, purpose: &str, about: &str, plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random.bytes();
        let mut sealed = plain.to_vec();
        let aad = Aad::from(about.as_bytes());
        let nonce_again = Nonce::assume_unique_for_key(nonce);
        // Sealing fails only for texts of more than 64 GiB; a row never has those.
        let outcome = self.key(purpose).and_then(|key| {
            key.seal_in_place_append_tag(nonce_again, aad, &mut sealed)
                .ok()
        });
        debug_assert!(outcome.is_some());
        let mut out = Vec::with_capacity(1 + NONCE_LEN + sealed.len());
        out.push(AES_256_GCM_V1);
        out.extend_from_slice(&nonce);
        out.append(&mut sealed);
        out
    }

    /// Decrypts what [`Cipher::seal`] made for the same purpose and `about`.
    pub fn open(
        &self,
        purpose: &str,
        about: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, CannotOpen> {
        let (&version, rest) = sealed.split_first().ok_or(CannotOpen)?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(CannotOpen)?;
        if version != AES_256_GCM_V1 {
            return Err(CannotOpen);
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| CannotOpen)?;
        let mut buffer = Zeroizing::new(text.to_vec());
        let key = self.key(purpose).ok_or(CannotOpen)?;
        let aad = Aad::from(about.as_bytes());
        let plain = key.open_in_place(nonce, aad, &mut buffer);
        let length = plain.map_err(|_| CannotOpen)?.len();
        buffer.truncate(length);
        Ok(buffer)
    }

    fn key(&self, purpose: &str) -> Option<LessSafeKey> {
        let key = UnboundKey::new(&AES_256_GCM, self.derive(purpose).as_slice());
        key.ok().map(LessSafeKey::new)
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_for_its_purpose_only() {
        let (cipher, random) = (Cipher::new([7; 32]), Random::system());
        let sealed = cipher.seal(&random, "keys", "key_1", b"private");
        assert_eq!(
            cipher.open("keys", "key_1", &sealed).unwrap().as_slice(),
            b"private"
        );
        assert!(cipher.open("keys", "key_2", &sealed).is_err());
        assert!(cipher.open("webhooks", "key_1", &sealed).is_err());
        assert!(Cipher::new([8; 32]).open("keys", "key_1", &sealed).is_err());
    }

    #[test]
    fn what_was_changed_or_cut_does_not_open() {
        let (cipher, random) = (Cipher::new([7; 32]), Random::system());
        let sealed = cipher.seal(&random, "keys", "key_1", b"private");
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(cipher.open("keys", "key_1", &changed).is_err());
            assert!(cipher.open("keys", "key_1", &sealed[..place]).is_err());
        }
    }
}

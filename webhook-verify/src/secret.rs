//! A webhook secret: `whsec_` and base64.
//!
//! The one text is the key of two header forms in two ways. `X-Heimdall-Signature` is keyed with the text as it was shown,
//! `whsec_` and all; Standard Webhooks with the bytes that the base64 stands for. Confusing the two is the usual reason
//! for a receiver written by hand that never accepts anything.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{Error, mac::Key};

const PREFIX: &str = "whsec_";
const MIN_LEN: usize = 24;
const MAX_LEN: usize = 64;
/// `MAX_LEN` rounded up to whole groups of three, which is what a base64 decoder asks for.
const DECODE_BUFFER: usize = 66;

/// A webhook secret, ready for signing and verifying.
///
/// It can't be printed: `Debug` hides it and there is no `Display`. What it holds is wiped from memory when it is dropped.
///
/// ```
/// use heimdall_webhook_verify::Secret;
///
/// let secret: Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// assert_eq!(format!("{secret:?}"), "Secret(…)");
/// # Ok::<(), heimdall_webhook_verify::Error>(())
/// ```
#[derive(Clone)]
pub struct Secret {
    text: Zeroizing<String>,
    heimdall: Key,
    standard: Key,
}

impl Secret {
    /// Reads a secret as it was shown: `whsec_` and 24–64 bytes in padded standard base64.
    ///
    /// # Errors
    /// [`Error::SecretPrefix`], [`Error::SecretEncoding`] or [`Error::SecretLength`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let encoded = text.strip_prefix(PREFIX).ok_or(Error::SecretPrefix)?;
        if encoded.len() > MAX_LEN.div_ceil(3) * 4 {
            return Err(Error::SecretLength);
        }
        let mut buffer = Zeroizing::new([0; DECODE_BUFFER]);
        let len = STANDARD
            .decode_slice(encoded, &mut *buffer)
            .map_err(|_| Error::SecretEncoding)?;
        if !(MIN_LEN..=MAX_LEN).contains(&len) {
            return Err(Error::SecretLength);
        }
        Ok(Self {
            text: Zeroizing::new(text.to_owned()),
            heimdall: Key::new(text.as_bytes()).ok_or(Error::SecretLength)?,
            standard: Key::new(&buffer[..len]).ok_or(Error::SecretLength)?,
        })
    }

    /// Makes a secret of 32 bytes that the caller drew from a cryptographic random source.
    ///
    /// Randomness is a parameter, so that this crate needs no source of its own and a test can repeat itself.
    ///
    /// ```
    /// # let random = [7; 32];
    /// let secret = heimdall_webhook_verify::Secret::generate(&random)?;
    /// assert!(secret.expose().starts_with("whsec_"));
    /// # Ok::<(), heimdall_webhook_verify::Error>(())
    /// ```
    ///
    /// # Errors
    /// None in practice; the type leaves room for what [`Secret::parse`] may refuse.
    pub fn generate(random: &[u8; 32]) -> Result<Self, Error> {
        let mut text = Zeroizing::new(String::with_capacity(
            PREFIX.len() + random.len().div_ceil(3) * 4,
        ));
        text.push_str(PREFIX);
        STANDARD.encode_string(random, &mut text);
        Self::parse(&text)
    }

    /// The secret in the clear: for showing it once and for encrypting it at rest, never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Keyed with the text as it was shown.
    pub(crate) fn heimdall(&self) -> &Key {
        &self.heimdall
    }

    /// Keyed with the bytes behind `whsec_`.
    pub(crate) fn standard(&self) -> &Key {
        &self.standard
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl FromStr for Secret {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

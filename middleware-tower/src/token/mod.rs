//! A token taken apart: three parts, a header, claims.
//!
//! The order is what keeps it safe: the header says which key to try and nothing more, the key says how it verifies, and no claim
//! is read before the signature is found good.

mod claims;
mod header;

pub(crate) use claims::Claims;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Fault;
use crate::keys::VerificationKey;
use header::Header;

/// Longer ones are refused unread. Heimdall's own have a few hundred bytes and some dozens for each permission.
const MAX_LEN: usize = 16 * 1024;

/// A header has an algorithm, a type and a key id.
const MAX_HEADER_LEN: usize = 1024;

/// A compact JWS (RFC 7515 §3.1) whose header is an access token's and whose signature nobody has looked at yet.
pub(crate) struct Unverified<'t> {
    header: Header,
    /// What was signed: the header and the payload, as they came.
    signed: &'t str,
    payload: &'t str,
    signature: &'t str,
}

impl<'t> Unverified<'t> {
    pub(crate) fn parse(token: &'t [u8]) -> Result<Self, Fault> {
        if token.len() > MAX_LEN {
            return Err(Fault::Length);
        }
        let token = std::str::from_utf8(token).map_err(|_| Fault::Shape)?;
        let (signed, signature) = token.rsplit_once('.').ok_or(Fault::Shape)?;
        let (header, payload) = signed.split_once('.').ok_or(Fault::Shape)?;
        if payload.contains('.') || header.len() > MAX_HEADER_LEN {
            return Err(Fault::Shape);
        }
        let header = decode(header)?;
        Ok(Self {
            header: Header::parse(&header)?,
            signed,
            payload,
            signature,
        })
    }

    pub(crate) fn kid(&self) -> &str {
        &self.header.kid
    }

    /// The claims, if this key signed them in its own way.
    pub(crate) fn verify(&self, key: &VerificationKey) -> Result<Claims, Fault> {
        if self.header.alg != key.algorithm().as_str() {
            return Err(Fault::Algorithm);
        }
        if !key.verifies(self.signed, self.signature) {
            return Err(Fault::Signature);
        }
        Claims::parse(&decode(self.payload)?)
    }
}

/// Base64url as RFC 7515 §2 has it: no padding, no white space, and no second spelling of the last character.
fn decode(text: &str) -> Result<Vec<u8>, Fault> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Fault::Shape)
}

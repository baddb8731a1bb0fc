//! Standard Webhooks: `webhook-id`, `webhook-timestamp` and `webhook-signature: v1,{base64}[ v1,{base64}]`, over
//! `{id}.{timestamp}.{body}`.
//!
//! The key is the bytes behind `whsec_`. An id must not hold a full stop: `a` at `1` with the body `2.x` and `a.1` at `2` with the
//! body `x` would be one and the same signed text.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    Error, Secret,
    headers::{Headers, WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP},
    mac::{Candidates, MAC_LEN},
    timestamp,
};

const MAX_ID_LEN: usize = 256;
/// `MAC_LEN` bytes in padded base64.
const ENCODED_LEN: usize = MAC_LEN.div_ceil(3) * 4;

/// The three headers, read but not yet believed.
pub(crate) struct Signature<'a> {
    pub(crate) id: &'a str,
    /// As it stands in the header, since that is what was signed.
    timestamp: &'a [u8],
    pub(crate) seconds: u64,
    candidates: Candidates,
}

impl<'a> Signature<'a> {
    /// `None` if none of the three headers is there. Some of them without the others are refused: an unsigned `webhook-id`
    /// beside a signed body would let a replay pass for a new delivery.
    pub(crate) fn read<H: Headers + ?Sized>(headers: &'a H) -> Result<Option<Self>, Error> {
        let id = headers.only(WEBHOOK_ID)?;
        let timestamp = headers.only(WEBHOOK_TIMESTAMP)?;
        let signature = headers.only(WEBHOOK_SIGNATURE)?;
        if id.is_none() && timestamp.is_none() && signature.is_none() {
            return Ok(None);
        }
        Self::parse(
            id.ok_or(Error::MissingHeader(WEBHOOK_ID))?,
            timestamp.ok_or(Error::MissingHeader(WEBHOOK_TIMESTAMP))?,
            signature.ok_or(Error::MissingHeader(WEBHOOK_SIGNATURE))?,
        )
        .map(Some)
    }

    fn parse(id: &'a [u8], timestamp: &'a [u8], signature: &'a [u8]) -> Result<Self, Error> {
        let id = std::str::from_utf8(id).map_err(|_| Error::MalformedHeader(WEBHOOK_ID))?;
        check_id(id).map_err(|_| Error::MalformedHeader(WEBHOOK_ID))?;
        let seconds = timestamp::parse(timestamp)?;
        let mut candidates = Candidates::new();
        for item in signature.split(|byte| *byte == b' ') {
            let malformed = Error::MalformedHeader(WEBHOOK_SIGNATURE);
            match item.iter().position(|byte| *byte == b',') {
                None | Some(0) => return Err(malformed),
                Some(comma) if &item[..comma] == b"v1" => {
                    candidates.push(
                        from_base64(&item[comma + 1..]).ok_or(malformed)?,
                        WEBHOOK_SIGNATURE,
                    )?;
                }
                // Another version, such as the asymmetric `v1a`.
                Some(_) => {}
            }
        }
        if candidates.is_empty() {
            return Err(Error::NoKnownVersion(WEBHOOK_SIGNATURE));
        }
        Ok(Self {
            id,
            timestamp,
            seconds,
            candidates,
        })
    }

    /// Whether any of the secrets signed `body`.
    pub(crate) fn fits(&self, secrets: &[Secret], body: &[u8]) -> bool {
        secrets.iter().any(|secret| {
            let expected =
                secret
                    .standard()
                    .sign(&[self.id.as_bytes(), b".", self.timestamp, b".", body]);
            self.candidates.contain(&expected).into()
        })
    }
}

/// The value of `webhook-signature`, one `v1` for each secret.
pub(crate) fn header(secrets: &[Secret], id: &str, timestamp: &str, body: &[u8]) -> String {
    let mut header = String::with_capacity(secrets.len() * (ENCODED_LEN + 4));
    for secret in secrets {
        header.push_str(if header.is_empty() { "v1," } else { " v1," });
        let mac = secret
            .standard()
            .sign(&[id.as_bytes(), b".", timestamp.as_bytes(), b".", body]);
        STANDARD.encode_string(mac, &mut header);
    }
    header
}

/// # Errors
/// [`Error::InvalidId`] unless it is 1–256 visible ASCII characters without a full stop.
pub(crate) fn check_id(id: &str) -> Result<(), Error> {
    let visible = id
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'.');
    if visible && (1..=MAX_ID_LEN).contains(&id.len()) {
        Ok(())
    } else {
        Err(Error::InvalidId)
    }
}

fn from_base64(text: &[u8]) -> Option<[u8; MAC_LEN]> {
    if text.len() != ENCODED_LEN {
        return None;
    }
    // A decoder asks for whole groups of three.
    let mut buffer = [0; MAC_LEN.div_ceil(3) * 3];
    let len = STANDARD.decode_slice(text, &mut buffer).ok()?;
    buffer[..len].try_into().ok()
}

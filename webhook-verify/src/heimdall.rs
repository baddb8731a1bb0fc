//! `X-Heimdall-Signature: t={unix seconds},v1={hex}[,v1={hex}]`, over `{t}.{body}`.
//!
//! The key is the secret's text with its `whsec_`. Items of a name that is not known here are skipped, so that a `v2` can
//! come beside `v1` one day; a `v1` that isn't 64 hexadecimal digits spoils the header.

use std::fmt::Write as _;

use crate::{
    Error, Secret,
    headers::HEIMDALL_SIGNATURE as HEADER,
    mac::{Candidates, MAC_LEN},
    timestamp,
};

/// The header, read but not yet believed.
pub(crate) struct Signature<'a> {
    /// As it stands in the header, since that is what was signed.
    t: &'a [u8],
    pub(crate) seconds: u64,
    candidates: Candidates,
}

impl<'a> Signature<'a> {
    pub(crate) fn parse(header: &'a [u8]) -> Result<Self, Error> {
        let mut t = None;
        let mut candidates = Candidates::new();
        for item in header.split(|byte| *byte == b',') {
            let equals = item
                .iter()
                .position(|byte| *byte == b'=')
                .ok_or(Error::MalformedHeader(HEADER))?;
            let (name, value) = (&item[..equals], &item[equals + 1..]);
            match name {
                b"t" if t.is_some() => return Err(Error::MalformedHeader(HEADER)),
                b"t" => t = Some(value),
                b"v1" => candidates.push(
                    from_hex(value).ok_or(Error::MalformedHeader(HEADER))?,
                    HEADER,
                )?,
                _ if !name.is_empty() && name.iter().all(u8::is_ascii_alphanumeric) => {}
                _ => return Err(Error::MalformedHeader(HEADER)),
            }
        }
        let t = t.ok_or(Error::MalformedHeader(HEADER))?;
        let seconds = timestamp::parse(t)?;
        if candidates.is_empty() {
            return Err(Error::NoKnownVersion(HEADER));
        }
        Ok(Self {
            t,
            seconds,
            candidates,
        })
    }

    /// Whether any of the secrets signed `body`.
    pub(crate) fn fits(&self, secrets: &[Secret], body: &[u8]) -> bool {
        secrets.iter().any(|secret| {
            let expected = secret.heimdall().sign(&[self.t, b".", body]);
            self.candidates.contain(&expected).into()
        })
    }
}

/// The header's value, one `v1` for each secret.
pub(crate) fn header(secrets: &[Secret], seconds: u64, body: &[u8]) -> String {
    let t = seconds.to_string();
    let mut header = String::with_capacity(t.len() + 2 + secrets.len() * (MAC_LEN * 2 + 4));
    header.push_str("t=");
    header.push_str(&t);
    for secret in secrets {
        header.push_str(",v1=");
        for byte in secret.heimdall().sign(&[t.as_bytes(), b".", body]) {
            // Writing to a String can't fail.
            let _ = write!(header, "{byte:02x}");
        }
    }
    header
}

/// What a byte is worth as a hexadecimal digit of either case; what is none has a bit above the lowest four.
const DIGITS: [u8; 256] = {
    let mut digits = [0xFF; 256];
    let mut value = 0;
    while value < 16 {
        digits[b"0123456789abcdef"[value] as usize] = value as u8;
        digits[b"0123456789ABCDEF"[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

/// Without a branch for each digit: the digits of a MAC are as random as can be, and so would be the CPU's guesses.
fn from_hex(text: &[u8]) -> Option<[u8; MAC_LEN]> {
    let (pairs, []) = text.as_chunks::<2>() else {
        return None;
    };
    let pairs: &[[u8; 2]; MAC_LEN] = pairs.try_into().ok()?;
    let mut seen = 0;
    let mac = pairs.map(|[high, low]| {
        let (high, low) = (DIGITS[usize::from(high)], DIGITS[usize::from(low)]);
        seen |= high | low;
        (high << 4) | (low & 0x0F)
    });
    (seen < 16).then_some(mac)
}

//! Refresh tokens: `hdr_` and the base64url of session, generation and MAC.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ulid::Ulid;

use crate::kernel::ids::SessionId;
use crate::kernel::{Cipher, Secret};

const PREFIX: &str = "hdr_";
const PURPOSE: &str = "refresh-token";

/// What a refresh token says, once its MAC has been found right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshToken {
    pub session: SessionId,
    pub generation: i64,
}

impl RefreshToken {
    /// The token of a session's generation. The same one each time it is asked for.
    pub fn seal(&self, cipher: &Cipher) -> Secret {
        let mut bytes = Vec::with_capacity(56);
        let ulid = self.session.as_str().strip_prefix(SessionId::PREFIX);
        let ulid = ulid
            .and_then(|text| Ulid::from_string(text).ok())
            .unwrap_or_default();
        bytes.extend_from_slice(&ulid.to_bytes());
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        let tag = hmac::sign(&key(cipher), &bytes);
        bytes.extend_from_slice(tag.as_ref());
        Secret::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Reads a token; `None` when it is none of ours. The MAC is compared in constant time.
    pub fn open(cipher: &Cipher, token: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let (said, tag) = bytes.split_at_checked(24)?;
        hmac::verify(&key(cipher), said, tag).ok()?;
        let (ulid, generation) = said.split_at(16);
        let ulid = Ulid::from_bytes(ulid.try_into().ok()?);
        Some(Self {
            session: SessionId::parse(&format!("{}{ulid}", SessionId::PREFIX))?,
            generation: i64::from_be_bytes(generation.try_into().ok()?),
        })
    }

    /// Whether a text is meant to be one.
    pub fn looks_like(token: &str) -> bool {
        token.starts_with(PREFIX)
    }
}

fn key(cipher: &Cipher) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, cipher.derive(PURPOSE).as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Clock, Random};

    #[test]
    fn a_token_reads_back_and_no_other_does() {
        let cipher = Cipher::new([3; 32]);
        let session = SessionId::new(Clock::system().now(), &Random::system());
        let token = RefreshToken {
            session,
            generation: 7,
        };
        let sealed = token.seal(&cipher);
        assert_eq!(
            RefreshToken::open(&cipher, sealed.expose()),
            Some(token.clone())
        );
        assert_eq!(token.seal(&cipher).expose(), sealed.expose());
        assert_eq!(
            RefreshToken::open(&Cipher::new([4; 32]), sealed.expose()),
            None
        );
        for place in 4..sealed.expose().len() {
            let mut changed = sealed.expose().to_owned().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                RefreshToken::open(&cipher, std::str::from_utf8(&changed).unwrap()),
                None
            );
            assert_eq!(RefreshToken::open(&cipher, &sealed.expose()[..place]), None);
        }
    }
}

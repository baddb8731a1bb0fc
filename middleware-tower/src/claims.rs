//! What a token says, read strictly.
//!
//! Types are what they must be (a time given as text is not "absent", it is wrong), and a claim or header parameter
//! that is there twice is refused: serde does that for every field named here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

/// The header (RFC 7515, section 4). Whatever could make a verifier take the key or the rules from the token itself is
/// named, so that it can be refused.
#[derive(Deserialize)]
pub(crate) struct Header<'t> {
    #[serde(borrow)]
    pub(crate) alg: &'t str,
    #[serde(borrow)]
    pub(crate) typ: &'t str,
    #[serde(borrow)]
    pub(crate) kid: &'t str,
    crit: Option<IgnoredAny>,
    jku: Option<IgnoredAny>,
    jwk: Option<IgnoredAny>,
    x5u: Option<IgnoredAny>,
    x5c: Option<IgnoredAny>,
    x5t: Option<IgnoredAny>,
    b64: Option<IgnoredAny>,
    zip: Option<IgnoredAny>,
    enc: Option<IgnoredAny>,
}

impl Header<'_> {
    /// Whether it is an access token's (RFC 9068, section 2.1) and brings nothing along.
    pub(crate) fn is_plain(&self) -> bool {
        let typ = self.typ.strip_prefix("application/").unwrap_or(self.typ);
        let extras = [
            &self.crit, &self.jku, &self.jwk, &self.x5u, &self.x5c, &self.x5t, &self.b64,
            &self.zip, &self.enc,
        ];
        typ.eq_ignore_ascii_case("at+jwt") && extras.iter().all(|extra| extra.is_none())
    }
}

/// The claims that a verifier goes by.
#[derive(Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) sub: String,
    pub(crate) aud: Audience,
    pub(crate) exp: i64,
    pub(crate) iat: i64,
    pub(crate) nbf: Option<i64>,
    pub(crate) jti: String,
    pub(crate) app_id: String,
    pub(crate) app: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) sid: Option<String>,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    pub(crate) permissions: Vec<String>,
    #[serde(default)]
    pub(crate) scope: String,
    pub(crate) act: Option<Act>,
    /// The instant of issue in microseconds since the Unix epoch.
    pub(crate) iat_us: Option<i64>,
}

#[derive(Deserialize)]
pub(crate) struct Act {
    pub(crate) sub: String,
}

/// One audience, as text or as a list of one: a token for two Apps is for none.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    One(String),
    List([String; 1]),
}

impl Audience {
    pub(crate) fn is(&self, app: &str) -> bool {
        match self {
            Self::One(audience) | Self::List([audience]) => audience == app,
        }
    }
}

/// The three parts of a token: what is signed, and the signature.
pub(crate) struct Parts<'t> {
    pub(crate) header: &'t str,
    pub(crate) payload: &'t str,
    pub(crate) signed: &'t str,
    pub(crate) signature: &'t str,
}

impl<'t> Parts<'t> {
    pub(crate) fn of(token: &'t str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        (!payload.contains('.')).then_some(Self {
            header,
            payload,
            signed,
            signature,
        })
    }
}

/// The JSON in a part, as it is in memory.
pub(crate) fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

pub(crate) fn parse<T: DeserializeOwned>(json: &[u8]) -> Option<T> {
    serde_json::from_slice(json).ok()
}

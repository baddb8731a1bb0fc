//! The JOSE header of an access token (RFC 9068 §2.1).

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::Fault;

/// RFC 9068 §2.1. It keeps every other JWT that Heimdall or another system could sign from being taken for an access token.
const TYP: &str = "at+jwt";

const MAX_KID_LEN: usize = 128;

/// What a verifier needs of the header. It is written by whoever sent the token: it chooses among keys, and configures nothing.
#[derive(Deserialize)]
pub(super) struct Header {
    pub(super) alg: String,
    pub(super) kid: String,
    typ: String,
    // Parameters that would have to be obeyed (RFC 7515 §4.1.11, RFC 7797, RFC 7516), or that bring their own key
    // (RFC 7515 §4.1.2 to 4.1.6). Unknown others are ignored, as RFC 7515 §4 says.
    #[serde(default, rename = "crit", deserialize_with = "never")]
    _crit: (),
    #[serde(default, rename = "b64", deserialize_with = "never")]
    _b64: (),
    #[serde(default, rename = "zip", deserialize_with = "never")]
    _zip: (),
    #[serde(default, rename = "enc", deserialize_with = "never")]
    _enc: (),
    #[serde(default, rename = "jwk", deserialize_with = "never")]
    _jwk: (),
    #[serde(default, rename = "jku", deserialize_with = "never")]
    _jku: (),
    #[serde(default, rename = "x5u", deserialize_with = "never")]
    _x5u: (),
    #[serde(default, rename = "x5c", deserialize_with = "never")]
    _x5c: (),
}

impl Header {
    pub(super) fn parse(json: &[u8]) -> Result<Self, Fault> {
        // Serde would also take the fields as an array, in their order.
        if json.first() != Some(&b'{') {
            return Err(Fault::Header);
        }
        let header: Self = serde_json::from_slice(json).map_err(|_| Fault::Header)?;
        let fits = header.typ == TYP && (1..=MAX_KID_LEN).contains(&header.kid.len());
        fits.then_some(header).ok_or(Fault::Header)
    }
}

fn never<'de, D: Deserializer<'de>>(_: D) -> Result<(), D::Error> {
    Err(D::Error::custom("not in an access token"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heimdalls_own_header_is_read_and_unknown_parameters_are_ignored() {
        let header = br#"{"typ":"at+jwt","alg":"ES256","kid":"key_1","x":{"y":1}}"#;
        assert!(Header::parse(header).is_ok_and(|header| header.kid == "key_1"));
    }

    #[test]
    fn a_header_that_is_no_access_tokens_is_refused() {
        for header in [
            r#"{"alg":"ES256","kid":"k"}"#,
            r#"{"typ":"JWT","alg":"ES256","kid":"k"}"#,
            r#"{"typ":"AT+JWT","alg":"ES256","kid":"k"}"#,
            r#"{"typ":"at+jwt","alg":"ES256"}"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":""}"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":null}"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":7}"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":["k"]}"#,
            r#"{"typ":"at+jwt","alg":["ES256"],"kid":"k"}"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":"k","kid":"l"}"#,
            r#"{"typ":"at+jwt","alg":"none","alg":"ES256","kid":"k"}"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":"k","crit":[]}"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":"k","crit":null}"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":"k","b64":true}"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":"k","zip":"DEF"}"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":"k","jwk":{}}"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":"k","jku":"https://x"}"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":"k","x5u":"https://x"}"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":"k","x5c":[]}"#,
            r#"["ES256","k","at+jwt"]"#,
            r#"{"typ":"at+jwt","alg":"ES256","kid":"k"} "x""#,
            r#""at+jwt""#,
            "",
        ] {
            assert!(Header::parse(header.as_bytes()).is_err(), "{header}");
        }
    }

    #[test]
    fn a_key_id_of_a_kilobyte_is_refused() {
        let kid = "k".repeat(MAX_KID_LEN + 1);
        let header = format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":"{kid}"}}"#);
        assert!(Header::parse(header.as_bytes()).is_err());
    }
}

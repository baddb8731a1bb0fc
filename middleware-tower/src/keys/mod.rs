//! The public keys: fetched at the start and every few minutes, kept when Heimdall is away, and asked for anew when a token names
//! one that is not there.
//!
//! `jwks_client_rs` brings the shape of a key and the trait of a source. Its cache stays out: it holds the write lock that every
//! reader needs while it fetches, fetches for each unknown `kid`, and lets an empty set replace a good one.

mod file;
mod keeper;
mod key;
mod ring;
mod set;
mod source;
#[cfg(test)]
mod wycheproof;

pub(crate) use file::KeyFile;
pub(crate) use keeper::{Schedule, keep};
pub(crate) use key::VerificationKey;
pub(crate) use ring::{Lookup, Ring};
pub(crate) use source::Source;

/// Some key, for tests of what holds one.
#[cfg(test)]
pub(crate) fn test_key() -> std::sync::Arc<VerificationKey> {
    let jwks = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
    let keys = set::read(jwks).and_then(set::prepare);
    keys.unwrap_or_default().remove(0)
}

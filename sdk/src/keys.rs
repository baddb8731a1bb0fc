//! Signing keys: their public halves for everyone, their rotation for the operator.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::lenient::or_default;
use crate::{Call, Client, JsonObject, Page, operations as op};

/// The keys that sign tokens: [`Client::signing_keys`].
#[derive(Clone, Copy, Debug)]
pub struct SigningKeys<'a>(pub(crate) &'a Client);

impl SigningKeys<'_> {
    /// Lists the keys, newest first.
    pub fn list(&self, query: &crate::ListQuery) -> Call<Page<SigningKey>> {
        self.0
            .draft(op::LIST_SIGNING_KEYS, &[])
            .query(query)
            .returning()
    }

    /// Publishes the next key, which signs when verifiers have had the time to see it. The last stays
    /// published until its tokens have expired.
    pub fn rotate(&self) -> Call<SigningKey> {
        self.0.draft(op::ROTATE_SIGNING_KEY, &[]).returning()
    }

    /// Deletes a key that has leaked: every token it signed is refused at once.
    pub fn delete(&self, kid: &str) -> Call<()> {
        self.0
            .draft(op::DELETE_SIGNING_KEY, &[kid])
            .returning_nothing()
    }
}

open_enum! {
    /// Where a key is in its life.
    SigningKeyState {
        /// Published, and signs later.
        Next = "next",
        /// Signs now.
        Active = "active",
        /// Signs no more, and is published until its tokens have expired.
        Retired = "retired",
        /// Neither signs nor is published.
        Expired = "expired",
    }
}

/// A signing key, without its private half.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct SigningKey {
    /// What tokens name it by.
    pub kid: String,
    /// How it signs: `ES256`, `EdDSA`, `RS256`.
    pub algorithm: String,
    /// Where it is in its life.
    pub state: SigningKeyState,
    /// When it was made, and published.
    pub created_at: DateTime<Utc>,
    /// From when it signs.
    pub active_at: Option<DateTime<Utc>>,
    /// From when its successor signs.
    pub retired_at: Option<DateTime<Utc>>,
}

/// The public halves of the signing keys: [`Client::jwks`].
#[derive(Clone, Copy, Debug)]
pub struct Jwks<'a>(pub(crate) &'a Client);

impl Jwks<'_> {
    /// The keys, of all Apps. Its `ETag` is in [`Call::send`]'s answer.
    pub fn get(&self) -> Call<JwkSet> {
        self.0.draft(op::GET_JWKS, &[]).stranger().returning()
    }

    /// The keys, unless they are still those with this `ETag`.
    pub fn get_unless(&self, etag: &str) -> Call<Option<JwkSet>> {
        self.0
            .draft(op::GET_JWKS, &[])
            .stranger()
            .header("if-none-match", etag)
            .returning_if_changed()
    }
}

/// A set of keys (RFC 7517, section 5).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct JwkSet {
    /// The keys.
    #[serde(default, deserialize_with = "or_default")]
    pub keys: Vec<Jwk>,
}

/// A public key (RFC 7517, section 4).
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Jwk {
    /// What tokens name it by.
    pub kid: String,
    /// `EC`, `OKP` or `RSA`.
    pub kty: String,
    /// How it signs.
    pub alg: Option<String>,
    /// Everything else: the key itself.
    #[serde(flatten)]
    pub parameters: JsonObject,
}

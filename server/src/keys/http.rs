//! What the API promises of signing keys, and the set of public ones.

use poem::http::{HeaderMap, StatusCode};
use poem::{Body, IntoResponse, Response};
use poem_openapi::param::{Path, Query};
use poem_openapi::{Enum, Object, OpenApi};

use super::{KeyRow, KeyState};
use crate::api::Tag;
use crate::app::Heimdall;
use crate::error::Refusal;
use crate::http::text::Reference;
use crate::http::{Answer, Answered, Authenticated, CursorText, Done, Limit, Listing, Page};
use crate::kernel::Timestamp;
use crate::kernel::ids::Kid;
use crate::permissions::SIGNING_KEYS_WRITE;

/// How long a verifier may use the set without asking again, in seconds.
const MAX_AGE: u32 = 300;

/// A signing key; of its private half nothing is ever shown.
#[derive(Debug, Object)]
#[oai(rename = "SigningKey", skip_serializing_if_is_none)]
pub struct View {
    pub kid: String,
    /// `ES256`, `EdDSA` or `RS256`.
    pub algorithm: String,
    pub state: SigningKeyState,
    pub created_at: Timestamp,
    /// From when it signs.
    pub active_at: Timestamp,
    /// From when its successor signs.
    pub retired_at: Option<Timestamp>,
}

impl View {
    fn new(key: KeyRow, now: Timestamp) -> Self {
        Self {
            state: key.state(now).into(),
            kid: key.kid.to_string(),
            algorithm: key.algorithm.to_string(),
            created_at: key.created_at,
            active_at: key.active_at,
            retired_at: key.retired_at,
        }
    }
}

/// Where a signing key is in its life.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
pub enum SigningKeyState {
    /// Published, and signs later.
    Next,
    /// Signs now.
    Active,
    /// Published until its last tokens have expired.
    Retired,
    /// Published no more.
    Expired,
}

impl From<KeyState> for SigningKeyState {
    fn from(state: KeyState) -> Self {
        match state {
            KeyState::Next => Self::Next,
            KeyState::Active => Self::Active,
            KeyState::Retired => Self::Retired,
            KeyState::Expired => Self::Expired,
        }
    }
}

#[derive(Debug)]
pub struct SigningKeysApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1/signing-keys", tag = "Tag::SigningKeys")]
impl SigningKeysApi {
    /// List signing keys
    ///
    /// Newest first. Needs `signing_keys:write`, which only a key of the whole instance can hold.
    #[oai(path = "/", method = "get", operation_id = "list_signing_keys")]
    async fn list(
        &self,
        caller: Authenticated,
        limit: Query<Limit>,
        cursor: Query<CursorText>,
    ) -> Answered<Answer<Page<View>>> {
        caller.0.require_instance(SIGNING_KEYS_WRITE)?;
        let list = Listing::new(&self.0, "signing-keys".into(), limit.0, &cursor.0)?;
        let now = self.0.clock.now();
        let mut keys = super::list(&self.0).await?;
        keys.sort_by(|a, b| b.kid.cmp(&a.kid));
        keys.retain(|key| list.before().is_none_or(|before| key.kid.as_str() < before));
        let page = list.page(keys, |key| key.kid.to_string());
        Ok(Answer(page.map(|key| View::new(key, now))))
    }

    /// Rotate the signing key
    ///
    /// Publishes the next key, which signs a day later, so that every verifier has it by then. One
    /// that is published and waiting already is answered as it is. Needs `signing_keys:write`.
    #[oai(path = "/rotate", method = "post", operation_id = "rotate_signing_key")]
    async fn rotate(&self, caller: Authenticated) -> Answered<Answer<View>> {
        caller.0.require_instance(SIGNING_KEYS_WRITE)?;
        let mut work = caller.0.begin_instance(&self.0).await?;
        let key = super::rotate(&mut work).await?;
        let now = work.at;
        work.commit().await?;
        self.0.keys.refresh(&self.0.db, &self.0.cipher).await?;
        Ok(Answer(View::new(key, now)))
    }

    /// Delete a signing key
    ///
    /// For one that has leaked: all its tokens are refused at once, and another key signs. Needs
    /// `signing_keys:write`.
    #[oai(path = "/:kid", method = "delete", operation_id = "delete_signing_key")]
    async fn delete(&self, caller: Authenticated, kid: Path<Reference>) -> Answered<Done> {
        caller.0.require_instance(SIGNING_KEYS_WRITE)?;
        let kid = Kid::parse(&kid.0.0).ok_or(Refusal::NotFound)?;
        let mut work = caller.0.begin_instance(&self.0).await?;
        super::delete(&mut work, &kid).await?;
        work.commit().await?;
        self.0.keys.refresh(&self.0.db, &self.0.cipher).await?;
        Ok(Done)
    }
}

/// A JSON Web Key Set (RFC 7517, section 5).
#[derive(Debug, Object)]
#[oai(rename = "JsonWebKeySet")]
pub struct JwkSet {
    pub keys: Vec<Jwk>,
}

/// A public key.
#[derive(Debug, Object)]
#[oai(rename = "JsonWebKey", skip_serializing_if_is_none)]
pub struct Jwk {
    pub kty: String,
    pub kid: String,
    pub alg: String,
    #[oai(rename = "use")]
    pub purpose: String,
    pub crv: Option<String>,
    pub x: Option<String>,
    pub y: Option<String>,
    pub n: Option<String>,
    pub e: Option<String>,
}

/// The set as it was rendered once for all, or that it has not changed.
#[derive(Debug)]
pub struct Published {
    set: super::Published,
    known: bool,
}

impl IntoResponse for Published {
    fn into_response(self) -> Response {
        let response = Response::builder()
            .header("cache-control", format!("public, max-age={MAX_AGE}"))
            .header("etag", self.set.etag);
        if self.known {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        let json = Body::from_string(self.set.json);
        response.content_type("application/json").body(json)
    }
}

impl poem_openapi::ApiResponse for Published {
    fn meta() -> poem_openapi::registry::MetaResponses {
        use poem_openapi::registry::MetaResponse;
        let mut meta = Answer::<JwkSet>::meta();
        meta.responses.push(MetaResponse {
            description: "It has not changed since the `If-None-Match`.",
            status: Some(304),
            status_range: None,
            content: Vec::new(),
            headers: Vec::new(),
        });
        meta
    }

    fn register(registry: &mut poem_openapi::registry::Registry) {
        Answer::<JwkSet>::register(registry);
    }
}

#[derive(Debug)]
pub struct JwksApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1", tag = "Tag::Tokens")]
impl JwksApi {
    /// Get the public keys
    ///
    /// One set for all Apps. Needs no bearer; may be kept for as long as `Cache-Control` says.
    #[oai(
        path = "/.well-known/jwks.json",
        method = "get",
        operation_id = "get_jwks"
    )]
    async fn jwks(&self, headers: &HeaderMap) -> Answered<Published> {
        let set = self.0.keys.published(self.0.clock.now());
        let asked = headers
            .get_all("if-none-match")
            .iter()
            .filter_map(|value| value.to_str().ok());
        let mut tags = asked.flat_map(|value| value.split(','));
        let known = tags.any(|tag| matches!(tag.trim().trim_start_matches("W/"), tag if tag == "*" || tag == set.etag));
        Ok(Published { set, known })
    }
}

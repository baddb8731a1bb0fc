//! The keys in memory: what signs, what verifies, what is published.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::{Algorithm, KeyRow, KeyState, PURPOSE, sql};
use crate::app::Heimdall;
use crate::db::Db;
use crate::error::{Failure, Result};
use crate::kernel::{Cipher, Timestamp};

/// How often to look whether another node, or a command, has changed the keys.
const POLL: Duration = Duration::from_secs(1);

/// The `typ` of an access token (RFC 9068, section 2.1).
pub const ACCESS_TOKEN: &str = "at+jwt";

/// The keys as they were last loaded.
#[derive(Debug, Default)]
pub struct Keyring {
    keys: ArcSwap<Vec<Arc<Loaded>>>,
    version: AtomicI64,
}

struct Loaded {
    row: KeyRow,
    signs: EncodingKey,
    verifies: DecodingKey,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Loaded").field(&self.row.kid).finish()
    }
}

/// The set of public keys, and its entity tag.
#[derive(Clone, Debug)]
pub struct Published {
    pub json: String,
    pub etag: String,
}

impl Keyring {
    /// Loads the keys if they have changed since.
    pub async fn refresh(&self, db: &Db, cipher: &Cipher) -> Result<()> {
        let mut conn = db.read().await?;
        let version = sql::version(&mut conn).await?;
        if version == self.version.load(Ordering::Acquire) {
            return Ok(());
        }
        let rows = sql::all(&mut conn).await?;
        let loaded: Result<Vec<_>> = rows
            .into_iter()
            .map(|row| load(row, cipher).map(Arc::new))
            .collect();
        self.keys.store(Arc::new(loaded?));
        self.version.store(version, Ordering::Release);
        Ok(())
    }

    /// Whether there is a key to sign with.
    pub fn can_sign(&self) -> bool {
        !self.keys.load().is_empty()
    }

    /// Signs claims with the key whose time it is, as this `typ` of JWT.
    pub fn sign(&self, typ: &str, claims: &impl Serialize, now: Timestamp) -> Result<String> {
        let keys = self.keys.load();
        let active = keys.iter().find(|key| key.row.active_at <= now);
        // The only key may have been made by a node whose clock is ahead of this one's.
        let active = active.or(keys.last());
        let active = active.ok_or(Failure::Broken("there is no signing key"))?;
        let mut header = Header::new(active.row.algorithm.jwt());
        header.typ = Some(typ.into());
        header.kid = Some(active.row.kid.to_string());
        let token = jsonwebtoken::encode(&header, claims, &active.signs);
        Ok(token.map_err(|error| Failure::Signing(error.to_string()))?)
    }

    /// The claims of a token that one of the keys has signed. Says nothing about time, audience or
    /// revocation. The algorithm is the key's, never what the header says.
    pub fn verify<T: DeserializeOwned>(&self, token: &str, now: Timestamp) -> Option<T> {
        self.read(ACCESS_TOKEN, token, |key| {
            key.state(now) != KeyState::Expired
        })
    }

    /// Likewise for what is kept for years: also by a key whose time is over, as long as it is not
    /// deleted.
    pub fn verify_ever<T: DeserializeOwned>(&self, typ: &str, token: &str) -> Option<T> {
        self.read(typ, token, |_| true)
    }

    fn read<T: DeserializeOwned>(
        &self,
        typ: &str,
        token: &str,
        is_good: impl Fn(&KeyRow) -> bool,
    ) -> Option<T> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let plain = header.typ.as_deref() == Some(typ)
            && header.crit.is_none()
            && header.jwk.is_none()
            && header.jku.is_none()
            && header.x5u.is_none()
            && header.x5c.is_none();
        let kid = header.kid.filter(|_| plain)?;
        let keys = self.keys.load();
        let key = keys.iter().find(|key| key.row.kid.as_str() == kid)?;
        if !is_good(&key.row) {
            return None;
        }
        let mut validation = Validation::new(key.row.algorithm.jwt());
        // Time is checked by the caller, by the clock of the server.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let read = jsonwebtoken::decode(token, &key.verifies, &validation);
        read.ok().map(|read| read.claims)
    }

    /// The JSON Web Key Set (RFC 7517, section 5).
    pub fn published(&self, now: Timestamp) -> Published {
        let keys = self.keys.load();
        let shown = keys
            .iter()
            .filter(|key| key.row.state(now) != KeyState::Expired);
        let keys: Vec<Value> = shown.map(|key| jwk(&key.row)).collect();
        let json = json!({ "keys": keys }).to_string();
        let digest = Sha256::digest(json.as_bytes());
        let etag = format!("\"{}\"", crate::events::hash::hex(&digest[..16]));
        Published { json, etag }
    }
}

/// Keeps the keys of this node those of the database, until told to stop.
pub async fn follow(heimdall: Heimdall, stop: CancellationToken) {
    while !stop.is_cancelled() {
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = heimdall.keys.refresh(&heimdall.db, &heimdall.cipher).await {
            tracing::warn!(%error, "loading the signing keys failed; going on with those at hand");
        }
    }
}

fn jwk(row: &KeyRow) -> Value {
    let mut jwk: HashMap<_, _> = row.public_jwk.0.clone().into_iter().collect();
    jwk.insert("kid".into(), row.kid.to_string().into());
    jwk.insert("alg".into(), row.algorithm.as_str().into());
    jwk.insert("use".into(), "sig".into());
    json!(
        jwk.into_iter()
            .collect::<std::collections::BTreeMap<_, _>>()
    )
}

fn load(row: KeyRow, cipher: &Cipher) -> Result<Loaded> {
    let pkcs8 = cipher.open(PURPOSE, row.kid.as_str(), &row.private_sealed)?;
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(&pkcs8)
    );
    let pem = zeroize::Zeroizing::new(pem);
    let signs = match row.algorithm {
        Algorithm::Es256 => EncodingKey::from_ec_pem(pem.as_bytes()),
        Algorithm::EdDsa => EncodingKey::from_ed_pem(pem.as_bytes()),
        Algorithm::Rs256 => EncodingKey::from_rsa_pem(pem.as_bytes()),
    };
    let signs = signs.map_err(|error| Failure::Signing(error.to_string()))?;
    let public: Jwk = serde_json::from_value(jwk(&row))?;
    let verifies = DecodingKey::from_jwk(&public);
    let verifies = verifies.map_err(|error| Failure::Signing(error.to_string()))?;
    Ok(Loaded {
        row,
        signs,
        verifies,
    })
}

//! Signing keys: made, published, rotated, deleted.
//!
//! A key is published before it signs ([`LEAD`]) and stays published until the last token it signed
//! has expired. What a newcomer would get wrong: which key signs is not stored. It is the newest one
//! whose time has come, by the clock, so that every node changes over at the same instant.

mod generate;
pub mod http;
mod model;
mod ring;
mod sql;

use std::time::Duration;

pub use model::{Algorithm, KeyState};
pub use ring::{ACCESS_TOKEN, Keyring, Published, follow};
pub use sql::KeyRow;

use crate::app::{Heimdall, Work};
use crate::error::{Failure, Refusal, Result};
use crate::events::{Kind, New};
use crate::kernel::Timestamp;
use crate::kernel::ids::Kid;
use crate::revocations;

/// How long a key is published before it signs.
pub const LEAD: Duration = Duration::from_secs(24 * 3600);
/// How long a key signs before the schedule replaces it.
pub const LIFETIME: Duration = Duration::from_secs(90 * 24 * 3600);

/// What the private half is sealed for.
const PURPOSE: &str = "signing-key";

/// Makes the first key, which signs at once, where there is none yet. One whose time has not come is
/// one too: of two nodes that start at once, the first may have the later clock.
pub async fn ensure(work: &mut Work) -> Result<()> {
    sql::lock(&mut work.tx).await?;
    if sql::current(&mut work.tx, work.at).await?.is_none()
        && sql::waiting(&mut work.tx, work.at).await?.is_none()
    {
        make(work, work.at).await?;
    }
    Ok(())
}

/// Publishes the next key, to sign from a day from now. One that is waiting already is the next.
pub async fn rotate(work: &mut Work) -> Result<KeyRow> {
    sql::lock(&mut work.tx).await?;
    if let Some(waiting) = sql::waiting(&mut work.tx, work.at).await? {
        return Ok(waiting);
    }
    let active_at = work.at.plus(LEAD);
    sql::retire(&mut work.tx, active_at).await?;
    make(work, active_at).await
}

/// Deletes a key that has leaked. Its tokens are refused at once; if it was the one that signs,
/// the next one does, or a new one.
pub async fn delete(work: &mut Work, kid: &Kid) -> Result<()> {
    sql::lock(&mut work.tx).await?;
    if !sql::delete(&mut work.tx, kid, work.at).await? {
        return Err(Refusal::NotFound.into());
    }
    let revoked = revocations::issued_before("key", kid, work.at.micros(), "revoked");
    let event = New::of(Kind::SigningKeyDeleted, "signing_key", kid).revokes([revoked]);
    work.record_instance(event).await?;
    if sql::current(&mut work.tx, work.at).await?.is_none() {
        match sql::waiting(&mut work.tx, work.at).await? {
            Some(next) => sql::activate(&mut work.tx, &next.kid, work.at).await?,
            None => {
                make(work, work.at).await?;
            }
        }
    }
    Ok(())
}

/// Whether the schedule asks for the next key.
pub async fn is_due(heimdall: &Heimdall) -> Result<bool> {
    let now = heimdall.clock.now();
    let mut conn = heimdall.db.read().await?;
    if sql::waiting(&mut conn, now).await?.is_some() {
        return Ok(false);
    }
    let Some(current) = sql::current(&mut conn, now).await? else {
        return Ok(true);
    };
    let old = now.since(current.active_at) + LEAD >= LIFETIME;
    Ok(old || current.algorithm != heimdall.config.signing_algorithm)
}

/// All keys that are not deleted, newest first.
pub async fn list(heimdall: &Heimdall) -> Result<Vec<KeyRow>> {
    let mut conn = heimdall.db.read().await?;
    Ok(sql::all(&mut conn).await?)
}

async fn make(work: &mut Work, active_at: Timestamp) -> Result<KeyRow> {
    let algorithm = work.heimdall().config.signing_algorithm;
    let made = generate::generate(algorithm).map_err(Failure::Signing)?;
    let kid = Kid::new(work.at, work.random());
    let sealed = work
        .cipher()
        .seal(work.random(), PURPOSE, kid.as_str(), &made.pkcs8);
    let key = KeyRow {
        kid,
        algorithm,
        public_jwk: made.public_jwk.into(),
        private_sealed: sealed,
        created_at: work.at,
        active_at,
        retired_at: None,
    };
    sql::insert(&mut work.tx, &key).await?;
    let event = New::of(Kind::SigningKeyCreated, "signing_key", &key.kid)
        .data("algorithm", algorithm.as_str());
    work.record_instance(event).await?;
    Ok(key)
}

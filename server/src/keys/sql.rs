//! Every statement about signing keys.

use serde_json::{Map, Value};

use super::Algorithm;
use crate::db::{Conn, Error, FromRow, Json, text_column};
use crate::kernel::Timestamp;
use crate::kernel::ids::Kid;

impl std::fmt::Display for Algorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

text_column!(Algorithm, |text| Algorithm::parse(&text)
    .ok_or_else(|| "no algorithm".into()));

/// A signing key as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct KeyRow {
    pub kid: Kid,
    pub algorithm: Algorithm,
    pub public_jwk: Json<Map<String, Value>>,
    pub private_sealed: Vec<u8>,
    pub created_at: Timestamp,
    pub active_at: Timestamp,
    pub retired_at: Option<Timestamp>,
}

/// Lets one change the keys at a time, and tells all nodes that they have changed.
pub(super) async fn lock(conn: &mut Conn) -> Result<(), Error> {
    let lock = conn.query("UPDATE counters SET value = value + 1 WHERE name = 'signing_keys'");
    lock.execute().await?;
    Ok(())
}

/// Changes whenever the keys do.
pub(super) async fn version(conn: &mut Conn) -> Result<i64, Error> {
    let version = conn.query("SELECT value FROM counters WHERE name = 'signing_keys'");
    Ok(version.one::<(i64,)>().await?.0)
}

pub(super) async fn insert(conn: &mut Conn, key: &KeyRow) -> Result<(), Error> {
    conn.query(
        "INSERT INTO signing_keys (kid, algorithm, public_jwk, private_sealed, created_at, active_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&key.kid)
    .bind(key.algorithm)
    .bind(&key.public_jwk)
    .bind(key.private_sealed.as_slice())
    .bind(key.created_at)
    .bind(key.active_at)
    .execute()
    .await?;
    Ok(())
}

/// All that are not deleted; the one that signs last, or will, first.
pub(super) async fn all(conn: &mut Conn) -> Result<Vec<KeyRow>, Error> {
    let all = conn.query(
        "SELECT * FROM signing_keys WHERE deleted_at IS NULL ORDER BY active_at DESC, kid DESC",
    );
    all.all().await
}

/// The one that signs now.
pub(super) async fn current(conn: &mut Conn, now: Timestamp) -> Result<Option<KeyRow>, Error> {
    let current = conn.query(
        "SELECT * FROM signing_keys WHERE deleted_at IS NULL AND active_at <= $1
           AND (retired_at IS NULL OR retired_at > $1)
         ORDER BY active_at DESC, kid DESC LIMIT 1",
    );
    current.bind(now).optional().await
}

/// The one that is published and will sign.
pub(super) async fn waiting(conn: &mut Conn, now: Timestamp) -> Result<Option<KeyRow>, Error> {
    let waiting = conn.query(
        "SELECT * FROM signing_keys WHERE deleted_at IS NULL AND active_at > $1
         ORDER BY active_at LIMIT 1",
    );
    waiting.bind(now).optional().await
}

/// Those that sign stop when their successor begins.
pub(super) async fn retire(conn: &mut Conn, at: Timestamp) -> Result<(), Error> {
    let retired = conn.query(
        "UPDATE signing_keys SET retired_at = $1 WHERE retired_at IS NULL AND deleted_at IS NULL",
    );
    retired.bind(at).execute().await?;
    Ok(())
}

pub(super) async fn activate(conn: &mut Conn, kid: &Kid, at: Timestamp) -> Result<(), Error> {
    let activated = conn.query("UPDATE signing_keys SET active_at = $2 WHERE kid = $1");
    activated.bind(kid).bind(at).execute().await?;
    Ok(())
}

/// Whether it was there to be deleted. What was waiting to retire for its sake goes on.
pub(super) async fn delete(conn: &mut Conn, kid: &Kid, at: Timestamp) -> Result<bool, Error> {
    let deleted = conn.query(
        "UPDATE signing_keys SET deleted_at = $2 WHERE kid = $1 AND deleted_at IS NULL RETURNING active_at",
    );
    let deleted: Option<(Timestamp,)> = deleted.bind(kid).bind(at).optional().await?;
    let Some((active_at,)) = deleted else {
        return Ok(false);
    };
    if active_at > at {
        let unretired = conn.query("UPDATE signing_keys SET retired_at = NULL WHERE retired_at = $1 AND deleted_at IS NULL");
        unretired.bind(active_at).execute().await?;
    }
    Ok(true)
}

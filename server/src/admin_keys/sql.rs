//! Every statement about admin keys.

use super::Held;
use crate::db::{Conn, Error, FromRow, Json};
use crate::kernel::ids::{AdminKeyId, AppId};
use crate::kernel::{Secret, Timestamp};

/// An admin key as it is stored: by its digest.
#[derive(Clone, Debug, FromRow)]
pub struct AdminKeyRow {
    pub id: AdminKeyId,
    pub name: String,
    pub digest: Vec<u8>,
    pub app_id: Option<AppId>,
    pub permissions: Json<Held>,
    pub expires_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

pub(super) async fn insert(conn: &mut Conn, key: &AdminKeyRow) -> Result<(), Error> {
    conn.query(
        "INSERT INTO admin_keys (id, name, digest, app_id, permissions, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(&key.id)
    .bind(&key.name)
    .bind(key.digest.as_slice())
    .bind(&key.app_id)
    .bind(&key.permissions)
    .bind(key.expires_at)
    .bind(key.created_at)
    .execute()
    .await?;
    Ok(())
}

/// The key, found by its digest and then compared with it in constant time.
pub async fn find_by_secret(
    conn: &mut Conn,
    secret: &Secret,
) -> Result<Option<AdminKeyRow>, Error> {
    let found = conn.query("SELECT * FROM admin_keys WHERE digest = $1");
    let found: Option<AdminKeyRow> = found.bind(secret.digest().as_slice()).optional().await?;
    Ok(found.filter(|key| secret.matches(&key.digest)))
}

pub async fn find(conn: &mut Conn, id: &AdminKeyId) -> Result<Option<AdminKeyRow>, Error> {
    conn.query("SELECT * FROM admin_keys WHERE id = $1")
        .bind(id)
        .optional()
        .await
}

/// A page, newest first, the revoked ones too.
pub async fn list(
    conn: &mut Conn,
    before: Option<&str>,
    most: i64,
) -> Result<Vec<AdminKeyRow>, Error> {
    let page = conn
        .query("SELECT * FROM admin_keys WHERE ($1 IS NULL OR id < $1) ORDER BY id DESC LIMIT $2");
    page.bind(before).bind(most).all().await
}

/// Notes that a key was used; once a minute is enough.
pub async fn note_use(conn: &mut Conn, id: &AdminKeyId, at: Timestamp) -> Result<(), Error> {
    let noted = conn.query("UPDATE admin_keys SET last_used_at = $2 WHERE id = $1");
    noted.bind(id).bind(at).execute().await?;
    Ok(())
}

/// What became of a revocation.
pub(super) enum Revoked {
    Now,
    Before,
    Unknown,
}

pub(super) async fn revoke(
    conn: &mut Conn,
    id: &AdminKeyId,
    at: Timestamp,
) -> Result<Revoked, Error> {
    let revoked =
        conn.query("UPDATE admin_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL");
    if revoked.bind(id).bind(at).execute().await? == 1 {
        return Ok(Revoked::Now);
    }
    let known = conn
        .query("SELECT id FROM admin_keys WHERE id = $1")
        .bind(id);
    Ok(match known.optional::<(String,)>().await? {
        Some(_) => Revoked::Before,
        None => Revoked::Unknown,
    })
}

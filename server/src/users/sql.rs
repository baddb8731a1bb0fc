//! Every statement about users.

use serde_json::{Map, Value};

use super::model::Status;
use crate::db::{Conn, Error, FromRow, Json, text_column};
use crate::kernel::Timestamp;
use crate::kernel::ids::{AppId, UserId};

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

text_column!(Status, |text| Status::parse(&text)
    .ok_or_else(|| "no status".into()));

/// A user as stored.
#[derive(Clone, FromRow)]
pub struct UserRow {
    pub app_id: AppId,
    pub id: UserId,
    pub email: String,
    pub email_key: String,
    pub email_verified: bool,
    pub display_name: Option<String>,
    pub status: Status,
    pub metadata: Json<Map<String, Value>>,
    pub password_hash: Option<String>,
    pub last_login_at: Option<Timestamp>,
    pub last_token_us: i64,
    pub tokens_not_before_us: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Only the id: the rest is personal, or a hash.
impl std::fmt::Debug for UserRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("User").field(&self.id).finish()
    }
}

/// What addresses are compared by.
pub fn email_key(email: &str) -> String {
    email.to_lowercase()
}

/// Whether it was new: no other user of the App has the address.
pub(super) async fn insert(conn: &mut Conn, user: &UserRow) -> Result<bool, Error> {
    let inserted = conn
        .query(
            "INSERT INTO users (app_id, id, email, email_key, email_verified, display_name, status,
               metadata, password_hash, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
             ON CONFLICT (app_id, email_key) DO NOTHING",
        )
        .bind(&user.app_id)
        .bind(&user.id)
        .bind(&user.email)
        .bind(&user.email_key)
        .bind(user.email_verified)
        .bind(&user.display_name)
        .bind(user.status)
        .bind(&user.metadata)
        .bind(&user.password_hash)
        .bind(user.created_at)
        .bind(user.updated_at)
        .execute()
        .await?;
    Ok(inserted == 1)
}

pub async fn find(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<Option<UserRow>, Error> {
    let found = conn.query("SELECT * FROM users WHERE app_id = $1 AND id = $2");
    found.bind(app).bind(user).optional().await
}

pub async fn find_by_email(
    conn: &mut Conn,
    app: &AppId,
    email: &str,
) -> Result<Option<UserRow>, Error> {
    let found = conn.query("SELECT * FROM users WHERE app_id = $1 AND email_key = $2");
    found.bind(app).bind(email_key(email)).optional().await
}

/// The user, who is neither changed nor given a token by anyone else until this transaction ends.
pub async fn lock(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<Option<UserRow>, Error> {
    let locked = conn.query(
        "UPDATE users SET updated_at = updated_at WHERE app_id = $1 AND id = $2 RETURNING *",
    );
    locked.bind(app).bind(user).optional().await
}

/// Whether it could be: the address is not another user's.
pub(super) async fn update(conn: &mut Conn, user: &UserRow) -> Result<bool, Error> {
    let updated = conn
        .query(
            "UPDATE users SET email = $3, email_key = $4, email_verified = $5, display_name = $6,
               status = $7, metadata = $8, updated_at = $9
             WHERE app_id = $1 AND id = $2 AND NOT EXISTS (
               SELECT 1 FROM users AS other
               WHERE other.app_id = $1 AND other.email_key = $4 AND other.id <> $2)",
        )
        .bind(&user.app_id)
        .bind(&user.id)
        .bind(&user.email)
        .bind(&user.email_key)
        .bind(user.email_verified)
        .bind(&user.display_name)
        .bind(user.status)
        .bind(&user.metadata)
        .bind(user.updated_at)
        .execute()
        .await?;
    Ok(updated == 1)
}

pub(super) async fn delete(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<(), Error> {
    let deleted = conn.query("DELETE FROM users WHERE app_id = $1 AND id = $2");
    deleted.bind(app).bind(user).execute().await?;
    Ok(())
}

/// Takes every address that was ever a user's out of the invites that were sent to it, and revokes
/// those that could still be used. To be done while the log still tells the addresses.
pub(super) async fn erase_invites(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    at: Timestamp,
) -> Result<(), Error> {
    conn.query(
        "UPDATE invites SET email = NULL,
           revoked_at = CASE WHEN uses < max_uses THEN COALESCE(revoked_at, $3) ELSE revoked_at END
         WHERE app_id = $1 AND lower(email) IN (
           SELECT lower(personal -> 'data' ->> 'email') FROM events
           WHERE app_id = $1 AND target_id = $2)",
    )
    .bind(app)
    .bind(user)
    .bind(at)
    .execute()
    .await?;
    Ok(())
}

pub async fn set_password_hash(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    hash: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let set = conn.query(
        "UPDATE users SET password_hash = $3, updated_at = $4
         WHERE app_id = $1 AND id = $2",
    );
    set.bind(app)
        .bind(user)
        .bind(hash)
        .bind(at)
        .execute()
        .await?;
    Ok(())
}

pub async fn verify_email(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    at: Timestamp,
) -> Result<(), Error> {
    let verified = conn.query(
        "UPDATE users SET email_verified = TRUE, updated_at = $3 WHERE app_id = $1 AND id = $2",
    );
    verified.bind(app).bind(user).bind(at).execute().await?;
    Ok(())
}

pub async fn note_login(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    at: Timestamp,
) -> Result<(), Error> {
    let noted = conn.query("UPDATE users SET last_login_at = $3 WHERE app_id = $1 AND id = $2");
    noted.bind(app).bind(user).bind(at).execute().await?;
    Ok(())
}

/// The instant of a token's issue, in microseconds: never before one issued already, nor before
/// what refuses them, whatever the clocks of the nodes say. Locks the user, so that the rights read
/// afterwards are those that the instant stands for.
pub async fn stamp_token(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    now_us: i64,
) -> Result<Option<i64>, Error> {
    let stamped = conn.query(
        "UPDATE users SET last_token_us = CASE
             WHEN last_token_us >= $3 AND last_token_us >= tokens_not_before_us THEN last_token_us
             WHEN tokens_not_before_us > $3 THEN tokens_not_before_us ELSE $3 END
         WHERE app_id = $1 AND id = $2 RETURNING last_token_us",
    );
    let stamp: Option<(i64,)> = stamped.bind(app).bind(user).bind(now_us).optional().await?;
    Ok(stamp.map(|(stamp,)| stamp))
}

/// Refuses all tokens issued so far: from now, or from just after the last one where that is
/// later. The last token's instant (0 when there never was one), and the limit.
pub(super) async fn refuse_tokens(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    now_us: i64,
) -> Result<Option<(i64, i64)>, Error> {
    let refused = conn.query(
        "UPDATE users SET tokens_not_before_us =
             CASE WHEN last_token_us >= $3 THEN last_token_us + 1 ELSE $3 END
         WHERE app_id = $1 AND id = $2 RETURNING last_token_us, tokens_not_before_us",
    );
    refused.bind(app).bind(user).bind(now_us).optional().await
}

/// What a list of users is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub email: Option<String>,
    pub status: Option<Status>,
    pub role: Option<String>,
    /// A part of the address or the name, in any case.
    pub q: Option<String>,
}

/// A page, newest first.
pub async fn list(
    conn: &mut Conn,
    app: &AppId,
    filter: &Filter,
    before: Option<&str>,
    most: i64,
) -> Result<Vec<UserRow>, Error> {
    // What is a pattern to LIKE is a plain character to whoever searches.
    let q = filter.q.as_deref().map(|q| {
        let escaped = q
            .to_lowercase()
            .replace('\\', "\\\\")
            .replace('%', "\\%")
            .replace('_', "\\_");
        format!("%{escaped}%")
    });
    conn.query(
        "SELECT * FROM users
         WHERE app_id = $1 AND ($2 IS NULL OR id < $2)
           AND ($3 IS NULL OR email_key = $3) AND ($4 IS NULL OR status = $4)
           AND ($5 IS NULL OR EXISTS (
             SELECT 1 FROM user_roles JOIN roles
               ON roles.app_id = user_roles.app_id AND roles.id = user_roles.role_id
             WHERE user_roles.app_id = $1 AND user_roles.user_id = users.id
               AND (roles.name = $5 OR roles.id = $5)))
           AND ($6 IS NULL OR email_key LIKE $6 ESCAPE '\\' OR lower(display_name) LIKE $6 ESCAPE '\\')
         ORDER BY id DESC LIMIT $7",
    )
    .bind(app)
    .bind(before)
    .bind(filter.email.as_deref().map(email_key))
    .bind(filter.status)
    .bind(filter.role.as_deref())
    .bind(q)
    .bind(most)
    .all()
    .await
}

//! Every statement about tokens.

use crate::db::{Conn, Error, FromRow};
use crate::kernel::Timestamp;
use crate::kernel::ids::{AppId, SessionId, UserId};
use crate::{apps, credentials, users};

pub(super) async fn is_revoked(conn: &mut Conn, jti: &str) -> Result<bool, Error> {
    let revoked = conn.query("SELECT jti FROM revoked_tokens WHERE jti = $1");
    Ok(revoked.bind(jti).optional::<(String,)>().await?.is_some())
}

/// Whether it was not revoked already.
pub(super) async fn revoke(
    conn: &mut Conn,
    jti: &str,
    expires_at: Timestamp,
) -> Result<bool, Error> {
    let revoked = conn.query(
        "INSERT INTO revoked_tokens (jti, expires_at) VALUES ($1, $2) ON CONFLICT (jti) DO NOTHING",
    );
    Ok(revoked.bind(jti).bind(expires_at).execute().await? == 1)
}

/// Forgets what would have expired anyway.
pub async fn expire(conn: &mut Conn, now: Timestamp) -> Result<u64, Error> {
    let expired = conn.query("DELETE FROM revoked_tokens WHERE expires_at < $1");
    expired.bind(now).execute().await
}

#[derive(FromRow)]
pub(super) struct UserState {
    pub app_status: apps::Status,
    pub app_not_before_us: i64,
    pub user_status: users::Status,
    pub user_not_before_us: i64,
    pub session_ended: bool,
}

/// How a user, their App and their session stand now.
pub(super) async fn user_state(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    session: Option<&SessionId>,
) -> Result<Option<UserState>, Error> {
    conn.query(
        "SELECT apps.status AS app_status, apps.tokens_not_before_us AS app_not_before_us,
           users.status AS user_status, users.tokens_not_before_us AS user_not_before_us,
           ($3 IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM sessions WHERE sessions.app_id = $1 AND sessions.id = $3
               AND sessions.revoked_at IS NULL)) AS session_ended
         FROM users JOIN apps ON apps.id = users.app_id
         WHERE users.app_id = $1 AND users.id = $2",
    )
    .bind(app)
    .bind(user)
    .bind(session)
    .optional()
    .await
}

#[derive(FromRow)]
pub(super) struct ClientState {
    pub app_status: apps::Status,
    pub app_not_before_us: i64,
    pub status: credentials::Status,
    pub not_before_us: i64,
}

/// How a client and its App stand now.
pub(super) async fn client_state(
    conn: &mut Conn,
    app: &AppId,
    client: &str,
) -> Result<Option<ClientState>, Error> {
    conn.query(
        "SELECT apps.status AS app_status, apps.tokens_not_before_us AS app_not_before_us,
           credentials.status AS status, credentials.tokens_not_before_us AS not_before_us
         FROM credentials JOIN apps ON apps.id = credentials.app_id
         WHERE credentials.app_id = $1 AND credentials.client_id = $2",
    )
    .bind(app)
    .bind(client)
    .optional()
    .await
}

/// The failed logins of an address, whether anyone has it or not, and when the last one was; locked
/// until this transaction ends. There is a row to lock from the first guess on: of many that come at
/// once before there is one, each would else take itself for the first.
pub(super) async fn attempts(
    conn: &mut Conn,
    app: &AppId,
    address: &[u8],
    now: Timestamp,
) -> Result<(i64, Timestamp), Error> {
    let locked = conn.query(
        "INSERT INTO login_failures (app_id, address_digest, failures, last_at) VALUES ($1, $2, 0, $3)
         ON CONFLICT (app_id, address_digest) DO UPDATE SET failures = login_failures.failures
         RETURNING failures, last_at",
    );
    locked.bind(app).bind(address).bind(now).one().await
}

/// Counts an attempt of an address that is locked. After a day without any it begins anew.
pub(super) async fn count_attempt(
    conn: &mut Conn,
    app: &AppId,
    address: &[u8],
    at: Timestamp,
    forgotten_before: Timestamp,
) -> Result<(), Error> {
    conn.query(
        "UPDATE login_failures SET last_at = $3,
           failures = CASE WHEN last_at < $4 THEN 1 ELSE failures + 1 END
         WHERE app_id = $1 AND address_digest = $2",
    )
    .bind(app)
    .bind(address)
    .bind(at)
    .bind(forgotten_before)
    .execute()
    .await?;
    Ok(())
}

/// A login succeeded: what failed before counts no more.
pub(super) async fn forgive(conn: &mut Conn, app: &AppId, address: &[u8]) -> Result<(), Error> {
    let forgiven =
        conn.query("DELETE FROM login_failures WHERE app_id = $1 AND address_digest = $2");
    forgiven.bind(app).bind(address).execute().await?;
    Ok(())
}

/// Forgets the failed logins from before a time.
pub(super) async fn forget_failures(conn: &mut Conn, before: Timestamp) -> Result<u64, Error> {
    conn.query("DELETE FROM login_failures WHERE last_at < $1")
        .bind(before)
        .execute()
        .await
}

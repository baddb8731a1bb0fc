//! Every statement about sessions.

use crate::db::{Conn, Error, FromRow};
use crate::kernel::Timestamp;
use crate::kernel::ids::{AppId, SessionId, UserId};

/// A session as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct SessionRow {
    pub app_id: AppId,
    pub id: SessionId,
    pub user_id: UserId,
    pub generation: i64,
    pub rotated_at: Timestamp,
    pub created_at: Timestamp,
    pub last_used_at: Timestamp,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    /// Who began it for the user, if not the user.
    pub acted_by: Option<String>,
}

pub(super) async fn insert(conn: &mut Conn, session: &SessionRow) -> Result<(), Error> {
    conn.query(
        "INSERT INTO sessions (app_id, id, user_id, generation, rotated_at, created_at, last_used_at,
           expires_at, ip, user_agent, acted_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&session.app_id)
    .bind(&session.id)
    .bind(&session.user_id)
    .bind(session.generation)
    .bind(session.rotated_at)
    .bind(session.created_at)
    .bind(session.last_used_at)
    .bind(session.expires_at)
    .bind(&session.ip)
    .bind(&session.user_agent)
    .bind(&session.acted_by)
    .execute()
    .await?;
    Ok(())
}

pub async fn find(
    conn: &mut Conn,
    app: &AppId,
    session: &SessionId,
) -> Result<Option<SessionRow>, Error> {
    let found = conn.query("SELECT * FROM sessions WHERE app_id = $1 AND id = $2");
    found.bind(app).bind(session).optional().await
}

/// The session, which nobody else refreshes until this transaction ends.
pub(super) async fn lock(
    conn: &mut Conn,
    app: &AppId,
    session: &SessionId,
) -> Result<Option<SessionRow>, Error> {
    let locked = conn.query(
        "UPDATE sessions SET generation = generation WHERE app_id = $1 AND id = $2 RETURNING *",
    );
    locked.bind(app).bind(session).optional().await
}

pub(super) async fn rotate(conn: &mut Conn, session: &SessionRow) -> Result<(), Error> {
    conn.query(
        "UPDATE sessions SET generation = $3, rotated_at = $4, last_used_at = $5
         WHERE app_id = $1 AND id = $2",
    )
    .bind(&session.app_id)
    .bind(&session.id)
    .bind(session.generation)
    .bind(session.rotated_at)
    .bind(session.last_used_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn end(
    conn: &mut Conn,
    app: &AppId,
    session: &SessionId,
    at: Timestamp,
) -> Result<(), Error> {
    let ended = conn.query(
        "UPDATE sessions SET revoked_at = $3 WHERE app_id = $1 AND id = $2 AND revoked_at IS NULL",
    );
    ended.bind(app).bind(session).bind(at).execute().await?;
    Ok(())
}

/// Ends all sessions of a user but one.
pub async fn end_all(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    but: Option<&SessionId>,
    at: Timestamp,
) -> Result<u64, Error> {
    let ended = conn.query(
        "UPDATE sessions SET revoked_at = $4 WHERE app_id = $1 AND user_id = $2
           AND ($3 IS NULL OR id <> $3) AND revoked_at IS NULL",
    );
    ended
        .bind(app)
        .bind(user)
        .bind(but)
        .bind(at)
        .execute()
        .await
}

/// Those of a user that can still be refreshed.
pub async fn live_of_user(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    now: Timestamp,
) -> Result<Vec<SessionRow>, Error> {
    let live = conn.query(
        "SELECT * FROM sessions WHERE app_id = $1 AND user_id = $2 AND revoked_at IS NULL
           AND expires_at > $3 ORDER BY id",
    );
    live.bind(app).bind(user).bind(now).all().await
}

/// A page of those that can still be refreshed, newest first.
pub async fn list(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    now: Timestamp,
    before: Option<&str>,
    most: i64,
) -> Result<Vec<SessionRow>, Error> {
    conn.query(
        "SELECT * FROM sessions WHERE app_id = $1 AND user_id = $2 AND revoked_at IS NULL
           AND expires_at > $3 AND ($4 IS NULL OR id < $4) ORDER BY id DESC LIMIT $5",
    )
    .bind(app)
    .bind(user)
    .bind(now)
    .bind(before)
    .bind(most)
    .all()
    .await
}

/// Forgets the sessions that ended before a time.
pub async fn expire(conn: &mut Conn, before: Timestamp) -> Result<u64, Error> {
    conn.query("DELETE FROM sessions WHERE expires_at < $1")
        .bind(before)
        .execute()
        .await
}

//! Every statement about invites.

use super::model::Status;
use crate::db::{Conn, Error, FromRow, Json};
use crate::kernel::ids::{AppId, InviteId, RoleId};
use crate::kernel::{Secret, Timestamp};

/// An invite as it is stored: its token by the digest.
#[derive(Clone, FromRow)]
pub struct InviteRow {
    pub app_id: AppId,
    pub id: InviteId,
    pub token_digest: Vec<u8>,
    pub email: Option<String>,
    pub roles: Json<Vec<RoleId>>,
    pub max_uses: i64,
    pub uses: i64,
    pub expires_at: Timestamp,
    pub revoked_at: Option<Timestamp>,
    pub invited_by_type: String,
    pub invited_by_id: String,
    pub created_at: Timestamp,
}

impl std::fmt::Debug for InviteRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Invite").field(&self.id).finish()
    }
}

pub(super) async fn insert(conn: &mut Conn, invite: &InviteRow) -> Result<(), Error> {
    conn.query(
        "INSERT INTO invites (app_id, id, token_digest, email, roles, max_uses, uses, expires_at,
           invited_by_type, invited_by_id, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, $10)",
    )
    .bind(&invite.app_id)
    .bind(&invite.id)
    .bind(invite.token_digest.as_slice())
    .bind(&invite.email)
    .bind(&invite.roles)
    .bind(invite.max_uses)
    .bind(invite.expires_at)
    .bind(&invite.invited_by_type)
    .bind(&invite.invited_by_id)
    .bind(invite.created_at)
    .execute()
    .await?;
    Ok(())
}

pub async fn find(
    conn: &mut Conn,
    app: &AppId,
    invite: &InviteId,
) -> Result<Option<InviteRow>, Error> {
    let found = conn.query("SELECT * FROM invites WHERE app_id = $1 AND id = $2");
    found.bind(app).bind(invite).optional().await
}

/// By its token, in whichever App it is.
pub(super) async fn find_by_token(
    conn: &mut Conn,
    token: &Secret,
) -> Result<Option<InviteRow>, Error> {
    let found = conn.query("SELECT * FROM invites WHERE token_digest = $1");
    let found: Option<InviteRow> = found.bind(token.digest().as_slice()).optional().await?;
    Ok(found.filter(|invite| token.matches(&invite.token_digest)))
}

/// The invite, which nobody else uses or revokes until this transaction ends.
pub(super) async fn lock(
    conn: &mut Conn,
    app: &AppId,
    invite: &InviteId,
) -> Result<Option<InviteRow>, Error> {
    let locked =
        conn.query("UPDATE invites SET uses = uses WHERE app_id = $1 AND id = $2 RETURNING *");
    locked.bind(app).bind(invite).optional().await
}

pub(super) async fn revoke(
    conn: &mut Conn,
    app: &AppId,
    invite: &InviteId,
    at: Timestamp,
) -> Result<(), Error> {
    let revoked = conn.query("UPDATE invites SET revoked_at = $3 WHERE app_id = $1 AND id = $2");
    revoked.bind(app).bind(invite).bind(at).execute().await?;
    Ok(())
}

/// Takes one use, if there is one to take.
pub(super) async fn take_use(
    conn: &mut Conn,
    app: &AppId,
    invite: &InviteId,
    now: Timestamp,
) -> Result<bool, Error> {
    let taken = conn.query(
        "UPDATE invites SET uses = uses + 1
         WHERE app_id = $1 AND id = $2 AND uses < max_uses AND expires_at > $3 AND revoked_at IS NULL",
    );
    Ok(taken.bind(app).bind(invite).bind(now).execute().await? == 1)
}

/// What a list of invites is narrowed by.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub email: Option<String>,
    pub status: Option<Status>,
}

/// A page, newest first.
pub async fn list(
    conn: &mut Conn,
    app: &AppId,
    filter: &Filter,
    now: Timestamp,
    before: Option<&str>,
    most: i64,
) -> Result<Vec<InviteRow>, Error> {
    let is = |status: Status| filter.status == Some(status);
    conn.query(
        "SELECT * FROM invites WHERE app_id = $1 AND ($2 IS NULL OR id < $2)
           AND ($3 IS NULL OR lower(email) = $3)
           AND (NOT $5 OR (revoked_at IS NULL AND uses < max_uses AND expires_at > $4))
           AND (NOT $6 OR (revoked_at IS NULL AND uses >= max_uses))
           AND (NOT $7 OR (revoked_at IS NULL AND uses < max_uses AND expires_at <= $4))
           AND (NOT $8 OR revoked_at IS NOT NULL)
         ORDER BY id DESC LIMIT $9",
    )
    .bind(app)
    .bind(before)
    .bind(filter.email.as_deref().map(str::to_lowercase))
    .bind(now)
    .bind(is(Status::Pending))
    .bind(is(Status::Accepted))
    .bind(is(Status::Expired))
    .bind(is(Status::Revoked))
    .bind(most)
    .all()
    .await
}

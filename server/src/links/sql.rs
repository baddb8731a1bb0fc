//! Every statement about one-time links.

use crate::db::{Conn, Error, FromRow, text_column};
use crate::kernel::ids::{AppId, LinkId, UserId};
use crate::kernel::{Secret, Timestamp};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    PasswordReset,
    EmailVerification,
}

impl Kind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PasswordReset => "password_reset",
            Self::EmailVerification => "email_verification",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::PasswordReset, Self::EmailVerification]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

text_column!(Kind, |text| Kind::parse(&text)
    .ok_or_else(|| "no kind of link".into()));

/// A link as it is stored: its token by the digest.
#[derive(Clone, FromRow)]
pub struct LinkRow {
    pub app_id: AppId,
    pub id: LinkId,
    pub user_id: UserId,
    pub kind: Kind,
    pub token_digest: Vec<u8>,
    pub email: String,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl std::fmt::Debug for LinkRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Link").field(&self.id).finish()
    }
}

pub(super) async fn insert(conn: &mut Conn, link: &LinkRow) -> Result<(), Error> {
    conn.query(
        "INSERT INTO links (app_id, id, user_id, kind, token_digest, email, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&link.app_id)
    .bind(&link.id)
    .bind(&link.user_id)
    .bind(link.kind)
    .bind(link.token_digest.as_slice())
    .bind(&link.email)
    .bind(link.expires_at)
    .bind(link.created_at)
    .execute()
    .await?;
    Ok(())
}

/// By its token, in whichever App it is.
pub(super) async fn find_by_token(
    conn: &mut Conn,
    token: &Secret,
) -> Result<Option<LinkRow>, Error> {
    let found = conn.query("SELECT * FROM links WHERE token_digest = $1");
    let found: Option<LinkRow> = found.bind(token.digest().as_slice()).optional().await?;
    Ok(found.filter(|link| token.matches(&link.token_digest)))
}

/// Takes the one use, if it is there to take.
pub(super) async fn take_use(
    conn: &mut Conn,
    app: &AppId,
    link: &LinkId,
    now: Timestamp,
) -> Result<bool, Error> {
    let taken = conn.query(
        "UPDATE links SET used_at = $3
         WHERE app_id = $1 AND id = $2 AND used_at IS NULL AND expires_at > $3",
    );
    Ok(taken.bind(app).bind(link).bind(now).execute().await? == 1)
}

/// Voids the links of a kind that a user has not used.
pub(super) async fn void_others(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    kind: Kind,
    now: Timestamp,
) -> Result<(), Error> {
    let voided = conn.query(
        "UPDATE links SET expires_at = $4
         WHERE app_id = $1 AND user_id = $2 AND kind = $3 AND used_at IS NULL AND expires_at > $4",
    );
    voided
        .bind(app)
        .bind(user)
        .bind(kind)
        .bind(now)
        .execute()
        .await?;
    Ok(())
}

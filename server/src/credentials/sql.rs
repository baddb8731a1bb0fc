//! Every statement about service credentials.

use super::model::Status;
use crate::db::{Conn, Error, FromRow, Json, text_column};
use crate::kernel::Timestamp;
use crate::kernel::ids::{AppId, ClientId, CredentialId, SecretId};
use crate::permissions::Permissions;

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

text_column!(Status, |text| Status::parse(&text)
    .ok_or_else(|| "no status".into()));

/// A credential as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct CredentialRow {
    pub app_id: AppId,
    pub id: CredentialId,
    pub client_id: ClientId,
    pub name: String,
    pub permissions: Json<Permissions>,
    pub status: Status,
    pub last_used_at: Option<Timestamp>,
    pub tokens_not_before_us: i64,
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A secret as it is stored: by its digest.
#[derive(Clone, Debug, FromRow)]
pub struct SecretRow {
    pub id: SecretId,
    pub digest: Vec<u8>,
    pub last_used_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

pub(super) async fn insert(conn: &mut Conn, credential: &CredentialRow) -> Result<(), Error> {
    conn.query(
        "INSERT INTO credentials (app_id, id, client_id, name, permissions, status, expires_at,
           created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(&credential.app_id)
    .bind(&credential.id)
    .bind(&credential.client_id)
    .bind(&credential.name)
    .bind(&credential.permissions)
    .bind(credential.status)
    .bind(credential.expires_at)
    .bind(credential.created_at)
    .bind(credential.updated_at)
    .execute()
    .await?;
    Ok(())
}

/// By its `client_id` or its id.
pub async fn find(
    conn: &mut Conn,
    app: &AppId,
    client: &str,
) -> Result<Option<CredentialRow>, Error> {
    let found =
        conn.query("SELECT * FROM credentials WHERE app_id = $1 AND (client_id = $2 OR id = $2)");
    found.bind(app).bind(client).optional().await
}

/// By its `client_id`, in whichever App it is.
pub async fn find_by_client(conn: &mut Conn, client: &str) -> Result<Option<CredentialRow>, Error> {
    let found = conn.query("SELECT * FROM credentials WHERE client_id = $1");
    found.bind(client).optional().await
}

/// The credential, which nobody else changes until this transaction ends.
pub(super) async fn lock(
    conn: &mut Conn,
    app: &AppId,
    client: &str,
) -> Result<Option<CredentialRow>, Error> {
    let locked = conn.query(
        "UPDATE credentials SET updated_at = updated_at
         WHERE app_id = $1 AND (client_id = $2 OR id = $2) RETURNING *",
    );
    locked.bind(app).bind(client).optional().await
}

pub(super) async fn update(conn: &mut Conn, credential: &CredentialRow) -> Result<(), Error> {
    conn.query(
        "UPDATE credentials SET name = $3, permissions = $4, status = $5, expires_at = $6, updated_at = $7
         WHERE app_id = $1 AND id = $2",
    )
    .bind(&credential.app_id)
    .bind(&credential.id)
    .bind(&credential.name)
    .bind(&credential.permissions)
    .bind(credential.status)
    .bind(credential.expires_at)
    .bind(credential.updated_at)
    .execute()
    .await?;
    Ok(())
}

/// A page, newest first.
pub async fn list(
    conn: &mut Conn,
    app: &AppId,
    before: Option<&str>,
    most: i64,
) -> Result<Vec<CredentialRow>, Error> {
    let page = conn.query(
        "SELECT * FROM credentials WHERE app_id = $1 AND ($2 IS NULL OR id < $2)
         ORDER BY id DESC LIMIT $3",
    );
    page.bind(app).bind(before).bind(most).all().await
}

/// The live secrets, oldest first.
pub async fn secrets(
    conn: &mut Conn,
    app: &AppId,
    credential: &CredentialId,
) -> Result<Vec<SecretRow>, Error> {
    let secrets = conn.query(
        "SELECT id, digest, last_used_at, created_at FROM credential_secrets
         WHERE app_id = $1 AND credential_id = $2 ORDER BY id",
    );
    secrets.bind(app).bind(credential).all().await
}

pub(super) async fn insert_secret(
    conn: &mut Conn,
    credential: &CredentialRow,
    secret: &SecretRow,
) -> Result<(), Error> {
    conn.query(
        "INSERT INTO credential_secrets (app_id, credential_id, id, digest, created_at)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&credential.app_id)
    .bind(&credential.id)
    .bind(&secret.id)
    .bind(secret.digest.as_slice())
    .bind(secret.created_at)
    .execute()
    .await?;
    Ok(())
}

pub(super) async fn delete_secret(
    conn: &mut Conn,
    app: &AppId,
    credential: &CredentialId,
    secret: &SecretId,
) -> Result<(), Error> {
    let deleted = conn.query(
        "DELETE FROM credential_secrets WHERE app_id = $1 AND credential_id = $2 AND id = $3",
    );
    deleted
        .bind(app)
        .bind(credential)
        .bind(secret)
        .execute()
        .await?;
    Ok(())
}

pub(super) async fn delete_secrets(
    conn: &mut Conn,
    app: &AppId,
    credential: &CredentialId,
) -> Result<(), Error> {
    let deleted =
        conn.query("DELETE FROM credential_secrets WHERE app_id = $1 AND credential_id = $2");
    deleted.bind(app).bind(credential).execute().await?;
    Ok(())
}

pub(super) async fn note_use(
    conn: &mut Conn,
    app: &AppId,
    credential: &CredentialId,
    secret: &SecretId,
    at: Timestamp,
) -> Result<(), Error> {
    let noted =
        conn.query("UPDATE credentials SET last_used_at = $3 WHERE app_id = $1 AND id = $2");
    noted.bind(app).bind(credential).bind(at).execute().await?;
    let noted = conn.query(
        "UPDATE credential_secrets SET last_used_at = $4
         WHERE app_id = $1 AND credential_id = $2 AND id = $3",
    );
    noted
        .bind(app)
        .bind(credential)
        .bind(secret)
        .bind(at)
        .execute()
        .await?;
    Ok(())
}

/// The instant of a token's issue and the permissions of that instant: see `users::stamp_token`.
pub async fn stamp_token(
    conn: &mut Conn,
    app: &AppId,
    credential: &CredentialId,
    now: Timestamp,
) -> Result<Option<(i64, Json<Permissions>)>, Error> {
    let stamped = conn.query(
        "UPDATE credentials SET last_token_us = CASE
             WHEN last_token_us >= $3 AND last_token_us >= tokens_not_before_us THEN last_token_us
             WHEN tokens_not_before_us > $3 THEN tokens_not_before_us ELSE $3 END
         WHERE app_id = $1 AND id = $2 RETURNING last_token_us, permissions",
    );
    stamped
        .bind(app)
        .bind(credential)
        .bind(now.micros())
        .optional()
        .await
}

/// Refuses all tokens issued so far; the limit.
pub(super) async fn refuse_tokens(
    conn: &mut Conn,
    app: &AppId,
    credential: &CredentialId,
    now_us: i64,
) -> Result<i64, Error> {
    let refused = conn.query(
        "UPDATE credentials SET tokens_not_before_us =
             CASE WHEN last_token_us >= $3 THEN last_token_us + 1 ELSE $3 END
         WHERE app_id = $1 AND id = $2 RETURNING tokens_not_before_us",
    );
    Ok(refused
        .bind(app)
        .bind(credential)
        .bind(now_us)
        .one::<(i64,)>()
        .await?
        .0)
}

//! Every statement about Apps.

use serde_json::{Map, Value};

use super::model::{Settings, Status};
use crate::db::{Conn, Error, FromRow, Json, Sql, text_column};
use crate::kernel::Timestamp;
use crate::kernel::ids::AppId;

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

text_column!(Status, |text| Status::parse(&text)
    .ok_or_else(|| "no status".into()));

/// An App as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct AppRow {
    pub id: AppId,
    pub name: String,
    pub display_name: String,
    pub status: Status,
    pub metadata: Json<Map<String, Value>>,
    pub settings: Json<Settings>,
    pub tokens_not_before_us: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Whether it was new: no other App has, or had, the name.
pub(super) async fn insert(conn: &mut Conn, app: &AppRow) -> Result<bool, Error> {
    let inserted = conn
        .query(
            "INSERT INTO apps (id, name, display_name, status, metadata, settings, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name) DO NOTHING",
        )
        .bind(&app.id)
        .bind(&app.name)
        .bind(&app.display_name)
        .bind(app.status)
        .bind(&app.metadata)
        .bind(&app.settings)
        .bind(app.created_at)
        .bind(app.updated_at)
        .execute()
        .await?;
    Ok(inserted == 1)
}

/// By its name or its id, as paths have it. A name can't look like an id: it has no `_`.
pub async fn find_by_name_or_id(conn: &mut Conn, app: &str) -> Result<Option<AppRow>, Error> {
    conn.query("SELECT * FROM apps WHERE name = $1 OR id = $1")
        .bind(app)
        .optional()
        .await
}

pub async fn find(conn: &mut Conn, app: &AppId) -> Result<Option<AppRow>, Error> {
    conn.query("SELECT * FROM apps WHERE id = $1")
        .bind(app)
        .optional()
        .await
}

/// The App, which nobody changes until this transaction ends: what is issued is issued in the state
/// that it is in. Any number may hold it so at once.
pub async fn hold(conn: &mut Conn, app: &AppId) -> Result<Option<AppRow>, Error> {
    let held = conn.query(Sql::Differs {
        sqlite: "SELECT * FROM apps WHERE id = $1",
        postgres: "SELECT * FROM apps WHERE id = $1 FOR SHARE",
    });
    held.bind(app).optional().await
}

/// The App, which nobody else changes until this transaction ends.
pub async fn lock(conn: &mut Conn, app: &AppId) -> Result<Option<AppRow>, Error> {
    let locked = conn.query("UPDATE apps SET updated_at = updated_at WHERE id = $1 RETURNING *");
    locked.bind(app).optional().await
}

/// The instant of the last token issued in an App that is locked; 0 when there never was one.
pub(super) async fn last_token(conn: &mut Conn, app: &AppId) -> Result<i64, Error> {
    let last = conn.query(
        "SELECT COALESCE(MAX(last_token_us), 0) FROM (
           SELECT last_token_us FROM users WHERE app_id = $1
           UNION ALL SELECT last_token_us FROM credentials WHERE app_id = $1) AS issued",
    );
    Ok(last.bind(app).one::<(i64,)>().await?.0)
}

pub(super) async fn update(conn: &mut Conn, app: &AppRow) -> Result<(), Error> {
    conn.query(
        "UPDATE apps SET display_name = $2, status = $3, metadata = $4, settings = $5,
           tokens_not_before_us = $6, updated_at = $7 WHERE id = $1",
    )
    .bind(&app.id)
    .bind(&app.display_name)
    .bind(app.status)
    .bind(&app.metadata)
    .bind(&app.settings)
    .bind(app.tokens_not_before_us)
    .bind(app.updated_at)
    .execute()
    .await?;
    Ok(())
}

/// A page, newest first.
pub async fn list(
    conn: &mut Conn,
    status: Option<Status>,
    before: Option<&str>,
    most: i64,
) -> Result<Vec<AppRow>, Error> {
    conn.query(
        "SELECT * FROM apps WHERE ($1 IS NULL OR status = $1) AND ($2 IS NULL OR id < $2)
         ORDER BY id DESC LIMIT $3",
    )
    .bind(status)
    .bind(before)
    .bind(most)
    .all()
    .await
}

//! Every statement about roles and who wears them.

use crate::db::{Conn, Error, FromRow, Json, Sql};
use crate::kernel::Timestamp;
use crate::kernel::ids::{AppId, RoleId, UserId};
use crate::permissions::Permissions;

/// A role as it is stored.
#[derive(Clone, Debug, FromRow)]
pub struct RoleRow {
    pub app_id: AppId,
    pub id: RoleId,
    pub name: String,
    pub display_name: String,
    pub permissions: Json<Permissions>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Whether it was new: no other role of the App has the name.
pub(super) async fn insert(conn: &mut Conn, role: &RoleRow) -> Result<bool, Error> {
    let inserted = conn
        .query(
            "INSERT INTO roles (app_id, id, name, display_name, permissions, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (app_id, name) DO NOTHING",
        )
        .bind(&role.app_id)
        .bind(&role.id)
        .bind(&role.name)
        .bind(&role.display_name)
        .bind(&role.permissions)
        .bind(role.created_at)
        .bind(role.updated_at)
        .execute()
        .await?;
    Ok(inserted == 1)
}

/// By its name or its id.
pub async fn find(conn: &mut Conn, app: &AppId, role: &str) -> Result<Option<RoleRow>, Error> {
    let found = conn.query("SELECT * FROM roles WHERE app_id = $1 AND (name = $2 OR id = $2)");
    found.bind(app).bind(role).optional().await
}

/// The role, which nobody changes until this transaction ends: whoever gives it gives what it is.
/// Any number may hold it so at once.
pub(super) async fn hold(
    conn: &mut Conn,
    app: &AppId,
    role: &str,
) -> Result<Option<RoleRow>, Error> {
    let held = conn.query(Sql::Differs {
        sqlite: "SELECT * FROM roles WHERE app_id = $1 AND (name = $2 OR id = $2)",
        postgres: "SELECT * FROM roles WHERE app_id = $1 AND (name = $2 OR id = $2) FOR SHARE",
    });
    held.bind(app).bind(role).optional().await
}

/// The role, which nobody else changes or gives until this transaction ends.
pub(super) async fn lock(
    conn: &mut Conn,
    app: &AppId,
    role: &str,
) -> Result<Option<RoleRow>, Error> {
    let locked = conn.query(
        "UPDATE roles SET updated_at = updated_at
         WHERE app_id = $1 AND (name = $2 OR id = $2) RETURNING *",
    );
    locked.bind(app).bind(role).optional().await
}

/// Whether it could be: the name is not another role's.
pub(super) async fn update(conn: &mut Conn, role: &RoleRow) -> Result<bool, Error> {
    let updated = conn
        .query(
            "UPDATE roles SET name = $3, display_name = $4, permissions = $5, updated_at = $6
             WHERE app_id = $1 AND id = $2 AND NOT EXISTS (
               SELECT 1 FROM roles AS other
               WHERE other.app_id = $1 AND other.name = $3 AND other.id <> $2)",
        )
        .bind(&role.app_id)
        .bind(&role.id)
        .bind(&role.name)
        .bind(&role.display_name)
        .bind(&role.permissions)
        .bind(role.updated_at)
        .execute()
        .await?;
    Ok(updated == 1)
}

pub(super) async fn delete(conn: &mut Conn, app: &AppId, role: &RoleId) -> Result<(), Error> {
    let deleted = conn.query("DELETE FROM roles WHERE app_id = $1 AND id = $2");
    deleted.bind(app).bind(role).execute().await?;
    Ok(())
}

/// A page, newest first.
pub async fn list(
    conn: &mut Conn,
    app: &AppId,
    before: Option<&str>,
    most: i64,
) -> Result<Vec<RoleRow>, Error> {
    let page = conn.query(
        "SELECT * FROM roles WHERE app_id = $1 AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
    );
    page.bind(app).bind(before).bind(most).all().await
}

/// The names and permissions of all roles, for the catalogue.
pub async fn catalogue(
    conn: &mut Conn,
    app: &AppId,
) -> Result<Vec<(String, Json<Permissions>)>, Error> {
    let all = conn.query("SELECT name, permissions FROM roles WHERE app_id = $1 ORDER BY name");
    all.bind(app).all().await
}

/// The roles of a user, by name.
pub async fn of_user(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<Vec<RoleRow>, Error> {
    let worn = conn.query(
        "SELECT roles.* FROM roles
         JOIN user_roles ON user_roles.app_id = roles.app_id AND user_roles.role_id = roles.id
         WHERE roles.app_id = $1 AND user_roles.user_id = $2 ORDER BY roles.name",
    );
    worn.bind(app).bind(user).all().await
}

/// All that a user's roles give.
pub async fn permissions_of_user(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
) -> Result<Permissions, Error> {
    let roles = of_user(conn, app, user).await?;
    Ok(super::permissions(&roles))
}

/// Who wears a role, in an order that is always the same, so that two who lock them don't block
/// each other.
pub async fn wearers(conn: &mut Conn, app: &AppId, role: &RoleId) -> Result<Vec<UserId>, Error> {
    let wearers = conn.query(
        "SELECT user_id FROM user_roles WHERE app_id = $1 AND role_id = $2 ORDER BY user_id",
    );
    let wearers: Vec<(UserId,)> = wearers.bind(app).bind(role).all().await?;
    Ok(wearers.into_iter().map(|(user,)| user).collect())
}

/// Whether it was not on already.
pub(super) async fn assign(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    role: &RoleId,
    at: Timestamp,
) -> Result<bool, Error> {
    let assigned = conn.query(
        "INSERT INTO user_roles (app_id, user_id, role_id, assigned_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (app_id, user_id, role_id) DO NOTHING",
    );
    Ok(assigned
        .bind(app)
        .bind(user)
        .bind(role)
        .bind(at)
        .execute()
        .await?
        == 1)
}

/// Whether it was on.
pub(super) async fn remove(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    role: &RoleId,
) -> Result<bool, Error> {
    let removed =
        conn.query("DELETE FROM user_roles WHERE app_id = $1 AND user_id = $2 AND role_id = $3");
    Ok(removed.bind(app).bind(user).bind(role).execute().await? == 1)
}

pub(super) async fn remove_from_everyone(
    conn: &mut Conn,
    app: &AppId,
    role: &RoleId,
) -> Result<(), Error> {
    let removed = conn.query("DELETE FROM user_roles WHERE app_id = $1 AND role_id = $2");
    removed.bind(app).bind(role).execute().await?;
    Ok(())
}

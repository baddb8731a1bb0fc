//! Roles: named sets of permissions within an App.
//!
//! What a newcomer would get wrong: changing a role changes the rights of everyone who wears it, so
//! each of them is locked, stamped and put before the local verifiers, in the same transaction. And
//! nobody must come to wear it meanwhile: a role is held before the user who gets it is locked.

pub mod http;
mod model;
mod sql;

use std::collections::{BTreeMap, BTreeSet};

pub use model::{Changes, NewRole};
pub use sql::{RoleRow as Role, catalogue, find, list, of_user, permissions_of_user, wearers};

use crate::app::Work;
use crate::error::{Refusal, Result, Wrong};
use crate::events::{Kind, New};
use crate::kernel::ids::{AppId, RoleId, UserId};
use crate::permissions::{Grants, Permission, Permissions};
use crate::users;

/// Creates a role out of permissions that the caller holds.
pub async fn create(work: &mut Work, app: &AppId, by: &Grants, new: NewRole) -> Result<Role> {
    by.require_all(&new.permissions)?;
    let role = Role {
        app_id: app.clone(),
        id: RoleId::new(work.at, work.random()),
        display_name: new.display_name.unwrap_or_else(|| new.name.clone()),
        name: new.name,
        permissions: new.permissions.into(),
        created_at: work.at,
        updated_at: work.at,
    };
    if !sql::insert(&mut work.tx, &role).await? {
        return Err(Refusal::Taken { field: "name" }.into());
    }
    work.record(app, event(Kind::RoleCreated, &role)).await?;
    Ok(role)
}

/// Changes a role. The caller must hold what it has and what it gets: whoever could strip a role
/// that is above them could lock their betters out.
pub async fn update(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    role: &str,
    changes: Changes,
) -> Result<Role> {
    let mut role = sql::lock(&mut work.tx, app, role)
        .await?
        .ok_or(Refusal::NotFound)?;
    by.require_all(role.permissions.iter())?;
    if let Some(permissions) = &changes.permissions {
        by.require_all(permissions)?;
    }
    let before = role.permissions.clone();
    changes.apply(&mut role);
    role.updated_at = work.at;
    let renamed = sql::update(&mut work.tx, &role).await?;
    if !renamed {
        return Err(Refusal::Taken { field: "name" }.into());
    }
    let mut event = event(Kind::RoleUpdated, &role);
    if before.0 != role.permissions.0 {
        event = event.revokes(stale_wearers(work, app, &role.id).await?);
    }
    work.record(app, event).await?;
    Ok(role)
}

/// Deletes a role; one in use only when forced, and then it is taken from everyone first.
pub async fn delete(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    role: &str,
    force: bool,
) -> Result<()> {
    let role = sql::lock(&mut work.tx, app, role)
        .await?
        .ok_or(Refusal::NotFound)?;
    by.require_all(role.permissions.iter())?;
    let wearers = sql::wearers(&mut work.tx, app, &role.id).await?;
    if !wearers.is_empty() && !force {
        let users = i64::try_from(wearers.len()).unwrap_or(i64::MAX);
        return Err(Refusal::RoleInUse { users }.into());
    }
    let stale = stale_wearers(work, app, &role.id).await?;
    sql::remove_from_everyone(&mut work.tx, app, &role.id).await?;
    sql::delete(&mut work.tx, app, &role.id).await?;
    work.record(app, event(Kind::RoleDeleted, &role).revokes(stale))
        .await?;
    Ok(())
}

/// Finds a role that the caller may give, and holds it. Before the user is locked: whoever changes a
/// role has it first and its wearers then, and two who wait for each other get nowhere.
pub async fn hold(work: &mut Work, app: &AppId, by: &Grants, role: &str) -> Result<Role> {
    let role = sql::hold(&mut work.tx, app, role)
        .await?
        .ok_or(Refusal::NotFound)?;
    by.require_all(role.permissions.iter())?;
    Ok(role)
}

/// Puts a role that is held on a user; it may be on already.
pub async fn assign(work: &mut Work, app: &AppId, user: &UserId, role: &Role) -> Result<()> {
    if !sql::assign(&mut work.tx, app, user, &role.id, work.at).await? {
        return Ok(());
    }
    worn_event(work, app, user, role, Kind::RoleAssigned).await
}

/// Takes a role from a user; it may be off already.
pub async fn remove(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    user: &UserId,
    role: &str,
) -> Result<()> {
    let role = find(&mut work.tx, app, role)
        .await?
        .ok_or(Refusal::NotFound)?;
    by.require_all(role.permissions.iter())?;
    if !sql::remove(&mut work.tx, app, user, &role.id).await? {
        return Ok(());
    }
    worn_event(work, app, user, &role, Kind::RoleRemoved).await
}

async fn worn_event(
    work: &mut Work,
    app: &AppId,
    user: &UserId,
    role: &Role,
    kind: Kind,
) -> Result<()> {
    let stale = users::make_tokens_stale(work, app, user).await?;
    let event = New::of(kind, "user", user)
        .data("user_id", user)
        .data("role", &role.name)
        .data("role_id", &role.id)
        .revokes(stale);
    work.record(app, event).await?;
    Ok(())
}

async fn stale_wearers(
    work: &mut Work,
    app: &AppId,
    role: &RoleId,
) -> Result<Vec<crate::events::Revoked>> {
    let mut stale = Vec::new();
    for user in sql::wearers(&mut work.tx, app, role).await? {
        stale.extend(users::make_tokens_stale(work, app, &user).await?);
    }
    Ok(stale)
}

/// Finds roles by name or id and holds them; those that aren't there are all named by their place
/// under `field`.
pub async fn resolve(
    work: &mut Work,
    app: &AppId,
    names: &[String],
    field: &str,
) -> Result<Vec<Role>> {
    let (mut found, mut wrong) = (Vec::<Role>::new(), Vec::new());
    for (place, name) in names.iter().enumerate() {
        match sql::hold(&mut work.tx, app, name).await? {
            Some(role) if found.iter().any(|other| other.id == role.id) => {
                wrong.push(Wrong::new(at(field, place), "is there twice"));
            }
            Some(role) => found.push(role),
            None => wrong.push(Wrong::new(
                at(field, place),
                format!("there is no role {name} in this App"),
            )),
        }
    }
    if wrong.is_empty() {
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    } else {
        Err(Refusal::Invalid(wrong).into())
    }
}

/// `roles[2]`, or plainly `role` where only one can be given.
fn at(field: &str, place: usize) -> String {
    if field.ends_with('s') {
        format!("{field}[{place}]")
    } else {
        field.to_owned()
    }
}

/// All that these roles give together.
pub fn permissions<'r>(roles: impl IntoIterator<Item = &'r Role>) -> Permissions {
    let all: BTreeSet<_> = roles
        .into_iter()
        .flat_map(|role| role.permissions.iter().cloned())
        .collect();
    all
}

fn event(kind: Kind, role: &Role) -> New {
    New::of(kind, "role", &role.id)
        .data("role_id", &role.id)
        .data("role", &role.name)
        .data("permissions", &*role.permissions)
}

/// The catalogue turned about: which roles give each permission, from the one after `after`.
fn by_permission(
    roles: Vec<(String, crate::db::Json<Permissions>)>,
    after: Option<&str>,
    most: i64,
) -> Vec<(Permission, Vec<String>)> {
    let mut given = BTreeMap::<Permission, Vec<String>>::new();
    for (role, permissions) in roles {
        for permission in permissions.0 {
            given.entry(permission).or_default().push(role.clone());
        }
    }
    let later = given
        .into_iter()
        .filter(|(permission, _)| after.is_none_or(|after| permission.as_str() > after));
    later.take(usize::try_from(most).unwrap_or(0)).collect()
}

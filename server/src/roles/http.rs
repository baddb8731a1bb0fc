//! What the API promises of roles.

use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::MaybeUndefined;
use poem_openapi::{Object, OpenApi};

use super::{Changes, NewRole, Role};
use crate::api::Tag;
use crate::app::Heimdall;
use crate::error::Refusal;
use crate::http::text::{DisplayName, KeyText, PermissionName, Reference, Slug};
use crate::http::{
    Answer, Answered, Authenticated, Body, CursorText, Done, Kept, Limit, Listing, Page, Repeatable,
};
use crate::kernel::Timestamp;
use crate::kernel::ids::UserId;
use crate::permissions::{Permission, Permissions, ROLES_READ, ROLES_WRITE, USERS_WRITE};

/// A named set of permissions within an App.
#[derive(Debug, Object)]
#[oai(rename = "Role")]
pub struct View {
    pub id: String,
    pub app_id: String,
    /// Unique within the App.
    pub name: String,
    pub display_name: String,
    /// `resource:action`, sorted.
    pub permissions: Vec<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Role> for View {
    fn from(role: Role) -> Self {
        Self {
            id: role.id.to_string(),
            app_id: role.app_id.to_string(),
            name: role.name,
            display_name: role.display_name,
            permissions: role.permissions.iter().map(ToString::to_string).collect(),
            created_at: role.created_at,
            updated_at: role.updated_at,
        }
    }
}

/// A role to be created.
#[derive(Clone, Debug, Object)]
#[oai(rename = "NewRole", deny_unknown_fields)]
pub struct New {
    name: Slug,
    /// The name when left out.
    display_name: Option<DisplayName>,
    /// The caller must hold each of them.
    #[oai(validator(max_items = 1000))]
    permissions: Vec<PermissionName>,
}

impl From<New> for NewRole {
    fn from(new: New) -> Self {
        Self {
            name: new.name.0,
            display_name: new.display_name.map(|name| name.0),
            permissions: permissions(new.permissions),
        }
    }
}

/// What to change of a role; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename = "RoleChanges", deny_unknown_fields)]
pub struct Patch {
    name: Option<Slug>,
    /// `null` falls back to the name.
    #[oai(nullable)]
    display_name: MaybeUndefined<DisplayName>,
    #[oai(validator(max_items = 1000))]
    permissions: Option<Vec<PermissionName>>,
}

/// The permissions behind texts that the schema has found to be some.
pub fn permissions(names: impl IntoIterator<Item = PermissionName>) -> Permissions {
    names
        .into_iter()
        .filter_map(|name| Permission::parse(&name.0))
        .collect()
}

/// A role to put on a user.
#[derive(Debug, Object)]
#[oai(rename = "RoleAssignment", deny_unknown_fields)]
pub struct Assignment {
    /// The role by its name or its id.
    role: Reference,
}

/// A permission, and the roles that hold it.
#[derive(Debug, Object)]
#[oai(rename = "Permission")]
pub struct CatalogueEntry {
    permission: String,
    /// Names of roles, sorted.
    roles: Vec<String>,
}

#[derive(Debug)]
pub struct RolesApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1/apps", tag = "Tag::Roles")]
impl RolesApi {
    /// Create a role
    ///
    /// Needs `roles:write`, and every permission that the role gives.
    #[oai(path = "/:app/roles", method = "post", operation_id = "create_role")]
    async fn create(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<KeyText>>,
        body: Body<New>,
    ) -> Answered<Kept<View>> {
        let request = Repeatable::new(caller.0.name(), key.0, &["create_role", &app.0.0], &body.0);
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, ROLES_WRITE).await?;
        if let Some(answer) = request.answered(&mut work).await? {
            return Ok(answer);
        }
        let role = super::create(&mut work, &app.id, caller.0.grants(), body.0.into()).await?;
        Ok(request.answer(work, role.into()).await?)
    }

    /// List roles
    ///
    /// Newest first. Needs `roles:read`.
    #[oai(path = "/:app/roles", method = "get", operation_id = "list_roles")]
    async fn list(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        limit: Query<Limit>,
        cursor: Query<CursorText>,
    ) -> Answered<Answer<Page<View>>> {
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, &app.0.0, ROLES_READ).await?;
        let list = Listing::new(&self.0, format!("{}/roles", app.id), limit.0, &cursor.0)?;
        let rows = super::list(&mut conn, &app.id, list.before(), list.most()).await?;
        Ok(Answer(
            list.page(rows, |role| role.id.to_string()).map(View::from),
        ))
    }

    /// Get a role
    ///
    /// By its name or its id. Needs `roles:read`.
    #[oai(path = "/:app/roles/:role", method = "get", operation_id = "get_role")]
    async fn get(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        role: Path<Reference>,
    ) -> Answered<Answer<View>> {
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, &app.0.0, ROLES_READ).await?;
        let role = super::find(&mut conn, &app.id, &role.0.0)
            .await?
            .ok_or(Refusal::NotFound)?;
        Ok(Answer(role.into()))
    }

    /// Change a role
    ///
    /// Tokens of those who wear it become stale when its permissions change. Needs `roles:write`,
    /// and every permission that the role gave and gives.
    #[oai(
        path = "/:app/roles/:role",
        method = "patch",
        operation_id = "update_role"
    )]
    async fn update(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        role: Path<Reference>,
        body: Body<Patch>,
    ) -> Answered<Answer<View>> {
        let changes = Changes {
            name: body.0.name.map(|name| name.0),
            display_name: match body.0.display_name {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(name) => Some(Some(name.0)),
            },
            permissions: body.0.permissions.map(permissions),
        };
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, ROLES_WRITE).await?;
        let role = super::update(&mut work, &app.id, caller.0.grants(), &role.0.0, changes).await?;
        work.commit().await?;
        Ok(Answer(role.into()))
    }

    /// Delete a role
    ///
    /// Needs `roles:write`, and every permission that the role gives.
    #[oai(
        path = "/:app/roles/:role",
        method = "delete",
        operation_id = "delete_role"
    )]
    async fn delete(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        role: Path<Reference>,
        /// Take it from those who wear it, instead of refusing with `ROLE_IN_USE`.
        force: Query<Option<bool>>,
    ) -> Answered<Done> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, ROLES_WRITE).await?;
        let force = force.0.unwrap_or(false);
        super::delete(&mut work, &app.id, caller.0.grants(), &role.0.0, force).await?;
        work.commit().await?;
        Ok(Done)
    }

    /// List permissions
    ///
    /// Every permission that a role of the App gives, and which roles give it. Needs `roles:read`.
    #[oai(
        path = "/:app/permissions",
        method = "get",
        operation_id = "list_permissions"
    )]
    async fn permissions(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        limit: Query<Limit>,
        cursor: Query<CursorText>,
    ) -> Answered<Answer<Page<CatalogueEntry>>> {
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, &app.0.0, ROLES_READ).await?;
        let list = Listing::new(
            &self.0,
            format!("{}/permissions", app.id),
            limit.0,
            &cursor.0,
        )?;
        let roles = super::catalogue(&mut conn, &app.id).await?;
        let entries = super::by_permission(roles, list.before(), list.most());
        let page = list.page(entries, |(permission, _)| permission.to_string());
        Ok(Answer(page.map(|(permission, roles)| CatalogueEntry {
            permission: permission.to_string(),
            roles,
        })))
    }

    /// Assign a role to a user
    ///
    /// It may be on already. Needs `users:write`, and every permission that the role gives.
    #[oai(
        path = "/:app/users/:user/roles",
        method = "post",
        operation_id = "assign_role"
    )]
    async fn assign(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        user: Path<Reference>,
        body: Body<Assignment>,
    ) -> Answered<Answer<crate::users::http::View>> {
        let user = UserId::parse(&user.0.0);
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, USERS_WRITE).await?;
        let user = user.ok_or(Refusal::NotFound)?;
        let role = super::hold(&mut work, &app.id, caller.0.grants(), &body.0.role.0).await?;
        crate::users::lock_within(&mut work, &app.id, caller.0.grants(), &user).await?;
        super::assign(&mut work, &app.id, &user, &role).await?;
        let member = crate::users::member(&mut work.tx, &app.id, &user).await?;
        work.commit().await?;
        Ok(Answer(member.into()))
    }

    /// Remove a role from a user
    ///
    /// It may be off already. Needs `users:write`, and every permission that the role gives.
    #[oai(
        path = "/:app/users/:user/roles/:role",
        method = "delete",
        operation_id = "remove_role"
    )]
    async fn remove(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        user: Path<Reference>,
        role: Path<Reference>,
    ) -> Answered<Done> {
        let user = UserId::parse(&user.0.0);
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, USERS_WRITE).await?;
        let user = user.ok_or(Refusal::NotFound)?;
        crate::users::lock_within(&mut work, &app.id, caller.0.grants(), &user).await?;
        super::remove(&mut work, &app.id, caller.0.grants(), &user, &role.0.0).await?;
        work.commit().await?;
        Ok(Done)
    }
}

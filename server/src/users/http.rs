//! What the API promises of users.

pub mod import;

use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::MaybeUndefined;
use poem_openapi::{Enum, Object, OpenApi};

use super::{Changes, Email, Filter, Member, NewUser, Status};
use crate::api::Tag;
use crate::app::Heimdall;
use crate::apps::http::change;
use crate::error::Refusal;
use crate::http::metadata::Metadata;
use crate::http::text::{DisplayName, EmailAddress, KeyText, PasswordText, Reference, SearchText};
use crate::http::{
    Answer, Answered, Authenticated, Body, CursorText, Done, Invalid, Kept, Limit, Listing, Page,
    Repeatable,
};
use crate::kernel::ids::UserId;
use crate::kernel::{Secret, Timestamp};
use crate::permissions::{USERS_READ, USERS_WRITE};
use crate::{apps, roles};

/// Somebody who signs in to an App.
#[derive(Debug, Object)]
#[oai(rename = "User", skip_serializing_if_is_none)]
pub struct View {
    pub id: String,
    pub app_id: String,
    /// As it was given; compared without case.
    pub email: String,
    pub email_verified: bool,
    pub display_name: Option<String>,
    pub status: UserStatus,
    /// Names of roles, sorted.
    pub roles: Vec<String>,
    pub metadata: Metadata,
    pub last_login_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Member> for View {
    fn from(member: Member) -> Self {
        let roles = member.role_names().into_iter().map(str::to_owned).collect();
        let user = member.user;
        Self {
            id: user.id.to_string(),
            app_id: user.app_id.to_string(),
            email: user.email,
            email_verified: user.email_verified,
            display_name: user.display_name,
            status: user.status.into(),
            roles,
            metadata: Metadata(user.metadata.0),
            last_login_at: user.last_login_at,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// A suspended user is kept out for a while; a deactivated one for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum UserStatus {
    Active,
    Suspended,
    Deactivated,
}

impl From<Status> for UserStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Suspended => Self::Suspended,
            Status::Deactivated => Self::Deactivated,
        }
    }
}

impl From<UserStatus> for Status {
    fn from(status: UserStatus) -> Self {
        match status {
            UserStatus::Active => Self::Active,
            UserStatus::Suspended => Self::Suspended,
            UserStatus::Deactivated => Self::Deactivated,
        }
    }
}

/// A user to be created.
#[derive(Clone, Debug, Object)]
#[oai(rename = "NewUser", deny_unknown_fields)]
pub struct New {
    email: EmailAddress,
    display_name: Option<DisplayName>,
    /// Without one the user can sign in once a reset link has set it.
    password: Option<PasswordText>,
    /// One role, by its name or its id; or else `roles`.
    role: Option<Reference>,
    /// The caller must hold every permission that they give.
    #[oai(validator(max_items = 100))]
    roles: Option<Vec<Reference>>,
    metadata: Option<Metadata>,
}

/// A user to be created, once nothing is wrong with it.
#[derive(Debug)]
pub struct Checked {
    pub user: NewUser,
    pub password: Option<Secret>,
}

impl New {
    /// Notes what only a human rule finds wrong; `prefix` is where in the request this stands.
    pub fn check(self, prefix: &str, password_min_length: u32, wrong: &mut Invalid) -> Checked {
        check_email(&self.email, &format!("{prefix}email"), wrong);
        Metadata::check(self.metadata.as_ref(), &format!("{prefix}metadata"), wrong);
        let neither_or_one = self.role.is_none() || self.roles.is_none();
        wrong.check(
            neither_or_one,
            &format!("{prefix}roles"),
            "can't be given beside role",
        );
        let password = self.password.map(|text| {
            check_password(
                &text,
                &format!("{prefix}password"),
                password_min_length,
                wrong,
            )
        });
        let roles_field = if self.role.is_some() { "role" } else { "roles" };
        let roles = self.role.into_iter().chain(self.roles.unwrap_or_default());
        let user = NewUser {
            email: self.email.0,
            email_verified: false,
            display_name: self.display_name.map(|name| name.0),
            roles: roles.map(|role| role.0).collect(),
            roles_field,
            metadata: self.metadata.map(|metadata| metadata.0).unwrap_or_default(),
        };
        Checked { user, password }
    }
}

/// Notes an address that is none.
pub fn check_email(email: &EmailAddress, field: &str, wrong: &mut Invalid) {
    if let Err(reason) = Email::check(&email.0) {
        wrong.add(field, reason);
    }
}

/// The password as it is hashed; notes it when it is too weak to be a new one.
pub fn check_password(
    text: &PasswordText,
    field: &str,
    min_length: u32,
    wrong: &mut Invalid,
) -> Secret {
    let password = super::password(&text.0);
    if let Some(weak) = super::weak(field, password.expose(), min_length) {
        wrong.add(weak.field, weak.reason);
    }
    password
}

/// What to change of a user; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename = "UserChanges", deny_unknown_fields)]
pub struct Patch {
    /// Another address is not verified, unless the same request says so.
    email: Option<EmailAddress>,
    email_verified: Option<bool>,
    #[oai(nullable)]
    display_name: MaybeUndefined<DisplayName>,
    status: Option<UserStatus>,
    /// All the roles from now on, by their names or ids.
    #[oai(validator(max_items = 100))]
    roles: Option<Vec<Reference>>,
    metadata: Option<Metadata>,
}

impl Patch {
    fn check(self) -> Result<Changes, crate::http::ApiError> {
        let mut wrong = Invalid::new();
        if let Some(email) = &self.email {
            check_email(email, "email", &mut wrong);
        }
        Metadata::check(self.metadata.as_ref(), "metadata", &mut wrong);
        wrong.into_result()?;
        Ok(Changes {
            email: self.email.map(|email| email.0),
            email_verified: self.email_verified,
            display_name: change(self.display_name).map(|name| name.map(|name| name.0)),
            status: self.status.map(Status::from),
            metadata: self.metadata.map(|metadata| metadata.0),
            roles: self
                .roles
                .map(|roles| roles.into_iter().map(|role| role.0).collect()),
        })
    }
}

/// A password to set.
#[derive(Debug, Object)]
#[oai(rename = "NewPassword", deny_unknown_fields)]
pub struct Password {
    password: PasswordText,
}

#[derive(Debug)]
pub struct UsersApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1/apps", tag = "Tag::Users")]
impl UsersApi {
    /// Create a user
    ///
    /// Needs `users:write`, and every permission that the roles give.
    #[oai(path = "/:app/users", method = "post", operation_id = "create_user")]
    async fn create(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<KeyText>>,
        body: Body<New>,
    ) -> Answered<Kept<View>> {
        let request = Repeatable::new(caller.0.name(), key.0, &["create_user", &app.0.0], &body.0);
        let mut conn = self.0.db.read().await?;
        let settings = caller
            .0
            .enter(&mut conn, &app.0.0, USERS_WRITE)
            .await?
            .settings;
        drop(conn);
        let mut wrong = Invalid::new();
        let new = body.0.check("", settings.password_min_length, &mut wrong);
        wrong.into_result()?;
        let hash = self.0.passwords.hash_optional(new.password).await?;
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, USERS_WRITE).await?;
        if let Some(answer) = request.answered(&mut work).await? {
            return Ok(answer);
        }
        let member = super::create(&mut work, &app.id, caller.0.grants(), new.user, hash).await?;
        Ok(request.answer(work, member.into()).await?)
    }

    /// List users
    ///
    /// Newest first. Needs `users:read`.
    #[oai(path = "/:app/users", method = "get", operation_id = "list_users")]
    #[allow(clippy::too_many_arguments)] // each is a parameter of the operation
    async fn list(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        /// Exactly this address, without case.
        email: Query<Option<SearchText>>,
        status: Query<Option<UserStatus>>,
        /// Wearing this role, by its name or its id.
        role: Query<Option<Reference>>,
        /// With this in their address or name, without case.
        q: Query<Option<SearchText>>,
        limit: Query<Limit>,
        cursor: Query<CursorText>,
    ) -> Answered<Answer<Page<View>>> {
        let filter = Filter {
            email: email.0.map(|email| email.0),
            status: status.0.map(Status::from),
            role: role.0.map(|role| role.0),
            q: q.0.map(|q| q.0),
        };
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, &app.0.0, USERS_READ).await?;
        let list = Listing::new(
            &self.0,
            format!("{}/users?{filter:?}", app.id),
            limit.0,
            &cursor.0,
        )?;
        let rows = super::list(&mut conn, &app.id, &filter, list.before(), list.most()).await?;
        let page = list.page(rows, |user| user.id.to_string());
        let mut data = Vec::with_capacity(page.data.len());
        for user in page.data {
            let roles = roles::of_user(&mut conn, &app.id, &user.id).await?;
            data.push(Member { user, roles }.into());
        }
        Ok(Answer(Page {
            data,
            next_cursor: page.next_cursor,
        }))
    }

    /// Get a user
    ///
    /// Needs `users:read`.
    #[oai(path = "/:app/users/:user", method = "get", operation_id = "get_user")]
    async fn get(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        user: Path<Reference>,
    ) -> Answered<Answer<View>> {
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, &app.0.0, USERS_READ).await?;
        let user = id(&user.0)?;
        Ok(Answer(
            super::member(&mut conn, &app.id, &user).await?.into(),
        ))
    }

    /// Change a user
    ///
    /// Needs `users:write`, every permission that the user holds, and every one that they get.
    #[oai(
        path = "/:app/users/:user",
        method = "patch",
        operation_id = "update_user"
    )]
    async fn update(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        user: Path<Reference>,
        body: Body<Patch>,
    ) -> Answered<Answer<View>> {
        let changes = body.0.check()?;
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, USERS_WRITE).await?;
        let user = id(&user.0)?;
        let member = super::update(&mut work, &app.id, caller.0.grants(), &user, changes).await?;
        work.commit().await?;
        Ok(Answer(member.into()))
    }

    /// Deactivate or erase a user
    ///
    /// Either ends all they are signed in to. Needs `users:write`, and every permission that the
    /// user holds.
    #[oai(
        path = "/:app/users/:user",
        method = "delete",
        operation_id = "delete_user"
    )]
    async fn delete(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        user: Path<Reference>,
        /// Erase the person: nothing personal is left, also in the audit log, which keeps what happened.
        purge: Query<Option<bool>>,
    ) -> Answered<Done> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, USERS_WRITE).await?;
        let (user, by) = (id(&user.0)?, caller.0.grants());
        if purge.0.unwrap_or(false) {
            super::purge(&mut work, &app.id, by, &user).await?;
        } else {
            super::deactivate(&mut work, &app.id, by, &user).await?;
        }
        work.commit().await?;
        Ok(Done)
    }

    /// Set a user's password
    ///
    /// Ends all they are signed in to. Needs `users:write`, and every permission that the user
    /// holds.
    #[oai(
        path = "/:app/users/:user/password",
        method = "put",
        operation_id = "set_password"
    )]
    async fn set_password(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        user: Path<Reference>,
        body: Body<Password>,
    ) -> Answered<Done> {
        let mut conn = self.0.db.read().await?;
        let found: apps::App = caller.0.enter(&mut conn, &app.0.0, USERS_WRITE).await?;
        drop(conn);
        let mut wrong = Invalid::new();
        let password = check_password(
            &body.0.password,
            "password",
            found.settings.password_min_length,
            &mut wrong,
        );
        wrong.into_result()?;
        let hash = self.0.passwords.hash(password).await?;
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, USERS_WRITE).await?;
        let user = super::lock_within(&mut work, &app.id, caller.0.grants(), &id(&user.0)?).await?;
        super::set_password(&mut work, &app.id, &user, &hash).await?;
        work.commit().await?;
        Ok(Done)
    }
}

/// The user that a path names; anything that is no user's id names nobody.
pub fn id(text: &Reference) -> Result<UserId, Refusal> {
    UserId::parse(&text.0).ok_or(Refusal::NotFound)
}

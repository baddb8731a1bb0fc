//! Users of an App.
//!
//! What a newcomer would get wrong: whatever changes what a user may do goes through
//! [`make_tokens_stale`] or [`end_tokens`], so that the tokens issued before are refused, here at
//! once and by local verifiers within a second.

pub mod http;
pub mod import;
mod model;
mod sql;

pub use model::{Changes, Email, NewUser, Status, password};
pub use sql::{
    Filter, UserRow as User, email_key, find, find_by_email, list, lock, note_login,
    set_password_hash, stamp_token, verify_email,
};

use crate::app::Work;
use crate::error::{Refusal, Result, Wrong};
use crate::events::{self, Kind, New, Revoked};
use crate::kernel::ids::{AppId, UserId};
use crate::permissions::Grants;
use crate::revocations;
use crate::roles::{self, Role};
use crate::sessions;

/// A user and the roles they wear.
#[derive(Clone, Debug)]
pub struct Member {
    pub user: User,
    pub roles: Vec<Role>,
}

impl Member {
    pub fn role_names(&self) -> Vec<&str> {
        self.roles.iter().map(|role| role.name.as_str()).collect()
    }
}

/// Creates a user with roles that the caller may give. The password is hashed already.
pub async fn create(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    new: NewUser,
    password_hash: Option<String>,
) -> Result<Member> {
    let roles = roles::resolve(work, app, &new.roles, new.roles_field).await?;
    by.require_all(&roles::permissions(&roles))?;
    insert(work, app, new, roles, password_hash).await
}

/// Creates a user with roles that were given to them before: by an invite.
pub async fn insert(
    work: &mut Work,
    app: &AppId,
    new: NewUser,
    roles: Vec<Role>,
    password_hash: Option<String>,
) -> Result<Member> {
    let user = User {
        app_id: app.clone(),
        id: UserId::new(work.at, work.random()),
        email_key: email_key(&new.email),
        email: new.email,
        email_verified: new.email_verified,
        display_name: new.display_name,
        status: Status::Active,
        metadata: new.metadata.into(),
        password_hash,
        last_login_at: None,
        last_token_us: 0,
        tokens_not_before_us: 0,
        created_at: work.at,
        updated_at: work.at,
    };
    if !sql::insert(&mut work.tx, &user).await? {
        return Err(Refusal::Taken { field: "email" }.into());
    }
    let member = Member { user, roles };
    let created = event(Kind::UserCreated, &member.user).data("roles", member.role_names());
    work.record(app, created).await?;
    for role in &member.roles {
        let held = roles::hold(work, app, &Grants::All, role.id.as_str()).await?;
        roles::assign(work, app, &member.user.id, &held).await?;
    }
    Ok(member)
}

/// Loads a user with their roles.
pub async fn member(conn: &mut crate::db::Conn, app: &AppId, user: &UserId) -> Result<Member> {
    let user = find(conn, app, user).await?.ok_or(Refusal::NotFound)?;
    let roles = roles::of_user(conn, app, &user.id).await?;
    Ok(Member { user, roles })
}

/// Locks a user whom the caller may act upon: nobody takes over someone who holds more.
pub async fn lock_within(work: &mut Work, app: &AppId, by: &Grants, user: &UserId) -> Result<User> {
    let user = lock(&mut work.tx, app, user)
        .await?
        .ok_or(Refusal::NotFound)?;
    let held = roles::permissions_of_user(&mut work.tx, app, &user.id).await?;
    by.require_all(&held)?;
    Ok(user)
}

/// Changes a user.
pub async fn update(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    user: &UserId,
    changes: Changes,
) -> Result<Member> {
    let roles = match &changes.roles {
        Some(names) => Some(roles::resolve(work, app, names, "roles").await?),
        None => None,
    };
    let mut user = lock_within(work, app, by, user).await?;
    let before = user.status;
    let touched = changes.touches_the_user();
    changes.apply(&mut user);
    user.updated_at = work.at;
    if !sql::update(&mut work.tx, &user).await? {
        return Err(Refusal::Taken { field: "email" }.into());
    }
    if let Some(wanted) = roles {
        replace_roles(work, app, by, &user.id, &wanted).await?;
    }
    let kind = match (before, user.status) {
        (before, after) if before == after => Kind::UserUpdated,
        (_, Status::Active) => Kind::UserReactivated,
        (_, Status::Deactivated) => Kind::UserDeactivated,
        (_, Status::Suspended) => Kind::UserUpdated,
    };
    let mut event = event(kind, &user).data("status", user.status.as_str());
    if before == Status::Active && user.status != Status::Active {
        event = event.revokes(end_tokens(work, app, &user.id).await?);
    }
    if touched {
        work.record(app, event).await?;
    }
    member(&mut work.tx, app, &user.id).await
}

async fn replace_roles(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    user: &UserId,
    wanted: &[Role],
) -> Result<()> {
    let worn = roles::of_user(&mut work.tx, app, user).await?;
    let absent = |role: &Role, among: &[Role]| among.iter().all(|other| other.id != role.id);
    for role in wanted.iter().filter(|role| absent(role, &worn)) {
        by.require_all(role.permissions.iter())?;
        roles::assign(work, app, user, role).await?;
    }
    for role in worn.iter().filter(|role| absent(role, wanted)) {
        roles::remove(work, app, by, user, role.id.as_str()).await?;
    }
    Ok(())
}

/// Deactivates a user and ends what they are signed in to; doing it again changes nothing.
pub async fn deactivate(work: &mut Work, app: &AppId, by: &Grants, user: &UserId) -> Result<()> {
    let changes = Changes {
        status: Some(Status::Deactivated),
        ..Changes::default()
    };
    let user = lock_within(work, app, by, user).await?;
    if user.status != Status::Deactivated {
        update(work, app, by, &user.id, changes).await?;
    }
    Ok(())
}

/// Erases a person. The log keeps what happened, without whom.
pub async fn purge(work: &mut Work, app: &AppId, by: &Grants, user: &UserId) -> Result<()> {
    let user = lock_within(work, app, by, user).await?;
    let revoked = end_tokens(work, app, &user.id).await?;
    sql::delete(&mut work.tx, app, &user.id).await?;
    sql::erase_invites(&mut work.tx, app, &user.id, work.at).await?;
    events::erase_person(&mut work.tx, app, user.id.as_str()).await?;
    let event = New::of(Kind::UserDeleted, "user", &user.id)
        .data("user_id", &user.id)
        .revokes(revoked);
    work.record(app, event).await?;
    Ok(())
}

/// Sets a password, which is hashed already, and ends the user's sessions.
pub async fn set_password(work: &mut Work, app: &AppId, user: &User, hash: &str) -> Result<()> {
    set_password_hash(&mut work.tx, app, &user.id, hash, work.at).await?;
    let revoked = end_tokens(work, app, &user.id).await?;
    let event = event(Kind::UserPasswordChanged, user).revokes(revoked);
    work.record(app, event).await?;
    Ok(())
}

/// The user's rights changed: tokens issued before are stale, and a refresh gives new ones.
pub async fn make_tokens_stale(
    work: &mut Work,
    app: &AppId,
    user: &UserId,
) -> Result<Option<Revoked>> {
    refuse_tokens_before_now(work, app, user, "stale").await
}

/// Ends all sessions of the user, and with them every token issued so far.
pub async fn end_tokens(work: &mut Work, app: &AppId, user: &UserId) -> Result<Option<Revoked>> {
    sessions::end_all(&mut work.tx, app, user, None, work.at).await?;
    refuse_tokens_before_now(work, app, user, "revoked").await
}

async fn refuse_tokens_before_now(
    work: &mut Work,
    app: &AppId,
    user: &UserId,
    reason: &str,
) -> Result<Option<Revoked>> {
    let at = work.at.micros();
    let Some((last_token, not_before_us)) = sql::refuse_tokens(&mut work.tx, app, user, at).await?
    else {
        return Ok(None);
    };
    // Nobody has to be told to refuse the tokens of someone who never had one.
    let had_tokens = last_token > 0;
    Ok(had_tokens.then(|| revocations::issued_before("user", user, not_before_us, reason)))
}

/// What an event tells of a user.
pub fn event(kind: Kind, user: &User) -> New {
    New::of(kind, "user", &user.id)
        .data("user_id", &user.id)
        .personal("email", &user.email)
        .personal("display_name", &user.display_name)
}

/// The refusal of a password, by its field.
pub fn weak(field: &str, password: &str, min_length: u32) -> Option<Wrong> {
    let reason = crate::passwords::weakness(password, min_length as usize)?;
    Some(Wrong::new(field, reason))
}

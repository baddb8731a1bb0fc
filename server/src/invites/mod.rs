//! Invites: how somebody joins an App.
//!
//! The token is the right to join. What a newcomer would get wrong: that right is looked at again when it is used. An invite
//! gives no more than its inviter could give at that moment, and it is used up by the write that creates the user, not before.

pub mod http;
mod model;
mod sql;

pub use model::{Inviter, NewInvite, Status};
pub use sql::{Filter, InviteRow as Invite, find, list};

use crate::app::Work;
use crate::apps::App;
use crate::db::Conn;
use crate::error::{Refusal, Result, Wrong};
use crate::events::{Kind, New};
use crate::kernel::ids::{AppId, InviteId, RoleId};
use crate::kernel::{Secret, Timestamp};
use crate::permissions::Grants;
use crate::roles::{self, Role};
use crate::sessions::{self, Session};
use crate::users::{self, Member, NewUser};

/// What an invite's token begins with.
pub const TOKEN_PREFIX: &str = "hdi_";

/// Creates an invite to roles that the caller may give, and its token.
pub async fn create(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    new: NewInvite,
) -> Result<(Invite, Secret)> {
    let roles = roles::resolve(work, app, &new.roles, new.roles_field).await?;
    by.require_all(&roles::permissions(&roles))?;
    let token = work.random().secret(TOKEN_PREFIX);
    let invite = Invite {
        app_id: app.clone(),
        id: InviteId::new(work.at, work.random()),
        token_digest: token.digest().to_vec(),
        email: new.email,
        roles: roles
            .iter()
            .map(|role| role.id.clone())
            .collect::<Vec<_>>()
            .into(),
        max_uses: new.max_uses.into(),
        uses: 0,
        expires_at: work.at.plus(new.expires_in),
        revoked_at: None,
        invited_by_type: work.actor.kind.to_owned(),
        invited_by_id: work.actor.id.clone(),
        created_at: work.at,
    };
    sql::insert(&mut work.tx, &invite).await?;
    let names: Vec<_> = roles.iter().map(|role| role.name.as_str()).collect();
    work.record(
        app,
        event(Kind::InviteCreated, &invite).data("roles", names),
    )
    .await?;
    Ok((invite, token))
}

/// Revokes an invite; one that can't be used any more anyway stays as it is.
pub async fn revoke(work: &mut Work, app: &AppId, invite: &InviteId) -> Result<()> {
    let invite = sql::lock(&mut work.tx, app, invite)
        .await?
        .ok_or(Refusal::NotFound)?;
    if invite.status(work.at) != Status::Pending {
        return Ok(());
    }
    sql::revoke(&mut work.tx, app, &invite.id, work.at).await?;
    work.record(app, event(Kind::InviteRevoked, &invite))
        .await?;
    Ok(())
}

/// The invite behind a token, in whichever App it is; refused when it is of no more use.
pub async fn by_token(conn: &mut Conn, token: &Secret, now: Timestamp) -> Result<Invite> {
    let invite = sql::find_by_token(conn, token)
        .await?
        .ok_or(Refusal::NotFound)?;
    usable(&invite, now)?;
    Ok(invite)
}

fn usable(invite: &Invite, now: Timestamp) -> Result<(), Refusal> {
    match invite.status(now) {
        Status::Pending => Ok(()),
        Status::Revoked => Err(Refusal::InviteRevoked),
        Status::Expired => Err(Refusal::InviteExpired),
        Status::Accepted => Err(Refusal::InviteUsed),
    }
}

/// The roles that an invite gives; without one of them it is void.
pub async fn roles_of(conn: &mut Conn, invite: &Invite) -> Result<Vec<Role>> {
    let mut roles = Vec::with_capacity(invite.roles.len());
    for id in invite.roles.iter() {
        let role = roles::find(conn, &invite.app_id, RoleId::as_str(id)).await?;
        roles.push(role.ok_or(Refusal::InviteRevoked)?);
    }
    Ok(roles)
}

/// Uses an invite: the user, their roles and their first session, or nothing.
pub async fn accept(
    work: &mut Work,
    app: &App,
    invite: &Invite,
    display_name: Option<String>,
    email: Option<String>,
    password_hash: String,
) -> Result<(Member, Session)> {
    // The use is taken in the write. Whoever loses the race is told why.
    if !sql::take_use(&mut work.tx, &app.id, &invite.id, work.at).await? {
        let invite = find(&mut work.tx, &app.id, &invite.id)
            .await?
            .ok_or(Refusal::NotFound)?;
        usable(&invite, work.at)?;
        return Err(Refusal::InviteUsed.into());
    }
    let roles = roles_of(&mut work.tx, invite).await?;
    let given = roles::permissions(&roles);
    let inviter = invite
        .inviter()
        .grants_now(&mut work.tx, &app.id, work.at)
        .await?;
    let still_theirs = inviter.is_some_and(|grants| grants.require_all(&given).is_ok());
    if !still_theirs {
        return Err(Refusal::InviteRevoked.into());
    }
    let new = NewUser {
        // The invite went to this address, and came back with its token.
        email_verified: invite.email.is_some(),
        email: address(invite, email)?,
        display_name,
        roles: Vec::new(),
        roles_field: "roles",
        metadata: serde_json::Map::new(),
    };
    let mut member = users::insert(work, &app.id, new, roles, Some(password_hash)).await?;
    let at = work.at;
    users::note_login(&mut work.tx, &app.id, &member.user.id, at).await?;
    member.user.last_login_at = Some(at);
    let accepted = event(Kind::InviteAccepted, invite)
        .data("user_id", &member.user.id)
        .data("roles", member.role_names())
        .personal("email", &member.user.email);
    work.record(&app.id, accepted).await?;
    let session = sessions::begin(work, app, &member.user.id).await?;
    Ok((member, session))
}

/// The invited address; one of the invitee's own only where none was invited.
fn address(invite: &Invite, given: Option<String>) -> Result<String, Refusal> {
    match (&invite.email, given) {
        (None, Some(given)) => Ok(given),
        (None, None) => Err(Refusal::invalid(
            "email",
            "is required: the invite names no address",
        )),
        (Some(invited), None) => Ok(invited.clone()),
        (Some(invited), Some(given)) if users::email_key(invited) == users::email_key(&given) => {
            Ok(invited.clone())
        }
        (Some(_), Some(_)) => Err(Refusal::Invalid(vec![Wrong::new(
            "email",
            "must be the address that was invited, or be left out",
        )])),
    }
}

fn event(kind: Kind, invite: &Invite) -> New {
    New::of(kind, "invite", &invite.id)
        .data("invite_id", &invite.id)
        .personal("email", &invite.email)
}

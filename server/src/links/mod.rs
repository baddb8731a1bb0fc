//! One-time links: resetting a password, verifying an address.
//!
//! Heimdall sends no mail: the backend gets the link and sends it. What a newcomer would get wrong: a reset link is as good as the
//! password, so whoever makes one must hold all that its user holds, and the latest one voids those before.

pub mod http;
mod sql;

use std::time::Duration;

pub use sql::{Kind, LinkRow as Link};

use crate::app::Work;
use crate::db::Conn;
use crate::error::{Refusal, Result};
use crate::events::{self, New};
use crate::kernel::ids::{AppId, LinkId, UserId};
use crate::kernel::{Secret, Timestamp};
use crate::permissions::Grants;
use crate::users::{self, User};

/// What a link's token begins with.
pub const TOKEN_PREFIX: &str = "hdl_";

/// Makes a link for a user whom the caller may act upon.
pub async fn create(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    user: &UserId,
    kind: Kind,
    expires_in: Duration,
) -> Result<(Link, Secret)> {
    let user = users::lock_within(work, app, by, user).await?;
    if user.status == users::Status::Deactivated {
        return Err(Refusal::Conflict("the user is deactivated").into());
    }
    sql::void_others(&mut work.tx, app, &user.id, kind, work.at).await?;
    let token = work.random().secret(TOKEN_PREFIX);
    let link = Link {
        app_id: app.clone(),
        id: LinkId::new(work.at, work.random()),
        user_id: user.id.clone(),
        kind,
        token_digest: token.digest().to_vec(),
        email: user.email.clone(),
        expires_at: work.at.plus(expires_in),
        used_at: None,
        created_at: work.at,
    };
    sql::insert(&mut work.tx, &link).await?;
    let event = New::of(events::Kind::LinkCreated, "user", &user.id)
        .data("link_id", &link.id)
        .data("user_id", &user.id)
        .data("kind", kind.as_str());
    work.record(app, event).await?;
    Ok((link, token))
}

/// The link behind a token, in whichever App it is; refused when it is of no more use.
pub async fn by_token(conn: &mut Conn, token: &Secret, now: Timestamp) -> Result<Link> {
    let link = sql::find_by_token(conn, token)
        .await?
        .ok_or(Refusal::NotFound)?;
    usable(&link, now)?;
    Ok(link)
}

fn usable(link: &Link, now: Timestamp) -> Result<(), Refusal> {
    if link.used_at.is_some() {
        return Err(Refusal::LinkUsed);
    }
    if link.expires_at <= now {
        return Err(Refusal::LinkExpired);
    }
    Ok(())
}

/// Uses a link up and gives the user whom it is about; of two at once one is refused.
async fn take(work: &mut Work, link: &Link) -> Result<User> {
    if !sql::take_use(&mut work.tx, &link.app_id, &link.id, work.at).await? {
        return Err(Refusal::LinkUsed.into());
    }
    let user = users::lock(&mut work.tx, &link.app_id, &link.user_id).await?;
    let user = user.filter(|user| user.status != users::Status::Deactivated);
    Ok(user.ok_or(Refusal::LinkExpired)?)
}

/// Resets the password, which is hashed already, and ends the user's sessions.
pub async fn reset_password(work: &mut Work, link: &Link, hash: &str) -> Result<()> {
    let user = take(work, link).await?;
    users::set_password(work, &link.app_id, &user, hash).await?;
    used(work, link).await
}

/// Verifies the address that the link was made for; another one by now is not verified by it.
pub async fn verify_email(work: &mut Work, link: &Link) -> Result<()> {
    let user = take(work, link).await?;
    if users::email_key(&link.email) != user.email_key {
        return Err(Refusal::LinkExpired.into());
    }
    let at = work.at;
    users::verify_email(&mut work.tx, &link.app_id, &user.id, at).await?;
    work.record(
        &link.app_id,
        users::event(events::Kind::UserEmailVerified, &user),
    )
    .await?;
    used(work, link).await
}

async fn used(work: &mut Work, link: &Link) -> Result<()> {
    let event = New::of(events::Kind::LinkUsed, "user", &link.user_id)
        .data("link_id", &link.id)
        .data("user_id", &link.user_id)
        .data("kind", link.kind.as_str());
    work.record(&link.app_id, event).await?;
    Ok(())
}

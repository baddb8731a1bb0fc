//! Sessions: what a signed-in user refreshes.
//!
//! A refresh token is not stored, not even as a hash: it is the session's id and generation under a
//! MAC (`refresh.rs`), and the session knows which generation is in force. So two requests that race
//! with the same token can both be given its one successor.

pub mod http;
mod refresh;
mod sql;

use std::time::Duration;

pub use refresh::RefreshToken;
pub use sql::{SessionRow as Session, end_all, expire, find, list, live_of_user};

use crate::app::Work;
use crate::apps::App;
use crate::error::{Refusal, Result};
use crate::events::{Kind, New, Revoked};
use crate::kernel::ids::{AppId, SessionId, UserId};
use crate::tokens::MAX_ACCESS_TTL;

/// How long after a rotation the token before is still answered, with the same successor: an
/// answer that was lost on the way locks nobody out.
pub const GRACE: Duration = Duration::from_secs(10);

/// Begins a session of somebody who has signed in.
pub async fn begin(work: &mut Work, app: &App, user: &UserId) -> Result<Session> {
    begin_as(work, app, user, None).await
}

/// Begins a session for a user on behalf of whoever does this work; all its tokens say so.
pub async fn begin_for(work: &mut Work, app: &App, user: &UserId) -> Result<Session> {
    let actor = work.actor.id.clone();
    begin_as(work, app, user, Some(actor)).await
}

async fn begin_as(
    work: &mut Work,
    app: &App,
    user: &UserId,
    acted_by: Option<String>,
) -> Result<Session> {
    let session = Session {
        app_id: app.id.clone(),
        id: SessionId::new(work.at, work.random()),
        user_id: user.clone(),
        generation: 1,
        rotated_at: work.at,
        created_at: work.at,
        last_used_at: work.at,
        expires_at: work.at.plus(app.settings.refresh_token_ttl()),
        revoked_at: None,
        ip: work.origin.ip.clone(),
        user_agent: work.origin.user_agent.clone(),
        acted_by,
    };
    sql::insert(&mut work.tx, &session).await?;
    let event = New::of(Kind::SessionCreated, "session", &session.id)
        .data("session_id", &session.id)
        .data("user_id", user);
    work.record(&app.id, event).await?;
    Ok(session)
}

/// What became of a refresh token that was used.
#[derive(Debug)]
pub enum Refreshed {
    /// The session, with its generation now in force.
    Granted(Box<Session>),
    /// The token was used before: the session has been ended. To be committed, then refused.
    Reused,
}

/// Uses a refresh token.
pub async fn refresh(work: &mut Work, app: &AppId, token: &RefreshToken) -> Result<Refreshed> {
    let session = sql::lock(&mut work.tx, app, &token.session).await?;
    let mut session = session.ok_or(Refusal::InvalidCredentials)?;
    if session.revoked_at.is_some() {
        return Err(Refusal::TokenRevoked.into());
    }
    if session.expires_at <= work.at {
        return Err(Refusal::TokenExpired.into());
    }
    let in_grace = work.at.since(session.rotated_at) <= GRACE;
    match session.generation - token.generation {
        0 => {
            session.generation += 1;
            session.rotated_at = work.at;
            session.last_used_at = work.at;
            sql::rotate(&mut work.tx, &session).await?;
            let event = New::of(Kind::SessionRefreshed, "session", &session.id)
                .data("session_id", &session.id)
                .data("user_id", &session.user_id);
            work.record(app, event).await?;
            Ok(Refreshed::Granted(Box::new(session)))
        }
        1 if in_grace => Ok(Refreshed::Granted(Box::new(session))),
        // From the future: the database was restored from a backup. Nobody stole anything.
        behind if behind < 0 => Err(Refusal::InvalidCredentials.into()),
        _ => {
            end(work, &session, Kind::SessionReuseDetected).await?;
            Ok(Refreshed::Reused)
        }
    }
}

/// Ends a session; one that has ended already stays so.
pub async fn revoke(work: &mut Work, app: &AppId, session: &SessionId) -> Result<()> {
    let session = sql::lock(&mut work.tx, app, session)
        .await?
        .ok_or(Refusal::NotFound)?;
    if session.revoked_at.is_none() {
        end(work, &session, Kind::SessionRevoked).await?;
    }
    Ok(())
}

/// Ends all sessions of a user, but for the one they are using if that is to stay.
pub async fn revoke_all(
    work: &mut Work,
    app: &AppId,
    user: &UserId,
    but: Option<&SessionId>,
) -> Result<()> {
    for session in live_of_user(&mut work.tx, app, user, work.at).await? {
        if but != Some(&session.id) {
            revoke(work, app, &session.id).await?;
        }
    }
    Ok(())
}

async fn end(work: &mut Work, session: &Session, kind: Kind) -> Result<()> {
    sql::end(&mut work.tx, &session.app_id, &session.id, work.at).await?;
    let event = New::of(kind, "session", &session.id)
        .data("session_id", &session.id)
        .data("user_id", &session.user_id)
        .revokes([revoked(work, session)]);
    work.record(&session.app_id, event).await?;
    Ok(())
}

/// No token of an ended session is good, whenever it was issued.
fn revoked(work: &Work, session: &Session) -> Revoked {
    let expires_us = work.at.plus(MAX_ACCESS_TTL).micros();
    Revoked {
        kind: "session".into(),
        id: session.id.to_string(),
        not_before_us: expires_us,
        reason: "revoked".into(),
        expires_us,
    }
}

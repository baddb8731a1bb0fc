//! What has happened since a token was issued: the state that the revocation feed tells local
//! verifiers of, looked at where it is.

use super::Claims;
use super::sql;
use crate::apps;
use crate::credentials;
use crate::db::Conn;
use crate::error::{Refusal, Result};
use crate::users;

/// Refuses a token whose App, user, session or client is no longer what it was.
pub async fn check(conn: &mut Conn, claims: &Claims) -> Result<()> {
    if sql::is_revoked(conn, &claims.jti).await? {
        return Err(Refusal::TokenRevoked.into());
    }
    if claims.is_service() {
        return check_service(conn, claims).await;
    }
    let Some(user) = &claims.user_id else {
        return Err(Refusal::Unauthenticated.into());
    };
    let state = sql::user_state(conn, &claims.app_id, user, claims.sid.as_ref()).await?;
    let state = state.ok_or(Refusal::TokenRevoked)?;
    app_in_use(state.app_status)?;
    match state.user_status {
        users::Status::Active => {}
        users::Status::Suspended => return Err(Refusal::UserSuspended.into()),
        users::Status::Deactivated => return Err(Refusal::TokenRevoked.into()),
    }
    if state.session_ended || claims.iat_us < state.app_not_before_us {
        return Err(Refusal::TokenRevoked.into());
    }
    if claims.iat_us < state.user_not_before_us {
        return Err(Refusal::TokenStale.into());
    }
    Ok(())
}

async fn check_service(conn: &mut Conn, claims: &Claims) -> Result<()> {
    let state = sql::client_state(conn, &claims.app_id, &claims.client_id).await?;
    let state = state.ok_or(Refusal::TokenRevoked)?;
    app_in_use(state.app_status)?;
    if state.status != credentials::Status::Active || claims.iat_us < state.app_not_before_us {
        return Err(Refusal::TokenRevoked.into());
    }
    if claims.iat_us < state.not_before_us {
        return Err(Refusal::TokenStale.into());
    }
    Ok(())
}

/// Refuses where the App is suspended or archived.
pub fn app_in_use(status: apps::Status) -> Result<(), Refusal> {
    match status {
        apps::Status::Active => Ok(()),
        apps::Status::Suspended | apps::Status::Archived => Err(Refusal::AppSuspended),
    }
}

//! Access tokens: issued, read, and checked against what has happened since.
//!
//! What a newcomer would get wrong: the instant of issue is taken under the lock of the user or
//! credential ([`users::stamp_token`]) and before their rights are read. So a token is either
//! refused by a change of rights, or has the new ones; there is no in between.

pub mod grants;
pub mod http;
mod live;
mod model;
mod sql;

use std::time::Duration;

pub use grants::forget_failures;
pub use live::{app_in_use, check as check_live};
pub use model::{Act, Claims};
pub use sql::expire as forget_expired_revocations;

use crate::app::{Heimdall, Work};
use crate::apps::{self, App};
use crate::credentials::{self, Credential};
use crate::error::{Refusal, Result};
use crate::events::{Kind, New, Revoked};
use crate::kernel::ids::unique;
use crate::kernel::{Secret, Timestamp};
use crate::keys::ACCESS_TOKEN;
use crate::permissions::{Permission, Permissions};
use crate::roles;
use crate::sessions::{RefreshToken, Session};
use crate::users;

/// The longest life that an App can give its access tokens. What is to be refused before it
/// expires is remembered for as long.
pub const MAX_ACCESS_TTL: Duration = Duration::from_secs(24 * 3600);

/// What a client gets.
#[derive(Debug)]
pub struct Issued {
    pub access_token: Secret,
    pub expires_in: u32,
    pub scope: String,
    pub refresh_token: Option<Secret>,
}

/// Issues an access token for a session, and the refresh token now in force.
pub async fn for_session(work: &mut Work, app: &App, session: &Session) -> Result<Issued> {
    let user = &session.user_id;
    let app = &in_use(work, app).await?;
    let now = not_before(work, app).micros();
    let iat_us = users::stamp_token(&mut work.tx, &app.id, user, now).await?;
    let iat_us = iat_us.ok_or(Refusal::NotFound)?;
    let roles = roles::of_user(&mut work.tx, &app.id, user).await?;
    let claims = Claims {
        sub: user.to_string(),
        client_id: app.id.to_string(),
        user_id: Some(user.clone()),
        sid: Some(session.id.clone()),
        roles: roles.iter().map(|role| role.name.clone()).collect(),
        act: session.acted_by.clone().map(|sub| Act { sub }),
        ..claims(
            work,
            app,
            iat_us,
            Some(session.expires_at),
            roles::permissions(&roles),
        )
    };
    let refresh = RefreshToken {
        session: session.id.clone(),
        generation: session.generation,
    };
    let refresh = refresh.seal(work.cipher());
    sign(work, claims, Some(refresh))
}

/// Issues an access token to a service, with all it was granted or the part that it asks for.
pub async fn for_credential(
    work: &mut Work,
    app: &App,
    credential: &Credential,
    scope: Option<&str>,
) -> Result<Issued> {
    let app = &in_use(work, app).await?;
    let now = not_before(work, app);
    let stamped = credentials::stamp_token(&mut work.tx, &app.id, &credential.id, now).await?;
    let (iat_us, granted) = stamped.ok_or(Refusal::InvalidCredentials)?;
    let permissions = narrow(granted.0, scope)?;
    let client = credential.client_id.to_string();
    let claims = Claims {
        sub: client.clone(),
        client_id: client,
        ..claims(work, app, iat_us, credential.expires_at, permissions)
    };
    let event = New::of(Kind::TokenIssued, "credential", &credential.id)
        .data("credential_id", &credential.id)
        .data("client_id", &credential.client_id)
        .data("jti", &claims.jti);
    work.record(&app.id, event).await?;
    sign(work, claims, None)
}

/// The App as it is, for as long as this work lasts; refused if it is not in use any more.
async fn in_use(work: &mut Work, app: &App) -> Result<App> {
    let app = apps::hold(&mut work.tx, &app.id)
        .await?
        .ok_or(Refusal::NotFound)?;
    app_in_use(app.status)?;
    Ok(app)
}

/// The instant of the work, but not one that the App's last suspension refuses.
fn not_before(work: &Work, app: &App) -> Timestamp {
    work.at
        .max(Timestamp::from_micros(app.tokens_not_before_us))
}

/// What all tokens say. No token outlives what it stands on: its session, its credential.
fn claims(
    work: &Work,
    app: &App,
    iat_us: i64,
    until: Option<Timestamp>,
    permissions: Permissions,
) -> Claims {
    let issued = Timestamp::from_micros(iat_us);
    let expires = issued.plus(app.settings.access_token_ttl());
    let expires = until.map_or(expires, |until| expires.min(until));
    Claims {
        iss: work.heimdall().config.public_url.to_string(),
        sub: String::new(),
        aud: app.id.clone(),
        exp: expires.seconds(),
        iat: issued.seconds(),
        nbf: issued.seconds(),
        jti: unique(work.at, work.random()),
        app_id: app.id.clone(),
        app: app.name.clone(),
        user_id: None,
        client_id: String::new(),
        sid: None,
        roles: Vec::new(),
        scope: scope_of(&permissions),
        permissions,
        act: None,
        iat_us,
    }
}

fn sign(work: &Work, claims: Claims, refresh: Option<Secret>) -> Result<Issued> {
    // By the clock, not by the instant of the work: a key may have come into force meanwhile, but
    // none goes out of force that was in it a moment ago.
    let token = work.heimdall().keys.sign(ACCESS_TOKEN, &claims, work.at)?;
    Ok(Issued {
        access_token: Secret::from(token),
        expires_in: u32::try_from(claims.exp - claims.iat).unwrap_or(0),
        scope: claims.scope,
        refresh_token: refresh,
    })
}

fn scope_of(permissions: &Permissions) -> String {
    let names: Vec<_> = permissions.iter().map(Permission::as_str).collect();
    names.join(" ")
}

/// The part of what is granted that the scope asks for (RFC 6749, section 3.3). It narrows; what
/// is not granted is refused rather than left out.
fn narrow(granted: Permissions, scope: Option<&str>) -> Result<Permissions, Refusal> {
    let Some(scope) = scope else {
        return Ok(granted);
    };
    let asked: Option<Permissions> = scope
        .split_ascii_whitespace()
        .map(Permission::parse)
        .collect();
    let asked = asked.ok_or_else(|| {
        Refusal::invalid("scope", "must be permissions with a space between them")
    })?;
    if asked.is_empty() {
        return Ok(granted);
    }
    match asked
        .iter()
        .find(|permission| !granted.contains(*permission))
    {
        Some(wider) => Err(Refusal::invalid(
            "scope",
            format!("{wider} is not granted to this client"),
        )),
        None => Ok(asked),
    }
}

/// Reads a token by signature, issuer and time, not yet by what has happened since.
pub fn read(heimdall: &Heimdall, token: &str) -> Result<Claims, Refusal> {
    let now = heimdall.clock.now();
    let claims: Option<Claims> = heimdall.keys.verify(token, now);
    let claims = claims.ok_or(Refusal::Unauthenticated)?;
    let issuer = heimdall.config.public_url.to_string();
    if claims.iss != issuer || claims.aud != claims.app_id {
        return Err(Refusal::Unauthenticated);
    }
    if claims.exp <= now.seconds() {
        return Err(Refusal::TokenExpired);
    }
    // Nodes' clocks may differ a little.
    if claims.nbf > now.seconds() + 60 {
        return Err(Refusal::Unauthenticated);
    }
    Ok(claims)
}

/// Revokes one access token.
pub async fn revoke(work: &mut Work, claims: &Claims) -> Result<()> {
    let expires = Timestamp::from_micros(claims.exp.saturating_mul(1_000_000));
    if !sql::revoke(&mut work.tx, &claims.jti, expires).await? {
        return Ok(());
    }
    let event = New::of(Kind::TokenRevoked, "token", &claims.jti)
        .data("jti", &claims.jti)
        .data("user_id", &claims.user_id)
        .revokes([Revoked {
            kind: "token".into(),
            id: claims.jti.clone(),
            not_before_us: work.at.micros().max(claims.iat_us + 1),
            reason: "revoked".into(),
            expires_us: expires.micros(),
        }]);
    work.record(&claims.app_id, event).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permissions(names: &[&str]) -> Permissions {
        names
            .iter()
            .map(|name| Permission::parse(name).unwrap())
            .collect()
    }

    #[test]
    fn a_scope_narrows_and_never_widens() {
        let granted = permissions(&["billing:read", "billing:write"]);
        assert_eq!(narrow(granted.clone(), None), Ok(granted.clone()));
        assert_eq!(narrow(granted.clone(), Some("")), Ok(granted.clone()));
        assert_eq!(
            narrow(granted.clone(), Some("billing:read")),
            Ok(permissions(&["billing:read"]))
        );
        assert!(matches!(
            narrow(granted.clone(), Some("users:read")),
            Err(Refusal::Invalid(_))
        ));
        assert!(matches!(
            narrow(granted, Some("*")),
            Err(Refusal::Invalid(_))
        ));
    }
}

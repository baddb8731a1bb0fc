//! The three ways to get a token: a password, a refresh token, a client's secret.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::{Issued, for_credential, for_session, live, sql};
use crate::app::Heimdall;
use crate::apps::{self, App};
use crate::credentials;
use crate::db::Conn;
use crate::error::{Refusal, Result};
use crate::events::{Actor, Kind, New, Origin};
use crate::kernel::{Secret, Timestamp};
use crate::passwords::Passwords;
use crate::sessions::{self, RefreshToken, Refreshed};
use crate::users;

/// How long failed logins of an address are remembered.
const FAILURES_KEPT: Duration = Duration::from_secs(24 * 3600);

/// Finds the App that someone signs in to; one not in use is refused.
pub async fn app_to_sign_in(heimdall: &Heimdall, app: &str) -> Result<App> {
    let mut conn = heimdall.db.read().await?;
    let app = apps::find_by_name_or_id(&mut conn, app)
        .await?
        .ok_or(Refusal::NotFound)?;
    live::app_in_use(app.status)?;
    Ok(app)
}

/// Signs a user in. Whatever is wrong with address or password, the answer is the same and takes
/// as long: nobody learns who has an account.
pub async fn password(
    heimdall: &Heimdall,
    app: &App,
    origin: Origin,
    email: &str,
    password: Secret,
) -> Result<Issued> {
    let address = Sha256::digest(users::email_key(email).as_bytes()).to_vec();
    admit(heimdall, app, &address).await?;

    let mut conn = heimdall.db.read().await?;
    let user = users::find_by_email(&mut conn, &app.id, email).await?;
    drop(conn);
    let stored = user.as_ref().and_then(|user| user.password_hash.clone());
    let right = heimdall
        .passwords
        .verify(password.clone(), stored.clone())
        .await?;
    // One that was imported, or made when less work was enough, is replaced now that the password is at hand.
    let renewed = match &stored {
        Some(stored) if right && Passwords::is_outdated(stored) => {
            Some(heimdall.passwords.hash(password).await?)
        }
        _ => None,
    };

    let actor = match &user {
        Some(user) => Actor::new("user", &user.id),
        None => Actor::anonymous(),
    };
    let mut work = heimdall.begin(actor, origin).await?;
    work.tx.enter(&app.id).await?;
    let user = match user {
        Some(user) => users::lock(&mut work.tx, &app.id, &user.id).await?,
        None => None,
    };
    let known = user.is_some();
    // Looked at again under the lock: the password may have been changed meanwhile.
    let user = user.filter(|user| right && user.password_hash == stored);
    let Some(user) = user.filter(|user| user.status != users::Status::Deactivated) else {
        let mut event = New::of(Kind::LoginFailed, "app", &app.id);
        if known {
            // An address that is no user's is nobody's business: no erasure would ever find it.
            event = event.personal("email", email);
        }
        work.record(&app.id, event).await?;
        work.commit().await?;
        return Err(Refusal::InvalidCredentials.into());
    };
    if user.status == users::Status::Suspended {
        return Err(Refusal::UserSuspended.into());
    }
    sql::forgive(&mut work.tx, &app.id, &address).await?;
    let at = work.at;
    users::note_login(&mut work.tx, &app.id, &user.id, at).await?;
    if let Some(hash) = renewed {
        users::set_password_hash(&mut work.tx, &app.id, &user.id, &hash, at).await?;
    }
    let session = sessions::begin(&mut work, app, &user.id).await?;
    let issued = for_session(&mut work, app, &session).await?;
    work.commit().await?;
    Ok(issued)
}

/// Counts an attempt before the password is looked at, so that parallel guesses are all counted,
/// and refuses it where there have been too many.
async fn admit(heimdall: &Heimdall, app: &App, address: &[u8]) -> Result<()> {
    if !heimdall.config.rate_limits {
        return Ok(());
    }
    let mut tx = heimdall.db.begin().await?;
    let now = heimdall.clock.now();
    let (failures, last) = sql::attempts(&mut tx, &app.id, address, now).await?;
    if let Some(retry_after) = lockout(failures, last, app.settings.max_failed_logins, now) {
        return Err(Refusal::RateLimited { retry_after }.into());
    }
    sql::count_attempt(&mut tx, &app.id, address, now, now.minus(FAILURES_KEPT)).await?;
    tx.commit().await?;
    Ok(())
}

/// How long an address has to wait: a minute after the last failure that was one too many, then
/// two, four, and so on to an hour. Nobody can be locked out for ever.
fn lockout(failures: i64, last: Timestamp, most: u32, now: Timestamp) -> Option<Duration> {
    let over = u32::try_from(failures - i64::from(most)).ok()?;
    let wait = Duration::from_secs(60 * (1 << over.min(6))).min(Duration::from_secs(3600));
    wait.checked_sub(now.since(last))
        .filter(|rest| !rest.is_zero())
}

/// Gives the successor of a refresh token, and an access token with the user's rights of now.
pub async fn refresh(
    heimdall: &Heimdall,
    app: &App,
    origin: Origin,
    token: &Secret,
) -> Result<Issued> {
    let token = RefreshToken::open(&heimdall.cipher, token.expose());
    let token = token.ok_or(Refusal::InvalidCredentials)?;
    // Whose it is is known once the session is found.
    let mut work = heimdall.begin(Actor::anonymous(), origin).await?;
    work.tx.enter(&app.id).await?;
    let session = sessions::find(&mut work.tx, &app.id, &token.session).await?;
    let session = session.ok_or(Refusal::InvalidCredentials)?;
    work.actor = Actor::new("user", &session.user_id);
    // The user first and the session then, as whoever ends the sessions of a user has them.
    let user = users::lock(&mut work.tx, &app.id, &session.user_id).await?;
    match user.map(|user| user.status) {
        Some(users::Status::Active) => {}
        Some(users::Status::Suspended) => return Err(Refusal::UserSuspended.into()),
        Some(users::Status::Deactivated) | None => return Err(Refusal::TokenRevoked.into()),
    }
    let session = match sessions::refresh(&mut work, &app.id, &token).await? {
        Refreshed::Granted(session) => *session,
        Refreshed::Reused => {
            work.commit().await?;
            return Err(Refusal::TokenRevoked.into());
        }
    };
    let issued = for_session(&mut work, app, &session).await?;
    work.commit().await?;
    Ok(issued)
}

/// Gives a service its token.
pub async fn client_credentials(
    heimdall: &Heimdall,
    app: &App,
    origin: Origin,
    client_id: &str,
    client_secret: &Secret,
    scope: Option<&str>,
) -> Result<Issued> {
    let actor = Actor::new("service", client_id);
    let mut work = heimdall.begin(actor, origin).await?;
    work.tx.enter(&app.id).await?;
    let credential =
        credentials::authenticate(&mut work, &app.id, client_id, client_secret).await?;
    let issued = for_credential(&mut work, app, &credential, scope).await?;
    work.commit().await?;
    Ok(issued)
}

/// Forgets failed logins that count no more.
pub async fn forget_failures(conn: &mut Conn, now: Timestamp) -> Result<u64> {
    Ok(sql::forget_failures(conn, now.minus(FAILURES_KEPT)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour_and_end() {
        let last = Timestamp::from_micros(1_795_000_000_000_000);
        let wait = |failures, seconds| {
            lockout(failures, last, 10, last.plus(Duration::from_secs(seconds)))
                .map(|w| w.as_secs())
        };
        assert_eq!(wait(9, 0), None);
        assert_eq!(wait(10, 0), Some(60));
        assert_eq!(wait(10, 60), None);
        assert_eq!(wait(12, 0), Some(240));
        assert_eq!(wait(1000, 0), Some(3600));
        assert_eq!(wait(1000, 3600), None);
    }
}

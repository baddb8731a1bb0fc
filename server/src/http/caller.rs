//! Who calls, and what they may do.
//!
//! Every bearer is one of three: an admin key, a user's access token, a service's. What a newcomer
//! would get wrong: an operation never compares App ids itself. It asks the caller to
//! [`Caller::enter`] the App that the path names; an App that is not theirs is not there.

use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;

use super::error::ApiError;
use super::origin::origin_of;
use super::parameters::WrongParameters;
use crate::admin_keys::{self, AdminKey};
use crate::app::{Heimdall, Work};
use crate::apps::{self, App};
use crate::db::Conn;
use crate::error::{Error, Refusal, Result};
use crate::events::{Actor, Origin};
use crate::kernel::ids::{AppId, SessionId, UserId};
use crate::kernel::{Secret, Timestamp};
use crate::permissions::{Grants, Permission};
use crate::tokens::{self, Claims};

/// How often the use of an admin key is noted.
const NOTED_EVERY: std::time::Duration = std::time::Duration::from_secs(60);

/// An admin key (`hdk_…`), or the access token of a user or of a service: `Authorization: Bearer …`.
#[derive(Debug, SecurityScheme)]
#[oai(
    ty = "bearer",
    rename = "bearer",
    bearer_format = "hdk_… or JWT",
    checker = "authenticate"
)]
pub struct Authenticated(pub Caller);

/// Whoever holds the bearer.
#[derive(Clone, Debug)]
pub struct Caller {
    who: Who,
    grants: Grants,
    /// The one App they are bound to; nothing for a key of the whole instance.
    app: Option<AppId>,
    origin: Origin,
}

#[derive(Clone, Debug)]
enum Who {
    AdminKey(crate::kernel::ids::AdminKeyId),
    User {
        id: UserId,
        session: Option<SessionId>,
    },
    Service {
        client_id: String,
    },
}

/// A signed-in user, acting on themselves.
#[derive(Clone, Debug)]
pub struct Myself {
    pub app: AppId,
    pub user: UserId,
    pub session: Option<SessionId>,
}

async fn authenticate(request: &Request, bearer: Bearer) -> poem::Result<Caller> {
    let heimdall = request.data::<Heimdall>().ok_or_else(ApiError::internal)?;
    let origin = origin_of(request);
    let caller = identify(heimdall, &bearer.token, origin).await;
    let caller = caller.map_err(ApiError::from)?;
    match request.data::<WrongParameters>() {
        Some(wrong) => Err(wrong.0.clone().into()),
        None => Ok(caller),
    }
}

async fn identify(heimdall: &Heimdall, bearer: &str, origin: Origin) -> Result<Caller> {
    if bearer.starts_with(admin_keys::PREFIX) {
        return by_admin_key(heimdall, bearer, origin).await;
    }
    let claims = tokens::read(heimdall, bearer)?;
    let mut conn = heimdall.db.read().await?;
    tokens::check_live(&mut conn, &claims).await?;
    Ok(by_token(claims, origin))
}

async fn by_admin_key(heimdall: &Heimdall, key: &str, origin: Origin) -> Result<Caller> {
    let secret = Secret::from(key.to_owned());
    let mut conn = heimdall.db.read().await?;
    let key = admin_keys::find_by_secret(&mut conn, &secret).await?;
    drop(conn);
    let key = key.ok_or(Refusal::Unauthenticated)?;
    let now = heimdall.clock.now();
    if key.revoked_at.is_some() {
        return Err(Refusal::TokenRevoked.into());
    }
    if key.expires_at.is_some_and(|at| at <= now) {
        return Err(Refusal::TokenExpired.into());
    }
    note_use(heimdall, &key, now).await?;
    Ok(Caller {
        grants: key.permissions.grants(),
        who: Who::AdminKey(key.id),
        app: key.app_id,
        origin,
    })
}

async fn note_use(heimdall: &Heimdall, key: &AdminKey, now: Timestamp) -> Result<()> {
    let fresh = |last: Timestamp| now.since(last) < NOTED_EVERY;
    if key.last_used_at.is_some_and(fresh) {
        return Ok(());
    }
    let mut tx = heimdall.db.begin().await?;
    admin_keys::note_use(&mut tx, &key.id, now).await?;
    tx.commit().await?;
    Ok(())
}

fn by_token(claims: Claims, origin: Origin) -> Caller {
    let who = match claims.user_id {
        Some(id) => Who::User {
            id,
            session: claims.sid,
        },
        None => Who::Service {
            client_id: claims.client_id,
        },
    };
    Caller {
        who,
        grants: Grants::Only(claims.permissions),
        app: Some(claims.app_id),
        origin,
    }
}

impl Caller {
    pub fn grants(&self) -> &Grants {
        &self.grants
    }

    /// Who is written into the log as the one who did it.
    pub fn actor(&self) -> Actor {
        match &self.who {
            Who::AdminKey(id) => Actor::new("admin_key", id),
            Who::User { id, .. } => Actor::new("user", id),
            Who::Service { client_id } => Actor::new("service", client_id),
        }
    }

    /// What an `Idempotency-Key` is kept under, so that two callers can't meet in one.
    pub fn name(&self) -> String {
        let actor = self.actor();
        let app = self.app.as_ref().map_or("", AppId::as_str);
        format!("{}:{app}:{}", actor.kind, actor.id)
    }

    /// Refuses whoever is bound to an App, and whoever lacks the permission.
    pub fn require_instance(&self, permission: &'static str) -> Result<(), Refusal> {
        if self.app.is_some() {
            let missing = Permission::parse(permission).into_iter().collect();
            return Err(Refusal::PermissionDenied(missing));
        }
        self.grants.require(permission)
    }

    /// Enters the App that a path names, for reading with this connection.
    pub async fn enter(&self, conn: &mut Conn, app: &str, permission: &'static str) -> Result<App> {
        let found = self.find_app(conn, app).await?;
        self.grants.require(permission)?;
        conn.enter(&found.id).await?;
        Ok(found)
    }

    /// Enters the App that a path names, for writing.
    pub async fn begin(
        &self,
        heimdall: &Heimdall,
        app: &str,
        permission: &'static str,
    ) -> Result<(Work, App)> {
        let mut work = self.begin_instance(heimdall).await?;
        let app = self.enter(&mut work.tx, app, permission).await?;
        Ok((work, app))
    }

    /// Begins a write that belongs to no App.
    pub async fn begin_instance(&self, heimdall: &Heimdall) -> Result<Work> {
        heimdall.begin(self.actor(), self.origin.clone()).await
    }

    async fn find_app(&self, conn: &mut Conn, app: &str) -> Result<App> {
        let found = apps::find_by_name_or_id(conn, app).await?;
        let theirs = |found: &App| self.app.as_ref().is_none_or(|own| *own == found.id);
        found
            .filter(theirs)
            .ok_or(Error::Refused(Refusal::NotFound))
    }

    /// The signed-in user that this caller is.
    pub fn myself(&self) -> Result<Myself, Refusal> {
        match (&self.who, &self.app) {
            (Who::User { id, session }, Some(app)) => Ok(Myself {
                app: app.clone(),
                user: id.clone(),
                session: session.clone(),
            }),
            _ => Err(Refusal::UserOnly),
        }
    }
}

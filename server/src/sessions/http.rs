//! What the API promises of sessions.

use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};

use super::Session;
use crate::api::Tag;
use crate::app::Heimdall;
use crate::error::Refusal;
use crate::http::text::Reference;
use crate::http::{Answer, Answered, Authenticated, CursorText, Done, Limit, Listing, Page};
use crate::kernel::Timestamp;
use crate::kernel::ids::SessionId;
use crate::permissions::{SESSIONS_WRITE, USERS_READ};
use crate::users;
use crate::users::http::id;

/// Where a user is signed in.
#[derive(Debug, Object)]
#[oai(rename = "Session", skip_serializing_if_is_none)]
pub struct View {
    pub id: String,
    pub user_id: String,
    /// Where it began.
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    /// Whether it is the caller's own.
    pub current: bool,
    pub created_at: Timestamp,
    /// When it was last refreshed.
    pub last_used_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl View {
    pub fn new(session: Session, own: Option<&SessionId>) -> Self {
        Self {
            current: own == Some(&session.id),
            id: session.id.to_string(),
            user_id: session.user_id.to_string(),
            ip: session.ip,
            user_agent: session.user_agent,
            created_at: session.created_at,
            last_used_at: session.last_used_at,
            expires_at: session.expires_at,
        }
    }
}

#[derive(Debug)]
pub struct SessionsApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1/apps", tag = "Tag::Sessions")]
impl SessionsApi {
    /// List a user's sessions
    ///
    /// Those that have not ended, newest first. Needs `users:read`.
    #[oai(
        path = "/:app/users/:user/sessions",
        method = "get",
        operation_id = "list_user_sessions"
    )]
    async fn list(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        user: Path<Reference>,
        limit: Query<Limit>,
        cursor: Query<CursorText>,
    ) -> Answered<Answer<Page<View>>> {
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, &app.0.0, USERS_READ).await?;
        let user = users::find(&mut conn, &app.id, &id(&user.0)?)
            .await?
            .ok_or(Refusal::NotFound)?;
        let list = Listing::new(
            &self.0,
            format!("{}/users/{}/sessions", app.id, user.id),
            limit.0,
            &cursor.0,
        )?;
        let now = self.0.clock.now();
        let rows = super::list(
            &mut conn,
            &app.id,
            &user.id,
            now,
            list.before(),
            list.most(),
        )
        .await?;
        let page = list.page(rows, |session| session.id.to_string());
        Ok(Answer(page.map(|session| View::new(session, None))))
    }

    /// End all sessions of a user
    ///
    /// Needs `sessions:write`, and every permission that the user holds.
    #[oai(
        path = "/:app/users/:user/sessions",
        method = "delete",
        operation_id = "revoke_user_sessions"
    )]
    async fn revoke_all(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        user: Path<Reference>,
    ) -> Answered<Done> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, SESSIONS_WRITE).await?;
        let user = users::lock_within(&mut work, &app.id, caller.0.grants(), &id(&user.0)?).await?;
        super::revoke_all(&mut work, &app.id, &user.id, None).await?;
        work.commit().await?;
        Ok(Done)
    }

    /// End a session
    ///
    /// Needs `sessions:write`, and every permission that its user holds.
    #[oai(
        path = "/:app/sessions/:session",
        method = "delete",
        operation_id = "revoke_session"
    )]
    async fn revoke(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        session: Path<Reference>,
    ) -> Answered<Done> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, SESSIONS_WRITE).await?;
        let session = SessionId::parse(&session.0.0).ok_or(Refusal::NotFound)?;
        let session = super::find(&mut work.tx, &app.id, &session)
            .await?
            .ok_or(Refusal::NotFound)?;
        users::lock_within(&mut work, &app.id, caller.0.grants(), &session.user_id).await?;
        super::revoke(&mut work, &app.id, &session.id).await?;
        work.commit().await?;
        Ok(Done)
    }
}

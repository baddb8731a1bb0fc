//! What the API promises of invites.

use std::time::Duration;

use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Enum, Object, OpenApi};

use super::{Filter, Invite, NewInvite, Status};
use crate::api::Tag;
use crate::app::Heimdall;
use crate::apps::{self, App};
use crate::audit::http::Party;
use crate::db::Conn;
use crate::error::{Refusal, Result};
use crate::events::Actor;
use crate::http::text::{
    DisplayName, EmailAddress, KeyText, PasswordText, Reference, SearchText, TokenInPath,
};
use crate::http::{
    Answer, Answered, Authenticated, Body, CursorText, Done, Invalid, Kept, Limit, Listing, Page,
    Private, Repeatable, origin,
};
use crate::kernel::ids::InviteId;
use crate::kernel::{Secret, Timestamp};
use crate::limits;
use crate::permissions::{USERS_INVITE, USERS_READ};
use crate::tokens;
use crate::users::http::{check_email, check_password};
use crate::{roles, users};

/// The right to join an App.
#[derive(Debug, Object)]
#[oai(rename = "Invite", skip_serializing_if_is_none)]
pub struct View {
    pub id: String,
    pub app_id: String,
    /// Who is invited; absent for an open link.
    pub email: Option<String>,
    /// The role, where it is just one.
    pub role: Option<String>,
    /// Names of the roles that the invitee gets.
    pub roles: Vec<String>,
    /// The right itself; only in the answer to the request that made it.
    pub token: Option<String>,
    /// Where the invitee accepts; only in the answer to the request that made it.
    pub invite_url: Option<String>,
    pub status: InviteStatus,
    pub max_uses: i64,
    pub uses: i64,
    pub invited_by: Party,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
}

/// Where an invite is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum InviteStatus {
    Pending,
    /// All its uses are taken.
    Accepted,
    Expired,
    Revoked,
}

impl From<Status> for InviteStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Accepted => Self::Accepted,
            Status::Expired => Self::Expired,
            Status::Revoked => Self::Revoked,
        }
    }
}

impl From<InviteStatus> for Status {
    fn from(status: InviteStatus) -> Self {
        match status {
            InviteStatus::Pending => Self::Pending,
            InviteStatus::Accepted => Self::Accepted,
            InviteStatus::Expired => Self::Expired,
            InviteStatus::Revoked => Self::Revoked,
        }
    }
}

impl View {
    async fn load(conn: &mut Conn, invite: Invite, now: Timestamp) -> Result<Self> {
        let mut roles = Vec::with_capacity(invite.roles.len());
        for id in invite.roles.iter() {
            // One that has been deleted since is named by what is left of it.
            let role = roles::find(conn, &invite.app_id, id.as_str()).await?;
            roles.push(role.map_or_else(|| id.to_string(), |role| role.name));
        }
        Ok(Self {
            status: invite.status(now).into(),
            id: invite.id.to_string(),
            app_id: invite.app_id.to_string(),
            email: invite.email,
            role: if let [role] = roles.as_slice() {
                Some(role.clone())
            } else {
                None
            },
            roles,
            token: None,
            invite_url: None,
            max_uses: invite.max_uses,
            uses: invite.uses,
            invited_by: Party {
                kind: invite.invited_by_type,
                id: invite.invited_by_id,
            },
            expires_at: invite.expires_at,
            created_at: invite.created_at,
        })
    }
}

/// An invite to be created.
#[derive(Clone, Debug, Object)]
#[oai(rename = "NewInvite", deny_unknown_fields)]
pub struct New {
    /// Without one it is an open link, and the invitee supplies an address.
    email: Option<EmailAddress>,
    /// One role, by its name or its id; or else `roles`.
    role: Option<Reference>,
    /// The caller must hold every permission that they give.
    #[oai(validator(max_items = 100))]
    roles: Option<Vec<Reference>>,
    /// An hour to a year; 72 by default.
    #[oai(validator(minimum(value = "1"), maximum(value = "8760")))]
    expires_in_hours: Option<u32>,
    /// 1 to 10,000; 1 by default.
    #[oai(validator(minimum(value = "1"), maximum(value = "10000")))]
    max_uses: Option<u32>,
}

impl New {
    fn check(self) -> Result<NewInvite, crate::http::ApiError> {
        let mut wrong = Invalid::new();
        if let Some(email) = &self.email {
            check_email(email, "email", &mut wrong);
        }
        wrong.check(
            self.role.is_none() || self.roles.is_none(),
            "roles",
            "can't be given beside role",
        );
        wrong.into_result()?;
        let roles_field = if self.role.is_some() { "role" } else { "roles" };
        let roles = self.role.into_iter().chain(self.roles.unwrap_or_default());
        Ok(NewInvite {
            email: self.email.map(|email| email.0),
            roles: roles.map(|role| role.0).collect(),
            roles_field,
            expires_in: Duration::from_secs(3600 * u64::from(self.expires_in_hours.unwrap_or(72))),
            max_uses: self.max_uses.unwrap_or(1),
        })
    }
}

/// What an invitee sees before they accept.
#[derive(Debug, Object)]
#[oai(rename = "InvitePreview", skip_serializing_if_is_none)]
pub struct Preview {
    pub app_display_name: String,
    /// The role, where it is just one.
    pub role: Option<String>,
    pub roles: Vec<String>,
    /// Who is invited; absent for an open link.
    pub email: Option<String>,
    pub expires_at: Timestamp,
}

/// Accepting an invite.
#[derive(Clone, Debug, Object)]
#[oai(rename = "InviteAcceptance", deny_unknown_fields)]
pub struct Acceptance {
    display_name: Option<DisplayName>,
    password: PasswordText,
    /// Needed when the invite names no address; else the invited one, or nothing.
    email: Option<EmailAddress>,
}

/// The new user, signed in.
#[derive(Debug, Object)]
#[oai(rename = "Welcome", skip_serializing_if_is_none)]
pub struct Welcome {
    pub user: users::http::View,
    pub access_token: String,
    /// `Bearer`
    pub token_type: String,
    /// Seconds until the access token expires.
    pub expires_in: u32,
    pub scope: String,
    pub refresh_token: Option<String>,
}

#[derive(Debug)]
pub struct InvitesApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1", tag = "Tag::Invites")]
impl InvitesApi {
    /// Create an invite
    ///
    /// Heimdall sends no mail: send the `invite_url`, which is shown once. Needs `users:invite`, and every permission that
    /// the roles give; the inviter must still hold them when it is accepted.
    #[oai(
        path = "/apps/:app/invites",
        method = "post",
        operation_id = "create_invite"
    )]
    async fn create(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<KeyText>>,
        body: Body<New>,
    ) -> Answered<Kept<View>> {
        let request = Repeatable::new(
            caller.0.name(),
            key.0,
            &["create_invite", &app.0.0],
            &body.0,
        );
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, USERS_INVITE).await?;
        if let Some(answer) = request.answered(&mut work).await? {
            return Ok(answer);
        }
        let new = body.0.check()?;
        let (invite, token) = super::create(&mut work, &app.id, caller.0.grants(), new).await?;
        let now = work.at;
        let mut view = View::load(&mut work.tx, invite, now).await?;
        view.invite_url = Some(url(&self.0, &app, &token));
        view.token = Some(token.expose().to_owned());
        Ok(request.answer(work, view).await?)
    }

    /// List invites
    ///
    /// Newest first. Needs `users:read`.
    #[oai(
        path = "/apps/:app/invites",
        method = "get",
        operation_id = "list_invites"
    )]
    #[allow(clippy::too_many_arguments)] // each is a parameter of the operation
    async fn list(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        status: Query<Option<InviteStatus>>,
        /// To exactly this address, without case.
        email: Query<Option<SearchText>>,
        limit: Query<Limit>,
        cursor: Query<CursorText>,
    ) -> Answered<Answer<Page<View>>> {
        let filter = Filter {
            email: email.0.map(|email| email.0),
            status: status.0.map(Status::from),
        };
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, &app.0.0, USERS_READ).await?;
        let list = Listing::new(
            &self.0,
            format!("{}/invites?{filter:?}", app.id),
            limit.0,
            &cursor.0,
        )?;
        let now = self.0.clock.now();
        let rows =
            super::list(&mut conn, &app.id, &filter, now, list.before(), list.most()).await?;
        let page = list.page(rows, |invite| invite.id.to_string());
        let mut data = Vec::with_capacity(page.data.len());
        for invite in page.data {
            data.push(View::load(&mut conn, invite, now).await?);
        }
        Ok(Answer(Page {
            data,
            next_cursor: page.next_cursor,
        }))
    }

    /// Get an invite
    ///
    /// Needs `users:read`.
    #[oai(
        path = "/apps/:app/invites/:invite",
        method = "get",
        operation_id = "get_invite"
    )]
    async fn get(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        invite: Path<Reference>,
    ) -> Answered<Answer<View>> {
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, &app.0.0, USERS_READ).await?;
        let invite = super::find(&mut conn, &app.id, &id(&invite.0)?)
            .await?
            .ok_or(Refusal::NotFound)?;
        Ok(Answer(
            View::load(&mut conn, invite, self.0.clock.now()).await?,
        ))
    }

    /// Revoke an invite
    ///
    /// Needs `users:invite`.
    #[oai(
        path = "/apps/:app/invites/:invite",
        method = "delete",
        operation_id = "revoke_invite"
    )]
    async fn revoke(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        invite: Path<Reference>,
    ) -> Answered<Done> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, USERS_INVITE).await?;
        super::revoke(&mut work, &app.id, &id(&invite.0)?).await?;
        work.commit().await?;
        Ok(Done)
    }

    /// Look at an invite
    ///
    /// Needs no bearer: the token is the right to.
    #[oai(
        path = "/invites/:token",
        method = "get",
        operation_id = "preview_invite"
    )]
    async fn preview(
        &self,
        origin: origin::From,
        token: Path<TokenInPath>,
    ) -> Answered<Private<Preview>> {
        origin.take(&self.0, limits::GUESSES)?;
        let (app, invite) = find(&self.0, &token.0).await?;
        Ok(Private(preview(&self.0, &app, invite).await?))
    }

    /// Accept an invite
    ///
    /// Creates the user and signs them in. What is refused uses nothing up. Needs no bearer.
    #[oai(
        path = "/invites/:token/accept",
        method = "post",
        operation_id = "accept_invite"
    )]
    async fn accept(
        &self,
        origin: origin::From,
        token: Path<TokenInPath>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<KeyText>>,
        body: Body<Acceptance>,
    ) -> Answered<Kept<Welcome>> {
        origin.take(&self.0, limits::GUESSES)?;
        accept(&self.0, origin, &token.0, key.0, body.0).await
    }
}

/// Accepts an invite, for the API and for the page with the form.
pub async fn accept(
    heimdall: &Heimdall,
    origin: origin::From,
    token: &TokenInPath,
    key: Option<KeyText>,
    acceptance: Acceptance,
) -> Answered<Kept<Welcome>> {
    let secret = Secret::from(token.0.clone());
    let name = format!("invite:{}", crate::events::hash::hex(&secret.digest()));
    let request = Repeatable::new(name, key, &["accept_invite"], &acceptance);
    // Found also when it is used up: whoever repeats a request that succeeded gets its answer.
    let mut conn = heimdall.db.read().await?;
    let invite = super::sql::find_by_token(&mut conn, &secret)
        .await?
        .ok_or(Refusal::NotFound)?;
    let app = apps::find(&mut conn, &invite.app_id)
        .await?
        .ok_or(Refusal::NotFound)?;
    drop(conn);
    if !request.is_repeatable() {
        super::usable(&invite, heimdall.clock.now())?;
    }
    tokens::app_in_use(app.status)?;

    let mut wrong = Invalid::new();
    if let Some(email) = &acceptance.email {
        check_email(email, "email", &mut wrong);
    }
    if invite.email.is_none() {
        wrong.check(
            acceptance.email.is_some(),
            "email",
            "is required: the invite names no address",
        );
    }
    let min_length = app.settings.password_min_length;
    let password = check_password(&acceptance.password, "password", min_length, &mut wrong);
    wrong.into_result()?;
    let hash = heimdall.passwords.hash(password).await?;

    let mut work = heimdall
        .begin(Actor::new("invite", &invite.id), origin.0)
        .await?;
    work.tx.enter(&app.id).await?;
    if let Some(answer) = request.answered(&mut work).await? {
        return Ok(answer);
    }
    let display_name = acceptance.display_name.map(|name| name.0);
    let email = acceptance.email.map(|email| email.0);
    let (member, session) =
        super::accept(&mut work, &app, &invite, display_name, email, hash).await?;
    let issued = tokens::for_session(&mut work, &app, &session).await?;
    let welcome = Welcome {
        user: member.into(),
        access_token: issued.access_token.expose().to_owned(),
        token_type: "Bearer".into(),
        expires_in: issued.expires_in,
        scope: issued.scope,
        refresh_token: issued.refresh_token.map(|token| token.expose().to_owned()),
    };
    Ok(request.answer(work, welcome).await?)
}

/// The invite behind a token, if it can be used, and its App, if it is in use.
pub async fn find(heimdall: &Heimdall, token: &TokenInPath) -> Result<(App, Invite)> {
    let mut conn = heimdall.db.read().await?;
    let token = Secret::from(token.0.clone());
    let invite = super::by_token(&mut conn, &token, heimdall.clock.now()).await?;
    let app = apps::find(&mut conn, &invite.app_id)
        .await?
        .ok_or(Refusal::NotFound)?;
    tokens::app_in_use(app.status)?;
    Ok((app, invite))
}

/// What an invitee sees.
pub async fn preview(heimdall: &Heimdall, app: &App, invite: Invite) -> Result<Preview> {
    let mut conn = heimdall.db.read().await?;
    conn.enter(&app.id).await?;
    let roles: Vec<_> = super::roles_of(&mut conn, &invite)
        .await?
        .into_iter()
        .map(|role| role.name)
        .collect();
    Ok(Preview {
        app_display_name: app.display_name.clone(),
        role: if let [role] = roles.as_slice() {
            Some(role.clone())
        } else {
            None
        },
        roles,
        email: invite.email,
        expires_at: invite.expires_at,
    })
}

/// Where the invitee accepts: the App's own page, or Heimdall's. Never made of what the request says of its host.
fn url(heimdall: &Heimdall, app: &App, token: &Secret) -> String {
    match &app.settings.invite_url_template {
        Some(template) => template.replace("{token}", token.expose()),
        None => format!("{}/invites/{}", heimdall.config.public_url, token.expose()),
    }
}

fn id(text: &Reference) -> Result<InviteId, Refusal> {
    InviteId::parse(&text.0).ok_or(Refusal::NotFound)
}

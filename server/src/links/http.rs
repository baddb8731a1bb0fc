//! What the API promises of one-time links.

use std::time::Duration;

use poem_openapi::param::{Header, Path};
use poem_openapi::{Enum, Object, OpenApi};

use super::{Kind, Link};
use crate::api::Tag;
use crate::app::Heimdall;
use crate::apps::{self, App};
use crate::error::{Refusal, Result};
use crate::events::Actor;
use crate::http::text::{KeyText, PasswordText, Reference, TokenInPath};
use crate::http::{
    Answer, Answered, Authenticated, Body, Invalid, Kept, Private, Repeatable, origin,
};
use crate::kernel::{Secret, Timestamp};
use crate::limits;
use crate::permissions::USERS_WRITE;
use crate::users::http::{check_password, id};
use crate::{tokens, users};

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum LinkKind {
    PasswordReset,
    EmailVerification,
}

impl From<Kind> for LinkKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::PasswordReset => Self::PasswordReset,
            Kind::EmailVerification => Self::EmailVerification,
        }
    }
}

/// A link to be made.
#[derive(Clone, Debug, Object)]
#[oai(rename = "NewLink", deny_unknown_fields)]
pub struct New {
    /// An hour to a week; 1 by default for a password reset, 24 for a verification.
    #[oai(validator(minimum(value = "1"), maximum(value = "168")))]
    expires_in_hours: Option<u32>,
}

/// A one-time link, to be sent to its user by you.
#[derive(Debug, Object)]
#[oai(rename = "Link")]
pub struct View {
    pub id: String,
    pub kind: LinkKind,
    pub user_id: String,
    /// The right itself; shown once.
    pub token: String,
    /// Where it is used; shown once.
    pub url: String,
    pub expires_at: Timestamp,
}

/// What somebody sees who holds a link.
#[derive(Debug, Object)]
#[oai(rename = "LinkPreview")]
pub struct Preview {
    pub kind: LinkKind,
    pub app_display_name: String,
    pub email: String,
    pub expires_at: Timestamp,
}

/// Using a link.
#[derive(Clone, Debug, Object)]
#[oai(rename = "LinkAcceptance", deny_unknown_fields)]
pub struct Acceptance {
    /// The new password, for a password reset.
    password: Option<PasswordText>,
}

/// What a link did.
#[derive(Debug, Object)]
#[oai(rename = "LinkAccepted")]
pub struct Accepted {
    pub kind: LinkKind,
    pub user: users::http::View,
}

#[derive(Debug)]
pub struct LinksApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1", tag = "Tag::Links")]
impl LinksApi {
    /// Make a link that resets a password
    ///
    /// Voids those made before. Needs `users:write`, and every permission that the user holds.
    #[oai(
        path = "/apps/:app/users/:user/password-resets",
        method = "post",
        operation_id = "create_password_reset"
    )]
    async fn create_password_reset(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        user: Path<Reference>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<KeyText>>,
        body: Body<New>,
    ) -> Answered<Kept<View>> {
        let about = ["create_password_reset", &app.0.0, &user.0.0];
        let request = Repeatable::new(caller.0.name(), key.0, &about, &body.0);
        let hours = body.0.expires_in_hours.unwrap_or(1);
        self.create(
            &caller,
            &app.0,
            &user.0,
            request,
            Kind::PasswordReset,
            hours,
        )
        .await
    }

    /// Make a link that verifies an address
    ///
    /// Voids those made before. Needs `users:write`, and every permission that the user holds.
    #[oai(
        path = "/apps/:app/users/:user/email-verifications",
        method = "post",
        operation_id = "create_email_verification"
    )]
    async fn create_email_verification(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        user: Path<Reference>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<KeyText>>,
        body: Body<New>,
    ) -> Answered<Kept<View>> {
        let about = ["create_email_verification", &app.0.0, &user.0.0];
        let request = Repeatable::new(caller.0.name(), key.0, &about, &body.0);
        let hours = body.0.expires_in_hours.unwrap_or(24);
        self.create(
            &caller,
            &app.0,
            &user.0,
            request,
            Kind::EmailVerification,
            hours,
        )
        .await
    }

    /// Look at a link
    ///
    /// Needs no bearer: the token is the right to.
    #[oai(path = "/links/:token", method = "get", operation_id = "get_link")]
    async fn get(
        &self,
        origin: origin::From,
        token: Path<TokenInPath>,
    ) -> Answered<Private<Preview>> {
        origin.take(&self.0, limits::GUESSES)?;
        let (app, link) = find(&self.0, &token.0).await?;
        Ok(Private(Preview {
            kind: link.kind.into(),
            app_display_name: app.display_name,
            email: link.email,
            expires_at: link.expires_at,
        }))
    }

    /// Use a link
    ///
    /// A password reset ends all that its user is signed in to. What is refused uses nothing up. Needs no bearer.
    #[oai(
        path = "/links/:token/accept",
        method = "post",
        operation_id = "accept_link"
    )]
    async fn accept(
        &self,
        origin: origin::From,
        token: Path<TokenInPath>,
        body: Body<Acceptance>,
    ) -> Answered<Answer<Accepted>> {
        origin.take(&self.0, limits::GUESSES)?;
        Ok(Answer(accept(&self.0, origin, &token.0, body.0).await?))
    }
}

impl LinksApi {
    async fn create(
        &self,
        caller: &Authenticated,
        app: &Reference,
        user: &Reference,
        request: Repeatable,
        kind: Kind,
        hours: u32,
    ) -> Answered<Kept<View>> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0, USERS_WRITE).await?;
        if let Some(answer) = request.answered(&mut work).await? {
            return Ok(answer);
        }
        let expires_in = Duration::from_secs(3600 * u64::from(hours));
        let made = super::create(
            &mut work,
            &app.id,
            caller.0.grants(),
            &id(user)?,
            kind,
            expires_in,
        )
        .await?;
        let (link, token) = made;
        let view = View {
            id: link.id.to_string(),
            kind: link.kind.into(),
            user_id: link.user_id.to_string(),
            url: format!("{}/links/{}", self.0.config.public_url, token.expose()),
            token: token.expose().to_owned(),
            expires_at: link.expires_at,
        };
        Ok(request.answer(work, view).await?)
    }
}

/// The link behind a token, if it can be used, and its App, if it is in use.
pub async fn find(heimdall: &Heimdall, token: &TokenInPath) -> Result<(App, Link)> {
    let mut conn = heimdall.db.read().await?;
    let token = Secret::from(token.0.clone());
    let link = super::by_token(&mut conn, &token, heimdall.clock.now()).await?;
    let app = apps::find(&mut conn, &link.app_id)
        .await?
        .ok_or(Refusal::NotFound)?;
    tokens::app_in_use(app.status)?;
    Ok((app, link))
}

/// Uses a link, for the API and for the page with the form.
pub async fn accept(
    heimdall: &Heimdall,
    origin: origin::From,
    token: &TokenInPath,
    acceptance: Acceptance,
) -> Answered<Accepted> {
    let (app, link) = find(heimdall, token).await?;
    let mut wrong = Invalid::new();
    let password = match (link.kind, &acceptance.password) {
        (Kind::PasswordReset, Some(text)) => Some(check_password(
            text,
            "password",
            app.settings.password_min_length,
            &mut wrong,
        )),
        (Kind::PasswordReset, None) => {
            wrong.add("password", "is required to reset it");
            None
        }
        (Kind::EmailVerification, Some(_)) => {
            wrong.add(
                "password",
                "does not go with the verification of an address",
            );
            None
        }
        (Kind::EmailVerification, None) => None,
    };
    wrong.into_result()?;
    let hash = heimdall.passwords.hash_optional(password).await?;
    let mut work = heimdall
        .begin(Actor::new("link", &link.id), origin.0)
        .await?;
    work.tx.enter(&app.id).await?;
    match hash {
        Some(hash) => super::reset_password(&mut work, &link, &hash).await?,
        None => super::verify_email(&mut work, &link).await?,
    }
    let member = users::member(&mut work.tx, &app.id, &link.user_id).await?;
    work.commit().await?;
    Ok(Accepted {
        kind: link.kind.into(),
        user: member.into(),
    })
}

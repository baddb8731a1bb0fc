//! What the API promises of tokens.

use poem_openapi::param::Path;
use poem_openapi::{Enum, Object, OpenApi};
use serde_json::{Map, Value};

use super::{Claims, Issued, grants};
use crate::api::Tag;
use crate::app::Heimdall;
use crate::error::{Error, Refusal};
use crate::http::metadata::Metadata;
use crate::http::private::Private;
use crate::http::text::{
    EmailAddress, PasswordText, PermissionName, Reference, ScopeText, SecretText,
};
use crate::http::{Answer, Answered, ApiError, Authenticated, Body, Done, Invalid, origin};
use crate::kernel::Secret;
use crate::kernel::ids::UserId;
use crate::limits;
use crate::permissions::{SESSIONS_WRITE, TOKENS_ISSUE, TOKENS_VERIFY};
use crate::sessions::{self, RefreshToken};
use crate::users;

/// How a token is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum GrantType {
    /// With `email` and `password`.
    Password,
    /// With `refresh_token`.
    RefreshToken,
    /// With `client_id`, `client_secret` and perhaps `scope`.
    ClientCredentials,
}

/// A request for a token: the grant type, and what it goes with.
#[derive(Debug, Object)]
#[oai(rename = "TokenRequest", deny_unknown_fields)]
pub struct TokenRequest {
    grant_type: GrantType,
    email: Option<EmailAddress>,
    password: Option<PasswordText>,
    refresh_token: Option<SecretText>,
    client_id: Option<Reference>,
    client_secret: Option<SecretText>,
    /// The part of its permissions that a client asks for, with a space between them; all when left
    /// out.
    scope: Option<ScopeText>,
}

/// A request with all that its grant type needs, and nothing else.
enum Grant {
    Password {
        email: String,
        password: Secret,
    },
    Refresh {
        token: Secret,
    },
    Client {
        id: String,
        secret: Secret,
        scope: Option<String>,
    },
}

impl TokenRequest {
    fn check(self) -> Result<Grant, ApiError> {
        let mut wrong = Invalid::new();
        let given = [
            ("email", self.email.is_some()),
            ("password", self.password.is_some()),
            ("refresh_token", self.refresh_token.is_some()),
            ("client_id", self.client_id.is_some()),
            ("client_secret", self.client_secret.is_some()),
            ("scope", self.scope.is_some()),
        ];
        let (needed, allowed): (&[&str], &[&str]) = match self.grant_type {
            GrantType::Password => (&["email", "password"], &[]),
            GrantType::RefreshToken => (&["refresh_token"], &[]),
            GrantType::ClientCredentials => (&["client_id", "client_secret"], &["scope"]),
        };
        for (field, is_given) in given {
            let is_needed = needed.contains(&field);
            if is_needed && !is_given {
                wrong.add(field, "is required with this grant_type");
            } else if is_given && !is_needed && !allowed.contains(&field) {
                wrong.add(field, "does not go with this grant_type");
            }
        }
        wrong.into_result()?;
        let text = |text: Option<String>| text.unwrap_or_default();
        Ok(match self.grant_type {
            GrantType::Password => Grant::Password {
                email: text(self.email.map(|email| email.0)),
                password: users::password(&text(self.password.map(|password| password.0))),
            },
            GrantType::RefreshToken => Grant::Refresh {
                token: Secret::from(text(self.refresh_token.map(|token| token.0))),
            },
            GrantType::ClientCredentials => Grant::Client {
                id: text(self.client_id.map(|id| id.0)),
                secret: Secret::from(text(self.client_secret.map(|secret| secret.0))),
                scope: self.scope.map(|scope| scope.0),
            },
        })
    }
}

/// Tokens. Never cached, and shown once.
#[derive(Debug, Object)]
#[oai(rename = "Tokens", skip_serializing_if_is_none)]
pub struct View {
    /// A JWT (RFC 9068); its permissions are those of now.
    pub access_token: String,
    /// `Bearer`
    pub token_type: String,
    /// Seconds until the access token expires.
    pub expires_in: u32,
    /// The permissions of the access token, with a space between them.
    pub scope: String,
    /// For a user: gives the next tokens, once.
    pub refresh_token: Option<String>,
}

impl From<Issued> for View {
    fn from(issued: Issued) -> Self {
        Self {
            access_token: issued.access_token.expose().to_owned(),
            token_type: "Bearer".into(),
            expires_in: issued.expires_in,
            scope: issued.scope,
            refresh_token: issued.refresh_token.map(|token| token.expose().to_owned()),
        }
    }
}

/// A token to be looked at.
#[derive(Debug, Object)]
#[oai(rename = "TokenCheck", deny_unknown_fields)]
pub struct Check {
    token: SecretText,
    /// One permission that is asked for.
    permission: Option<PermissionName>,
    /// Or several, all of which are.
    #[oai(validator(max_items = 1000))]
    permissions: Option<Vec<PermissionName>>,
}

/// What a token is worth now.
#[derive(Debug, Object)]
#[oai(rename = "TokenVerdict", skip_serializing_if_is_none)]
pub struct Verdict {
    /// Whether it is good at this moment, revocations included.
    valid: bool,
    /// Whether it is good and has all the permissions that were asked for.
    allowed: bool,
    /// Those of the permissions asked for that it lacks.
    missing: Vec<String>,
    /// What it says, when it is good.
    claims: Option<Metadata>,
}

/// A token to be revoked.
#[derive(Debug, Object)]
#[oai(rename = "TokenRevocation", deny_unknown_fields)]
pub struct Revocation {
    /// A refresh token, which ends its session, or an access token, which ends alone.
    token: SecretText,
}

#[derive(Debug)]
pub struct TokensApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1/apps", tag = "Tag::Tokens")]
impl TokensApi {
    /// Get a token
    ///
    /// By a password, a refresh token, or the secret of a service. Needs no bearer. An answer says
    /// nothing of whether an address has an account.
    #[oai(path = "/:app/tokens", method = "post", operation_id = "issue_token")]
    async fn issue(
        &self,
        origin: origin::From,
        app: Path<Reference>,
        body: Body<TokenRequest>,
    ) -> Answered<Private<View>> {
        let heimdall = &self.0;
        let grant = body.0.check()?;
        let app = grants::app_to_sign_in(heimdall, &app.0.0).await?;
        let issued = match grant {
            Grant::Password { email, password } => {
                origin.take(heimdall, limits::GUESSES)?;
                grants::password(heimdall, &app, origin.0, &email, password).await?
            }
            Grant::Refresh { token } => grants::refresh(heimdall, &app, origin.0, &token).await?,
            Grant::Client { id, secret, scope } => {
                let scope = scope.as_deref();
                grants::client_credentials(heimdall, &app, origin.0, &id, &secret, scope).await?
            }
        };
        Ok(Private(issued.into()))
    }

    /// Check a token
    ///
    /// Sees a revocation at once. A token of another App is not valid here. Needs `tokens:verify`.
    #[oai(
        path = "/:app/tokens/verify",
        method = "post",
        operation_id = "verify_token"
    )]
    async fn verify(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        body: Body<Check>,
    ) -> Answered<Answer<Verdict>> {
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, &app.0.0, TOKENS_VERIFY).await?;
        let asked = body
            .0
            .permission
            .into_iter()
            .chain(body.0.permissions.unwrap_or_default());
        let asked: Vec<String> = asked.map(|permission| permission.0).collect();
        let claims = super::read(&self.0, &body.0.token.0)
            .ok()
            .filter(|claims| claims.app_id == app.id);
        let claims = match claims {
            Some(claims) => match super::check_live(&mut conn, &claims).await {
                Ok(()) => Some(claims),
                Err(Error::Refused(_)) => None,
                Err(error) => return Err(error.into()),
            },
            None => None,
        };
        let holds = |permission: &str| {
            let held = claims.as_ref().map(|claims| &claims.permissions);
            held.is_some_and(|held| held.iter().any(|held| held.as_str() == permission))
        };
        let missing: Vec<String> = asked
            .into_iter()
            .filter(|permission| !holds(permission))
            .collect();
        Ok(Answer(Verdict {
            valid: claims.is_some(),
            allowed: claims.is_some() && missing.is_empty(),
            missing,
            claims: claims.as_ref().map(shown),
        }))
    }

    /// Revoke a token
    ///
    /// A refresh token ends its session, an access token ends alone. One that is not good here is
    /// no error. Needs `sessions:write`.
    #[oai(
        path = "/:app/tokens/revoke",
        method = "post",
        operation_id = "revoke_token"
    )]
    async fn revoke(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        body: Body<Revocation>,
    ) -> Answered<Done> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, SESSIONS_WRITE).await?;
        revoke(&mut work, &app.id, &body.0.token.0).await?;
        work.commit().await?;
        Ok(Done)
    }

    /// Issue a token for a user
    ///
    /// Begins a session for them; the log and the token's `act` claim say who did. Needs
    /// `tokens:issue`, and every permission that the user holds.
    #[oai(
        path = "/:app/users/:user/tokens",
        method = "post",
        operation_id = "issue_user_token"
    )]
    async fn issue_for_user(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        user: Path<Reference>,
    ) -> Answered<Private<View>> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, TOKENS_ISSUE).await?;
        super::live::app_in_use(app.status)?;
        let user = UserId::parse(&user.0.0).ok_or(Refusal::NotFound)?;
        let user = users::lock_within(&mut work, &app.id, caller.0.grants(), &user).await?;
        match user.status {
            users::Status::Active => {}
            users::Status::Suspended => return Err(Refusal::UserSuspended.into()),
            users::Status::Deactivated => {
                return Err(Refusal::Conflict("the user is deactivated").into());
            }
        }
        let session = sessions::begin_for(&mut work, &app, &user.id).await?;
        let issued = super::for_session(&mut work, &app, &session).await?;
        work.commit().await?;
        Ok(Private(issued.into()))
    }
}

/// Revokes whatever kind of token it is; one that is none of this App's is left alone.
pub async fn revoke(
    work: &mut crate::app::Work,
    app: &crate::kernel::ids::AppId,
    token: &str,
) -> crate::error::Result<()> {
    if RefreshToken::looks_like(token) {
        let Some(token) = RefreshToken::open(work.cipher(), token) else {
            return Ok(());
        };
        return match sessions::revoke(work, app, &token.session).await {
            Err(Error::Refused(Refusal::NotFound)) => Ok(()),
            other => other,
        };
    }
    match super::read(work.heimdall(), token) {
        Ok(claims) if claims.app_id == *app => super::revoke(work, &claims).await,
        _ => Ok(()),
    }
}

/// The claims as JSON.
pub fn shown(claims: &Claims) -> Metadata {
    match serde_json::to_value(claims) {
        Ok(Value::Object(map)) => Metadata(map),
        _ => Metadata(Map::new()),
    }
}

//! What the API promises to clients that speak OAuth 2.0.

use std::collections::HashMap;

use poem::http::HeaderMap;
use poem_openapi::{Object, OpenApi};

use super::client::{Client, Said, app_of, authenticate};
use super::{OAuthAnswer, OAuthError};
use crate::api::Tag;
use crate::app::Heimdall;
use crate::error::{Error, Refusal};
use crate::events::Actor;
use crate::http::form::Form;
use crate::http::metadata::Metadata;
use crate::http::origin;
use crate::http::text::{
    ClientText, GrantText, IgnoredText, PasswordText, ScopeText, SecretText, UsernameText,
};
use crate::kernel::Secret;
use crate::limits;
use crate::permissions::SESSIONS_WRITE;
use crate::sessions::RefreshToken;
use crate::tokens::{self, grants};
use crate::users;

/// A token request (RFC 6749, section 4). The client says who it is by HTTP Basic or in the body; a public client by the
/// App's id alone.
#[derive(Debug, Object)]
#[oai(rename = "OAuthTokenRequest")]
pub struct TokenForm {
    /// `client_credentials`, `refresh_token` or `password`.
    grant_type: GrantText,
    client_id: Option<ClientText>,
    client_secret: Option<SecretText>,
    scope: Option<ScopeText>,
    refresh_token: Option<SecretText>,
    username: Option<UsernameText>,
    password: Option<PasswordText>,
    /// RFC 6749, section 3.2: what is not known is passed over.
    #[oai(flatten)]
    rest: HashMap<String, IgnoredText>,
}

/// A token to be looked at or revoked (RFC 7662, RFC 7009).
#[derive(Debug, Object)]
#[oai(rename = "OAuthTokenForm")]
pub struct TokenToLookAt {
    token: SecretText,
    client_id: Option<ClientText>,
    client_secret: Option<SecretText>,
    #[oai(flatten)]
    rest: HashMap<String, IgnoredText>,
}

/// Nothing to say.
#[derive(Debug, Object)]
#[oai(rename = "OAuthDone")]
pub struct Nothing {}

#[derive(Debug)]
pub struct OAuthApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1/oauth", tag = "Tag::OAuth")]
impl OAuthApi {
    /// Get a token
    ///
    /// RFC 6749: `client_credentials`, `refresh_token`, and for an App's own frontends `password`.
    #[oai(path = "/token", method = "post", operation_id = "oauth_token")]
    async fn token(
        &self,
        headers: &HeaderMap,
        origin: origin::From,
        body: Form<TokenForm>,
    ) -> OAuthAnswer<tokens::http::View> {
        self.issue(headers, origin, body.0).await.into()
    }

    /// Look at a token
    ///
    /// RFC 7662, for a client that authenticates: an access or refresh token of its own App, as it stands now.
    #[oai(
        path = "/introspect",
        method = "post",
        operation_id = "oauth_introspect"
    )]
    async fn introspect(
        &self,
        headers: &HeaderMap,
        origin: origin::From,
        body: Form<TokenToLookAt>,
    ) -> OAuthAnswer<Metadata> {
        self.look_at(headers, origin, body.0).await.into()
    }

    /// Revoke a token
    ///
    /// RFC 7009: a client's own access token, or a refresh token, which ends its session. One that is not known is no error.
    #[oai(path = "/revoke", method = "post", operation_id = "oauth_revoke")]
    async fn revoke(
        &self,
        headers: &HeaderMap,
        origin: origin::From,
        body: Form<TokenToLookAt>,
    ) -> OAuthAnswer<Nothing> {
        self.end(headers, origin, body.0).await.into()
    }
}

impl OAuthApi {
    async fn issue(
        &self,
        headers: &HeaderMap,
        origin: origin::From,
        form: TokenForm,
    ) -> Result<tokens::http::View, OAuthError> {
        let heimdall = &self.0;
        let said = Said::read(headers, form.client_id, form.client_secret)?;
        let needed = |field: Option<String>, name: &str| {
            field.ok_or_else(|| OAuthError::invalid_request(format!("{name} is missing")))
        };
        let issued = match form.grant_type.0.as_str() {
            "client_credentials" => {
                let app = app_of(heimdall, &said).await?;
                tokens::app_in_use(app.status)
                    .map_err(|refusal| OAuthError::of_grant(refusal.into()))?;
                let secret = said
                    .secret
                    .as_ref()
                    .ok_or_else(|| OAuthError::invalid_client(said.basic))?;
                let scope = form.scope.as_ref().map(|scope| scope.0.as_str());
                match grants::client_credentials(heimdall, &app, origin.0, &said.id, secret, scope)
                    .await
                {
                    Err(Error::Refused(Refusal::InvalidCredentials)) => {
                        return Err(OAuthError::invalid_client(said.basic));
                    }
                    other => other,
                }
            }
            "refresh_token" => {
                let token = Secret::from(needed(
                    form.refresh_token.map(|token| token.0),
                    "refresh_token",
                )?);
                let client = authenticate(heimdall, &said, origin.0.clone()).await?;
                tokens::app_in_use(client.app().status)
                    .map_err(|refusal| OAuthError::of_grant(refusal.into()))?;
                grants::refresh(heimdall, client.app(), origin.0, &token).await
            }
            "password" => {
                let (username, password) = (
                    needed(form.username.map(|name| name.0), "username")?,
                    needed(form.password.map(|text| text.0), "password")?,
                );
                origin
                    .take(heimdall, limits::GUESSES)
                    .map_err(|refusal| OAuthError::of_grant(refusal.into()))?;
                let client = authenticate(heimdall, &said, origin.0.clone()).await?;
                tokens::app_in_use(client.app().status)
                    .map_err(|refusal| OAuthError::of_grant(refusal.into()))?;
                grants::password(
                    heimdall,
                    client.app(),
                    origin.0,
                    &username,
                    users::password(&password),
                )
                .await
            }
            _ => return Err(OAuthError::unsupported_grant_type()),
        };
        issued
            .map(tokens::http::View::from)
            .map_err(OAuthError::of_grant)
    }

    async fn look_at(
        &self,
        headers: &HeaderMap,
        origin: origin::From,
        form: TokenToLookAt,
    ) -> Result<Metadata, OAuthError> {
        let said = Said::read(headers, form.client_id, form.client_secret)?;
        let Client::Confidential { app, .. } = authenticate(&self.0, &said, origin.0).await? else {
            return Err(OAuthError::invalid_client(said.basic));
        };
        let found = self.active(&app.id, &form.token.0).await;
        Ok(found
            .map_err(OAuthError::of_grant)?
            .unwrap_or_else(|| object(serde_json::json!({"active": false}))))
    }

    /// What an active token says.
    async fn active(
        &self,
        app: &crate::kernel::ids::AppId,
        token: &str,
    ) -> crate::error::Result<Option<Metadata>> {
        let mut conn = self.0.db.read().await?;
        conn.enter(app).await?;
        if RefreshToken::looks_like(token) {
            let Some(token) = RefreshToken::open(&self.0.cipher, token) else {
                return Ok(None);
            };
            let session = crate::sessions::find(&mut conn, app, &token.session).await?;
            let now = self.0.clock.now();
            let live = session.filter(|session| {
                session.revoked_at.is_none()
                    && session.expires_at > now
                    && session.generation == token.generation
            });
            return Ok(live.map(|session| {
                object(serde_json::json!({
                    "active": true, "token_type": "refresh_token", "sub": session.user_id, "user_id": session.user_id,
                    "sid": session.id, "app_id": session.app_id, "client_id": session.app_id,
                    "exp": session.expires_at.seconds(), "iat": session.rotated_at.seconds(),
                }))
            }));
        }
        let Some(claims) = tokens::read(&self.0, token)
            .ok()
            .filter(|claims| claims.app_id == *app)
        else {
            return Ok(None);
        };
        match tokens::check_live(&mut conn, &claims).await {
            Ok(()) => {}
            Err(Error::Refused(_)) => return Ok(None),
            Err(error) => return Err(error),
        }
        let mut shown = tokens::http::shown(&claims);
        shown.0.insert("active".into(), true.into());
        shown.0.insert("token_type".into(), "Bearer".into());
        Ok(Some(shown))
    }

    async fn end(
        &self,
        headers: &HeaderMap,
        origin: origin::From,
        form: TokenToLookAt,
    ) -> Result<Nothing, OAuthError> {
        let said = Said::read(headers, form.client_id, form.client_secret)?;
        let client = authenticate(&self.0, &said, origin.0.clone()).await?;
        let is_refresh = RefreshToken::looks_like(&form.token.0);
        let may = match &client {
            // Whoever has a refresh token may end it: that is what signing out is.
            Client::Public { .. } => is_refresh,
            Client::Confidential { credential, .. } => {
                let holds = credential
                    .permissions
                    .iter()
                    .any(|held| held.as_str() == SESSIONS_WRITE);
                let own = || {
                    tokens::read(&self.0, &form.token.0)
                        .is_ok_and(|claims| claims.client_id == said.id)
                };
                let unknown = || !is_refresh && tokens::read(&self.0, &form.token.0).is_err();
                holds || own() || unknown()
            }
        };
        if !may {
            return Err(OAuthError::unauthorized_client(
                "The token is not this client's to revoke; sessions:write would allow it.",
            ));
        }
        let ended = async {
            let mut work = self
                .0
                .begin(Actor::new("service", &said.id), origin.0)
                .await?;
            let app = client.app().id.clone();
            work.tx.enter(&app).await?;
            tokens::http::revoke(&mut work, &app, &form.token.0).await?;
            work.commit().await
        };
        ended.await.map_err(OAuthError::of_grant)?;
        Ok(Nothing {})
    }
}

fn object(value: serde_json::Value) -> Metadata {
    match value {
        serde_json::Value::Object(map) => Metadata(map),
        _ => Metadata::default(),
    }
}

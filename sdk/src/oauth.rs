//! The endpoints for clients that speak OAuth 2.0: form-encoded, client authentication by HTTP Basic
//! or in the body, the App known by the client.
//!
//! What a newcomer would get wrong: [`Tokens`](crate::Tokens) does the same in JSON and is what to use
//! from Rust. This is for testing what other clients see, and for gateways.

use std::fmt;

use serde::Deserialize;

use crate::call::Draft;
use crate::lenient::or_default;
use crate::operations::Operation;
use crate::{Call, Client, Secret, TokenResponse, operations as op};

/// OAuth 2.0: [`Client::oauth`].
#[derive(Clone, Copy, Debug)]
pub struct OAuth<'a>(pub(crate) &'a Client);

impl OAuth<'_> {
    /// Issues tokens (RFC 6749, section 3.2).
    ///
    /// ```no_run
    /// # async fn f(client: heimdall_sdk::Client, secret: String) -> Result<(), heimdall_sdk::Error> {
    /// use heimdall_sdk::{ClientAuth, OAuthGrant};
    ///
    /// let worker = ClientAuth::basic("hci_01J0000000000000000000000A", secret);
    /// let narrow = OAuthGrant::ClientCredentials { scope: Some("billing:read".to_owned()) };
    /// let tokens = client.oauth().token(&worker, &narrow).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn token(&self, auth: &ClientAuth, grant: &OAuthGrant) -> Call<TokenResponse> {
        self.form(op::OAUTH_TOKEN, auth, grant.pairs()).returning()
    }

    /// Asks what a token is (RFC 7662). One that is none, or another App's, is inactive.
    pub fn introspect(&self, auth: &ClientAuth, token: impl Into<Secret>) -> Call<Introspection> {
        self.form(
            op::OAUTH_INTROSPECT,
            auth,
            vec![("token", token.into().expose())],
        )
        .returning()
    }

    /// Revokes a token (RFC 7009). One that is none is no error.
    pub fn revoke(&self, auth: &ClientAuth, token: impl Into<Secret>) -> Call<()> {
        self.form(
            op::OAUTH_REVOKE,
            auth,
            vec![("token", token.into().expose())],
        )
        .returning_nothing()
    }

    fn form<'p>(
        &self,
        operation: Operation,
        auth: &'p ClientAuth,
        mut pairs: Vec<(&'p str, &'p str)>,
    ) -> Draft {
        let draft = self.0.draft(operation, &[]);
        match &auth.0 {
            How::Basic(id, secret) => draft.basic(id, secret).form(&pairs),
            How::Body(id, secret) => {
                pairs.extend([
                    ("client_id", id.as_str()),
                    ("client_secret", secret.expose()),
                ]);
                draft.stranger().form(&pairs)
            }
            How::Public(id) => {
                pairs.push(("client_id", id));
                draft.stranger().form(&pairs)
            }
        }
    }
}

/// How an OAuth client says who it is (RFC 6749, section 2.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientAuth(How);

#[derive(Clone, PartialEq, Eq)]
enum How {
    Basic(String, Secret),
    Body(String, Secret),
    Public(String),
}

impl ClientAuth {
    /// By HTTP Basic (`client_secret_basic`).
    pub fn basic(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Self {
        Self(How::Basic(client_id.into(), client_secret.into()))
    }

    /// In the form (`client_secret_post`).
    pub fn body(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Self {
        Self(How::Body(client_id.into(), client_secret.into()))
    }

    /// A client without a secret (`none`): a user's, whose client id is the App's id.
    pub fn public(client_id: impl Into<String>) -> Self {
        Self(How::Public(client_id.into()))
    }
}

impl fmt::Debug for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (how, id) = match self {
            Self::Basic(id, _) => ("basic", id),
            Self::Body(id, _) => ("body", id),
            Self::Public(id) => ("public", id),
        };
        write!(f, "{how} {id}")
    }
}

/// What proves that a token may be issued, as OAuth has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OAuthGrant {
    /// The client's own authentication (RFC 6749, section 4.4).
    ClientCredentials {
        /// Permissions with a space between them, where it needs less than it was granted.
        scope: Option<String>,
    },
    /// A session's refresh token (RFC 6749, section 6).
    RefreshToken {
        /// The token; it is spent.
        refresh_token: Secret,
    },
    /// A user's address and password (RFC 6749, section 4.3).
    Password {
        /// The address.
        username: String,
        /// The password.
        password: Secret,
    },
}

impl OAuthGrant {
    fn pairs(&self) -> Vec<(&str, &str)> {
        match self {
            Self::ClientCredentials { scope } => {
                let grant_type = ("grant_type", "client_credentials");
                [grant_type]
                    .into_iter()
                    .chain(scope.as_deref().map(|scope| ("scope", scope)))
                    .collect()
            }
            Self::RefreshToken { refresh_token } => {
                vec![
                    ("grant_type", "refresh_token"),
                    ("refresh_token", refresh_token.expose()),
                ]
            }
            Self::Password { username, password } => {
                vec![
                    ("grant_type", "password"),
                    ("username", username),
                    ("password", password.expose()),
                ]
            }
        }
    }
}

/// What a token is. Of one that is not in force, only that is told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Introspection {
    /// Whether it is in force.
    pub active: bool,
    /// What it permits, with a space between.
    #[serde(default, deserialize_with = "or_default")]
    pub scope: String,
    /// Whose it is.
    pub client_id: Option<String>,
    /// The user's address.
    pub username: Option<String>,
    /// `Bearer`, or `refresh_token`.
    pub token_type: Option<String>,
    /// When it expires, in seconds since the Unix epoch.
    pub exp: Option<i64>,
    /// When it was issued, in seconds since the Unix epoch.
    pub iat: Option<i64>,
    /// From when it is in force, in seconds since the Unix epoch.
    pub nbf: Option<i64>,
    /// The user's id, or the service's `client_id`.
    pub sub: Option<String>,
    /// Whom it is for: the App's id.
    pub aud: Option<String>,
    /// The issuer.
    pub iss: Option<String>,
    /// The token's id.
    pub jti: Option<String>,
}

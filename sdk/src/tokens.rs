//! Tokens: issued, verified, revoked.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::lenient::or_default;
use crate::{Call, InApp, Secret, operations as op};

/// Tokens of an App: [`InApp::tokens`].
#[derive(Clone, Copy, Debug)]
pub struct Tokens<'a>(pub(crate) InApp<'a>);

impl Tokens<'_> {
    /// Issues tokens. It takes no bearer: the grant is the proof.
    pub fn issue(&self, grant: &Grant) -> Call<TokenResponse> {
        self.0
            .draft(op::ISSUE_TOKEN, &[])
            .stranger()
            .json(grant)
            .returning()
    }

    /// Signs a user in.
    ///
    /// ```no_run
    /// # async fn f(client: heimdall_sdk::Client, password: String) -> Result<(), heimdall_sdk::Error> {
    /// let tokens = client.app("acme").tokens().password("ada@acme.example", password).await?;
    /// let ada = client.with_bearer(tokens.access_token);
    /// println!("{}", ada.me().get().await?.email);
    /// # Ok(())
    /// # }
    /// ```
    pub fn password(
        &self,
        email: impl Into<String>,
        password: impl Into<Secret>,
    ) -> Call<TokenResponse> {
        self.issue(&Grant::Password {
            email: email.into(),
            password: password.into(),
        })
    }

    /// Gives the next access token of a session, and its next refresh token: the one used here is spent.
    pub fn refresh(&self, refresh_token: impl Into<Secret>) -> Call<TokenResponse> {
        self.issue(&Grant::RefreshToken {
            refresh_token: refresh_token.into(),
        })
    }

    /// Gives a service its token, with all that it was granted. For less, [`issue`](Self::issue) with
    /// a scope.
    pub fn client_credentials(
        &self,
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
    ) -> Call<TokenResponse> {
        self.issue(&Grant::ClientCredentials {
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            scope: None,
        })
    }

    /// Checks a token online, and what it permits: sees a revocation at once. A token that is none is
    /// no error but an answer.
    pub fn verify(&self, check: &VerifyToken) -> Call<Verification> {
        self.0.draft(op::VERIFY_TOKEN, &[]).json(check).returning()
    }

    /// Ends the session of a refresh token, or one access token.
    pub fn revoke(&self, token: impl Into<Secret>) -> Call<()> {
        self.0
            .draft(op::REVOKE_TOKEN, &[])
            .json(&json!({ "token": token.into() }))
            .returning_nothing()
    }
}

/// What proves that a token may be issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "grant_type", rename_all = "snake_case")]
pub enum Grant {
    /// A user's address and password.
    Password {
        /// The address.
        email: String,
        /// The password.
        password: Secret,
    },
    /// A session's refresh token.
    RefreshToken {
        /// The token; it is spent.
        refresh_token: Secret,
    },
    /// A service's credential.
    ClientCredentials {
        /// Its `client_id`.
        client_id: String,
        /// One of its secrets.
        client_secret: Secret,
        /// Permissions with a space between them, where it needs less than it was granted.
        #[serde(skip_serializing_if = "Option::is_none")]
        scope: Option<String>,
    },
}

/// Tokens that were issued.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct TokenResponse {
    /// What to call with.
    pub access_token: Secret,
    /// `Bearer`.
    #[serde(default, deserialize_with = "or_default")]
    pub token_type: String,
    /// How long the access token lives, in seconds.
    pub expires_in: u64,
    /// What it permits, with a space between.
    #[serde(default, deserialize_with = "or_default")]
    pub scope: String,
    /// What to get the next with; a service has none.
    pub refresh_token: Option<Secret>,
}

/// A token that is to be checked, and for what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerifyToken {
    /// The access token.
    pub token: Secret,
    /// The one permission it must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// The permissions it must have, all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<String>,
}

impl VerifyToken {
    /// Checks whether this token is in force.
    pub fn new(token: impl Into<Secret>) -> Self {
        Self {
            token: token.into(),
            permission: None,
            permissions: Vec::new(),
        }
    }

    with!(with_permission, permission: into String);
    with!(with_permissions, permissions: each String);
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Verification {
    /// Whether the token is in force.
    pub valid: bool,
    /// Whether it is, and permits all that was asked. This is what to decide by.
    #[serde(default, deserialize_with = "or_default")]
    pub allowed: bool,
    /// What was asked and is not permitted.
    #[serde(default, deserialize_with = "or_default")]
    pub missing: Vec<String>,
    /// What the token says, if it is in force.
    pub claims: Option<Claims>,
}

/// What an access token says (RFC 9068, and Heimdall's own claims). Times but `iat_us` are seconds
/// since the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Claims {
    /// The issuer: the server's base URL.
    pub iss: String,
    /// The user's id, or the service's `client_id`.
    pub sub: String,
    /// Whom it is for: the App's id.
    pub aud: String,
    /// When it expires.
    pub exp: i64,
    /// When it was issued.
    pub iat: i64,
    /// From when it is in force.
    pub nbf: Option<i64>,
    /// The token's id.
    #[serde(default, deserialize_with = "or_default")]
    pub jti: String,
    /// The App's id.
    pub app_id: String,
    /// The App's name.
    #[serde(default, deserialize_with = "or_default")]
    pub app: String,
    /// The user's id; a service's token has none.
    pub user_id: Option<String>,
    /// The service's `client_id`; of a user's token, the App's id.
    pub client_id: Option<String>,
    /// The session's id; a service's token has none.
    pub sid: Option<String>,
    /// Names of the user's roles.
    #[serde(default, deserialize_with = "or_default")]
    pub roles: Vec<String>,
    /// What it permits.
    #[serde(default, deserialize_with = "or_default")]
    pub permissions: Vec<String>,
    /// The same, with a space between.
    #[serde(default, deserialize_with = "or_default")]
    pub scope: String,
    /// Who issued it for the user (RFC 8693, section 4.1).
    pub act: Option<Act>,
    /// When it was issued, in microseconds since the Unix epoch.
    pub iat_us: Option<i64>,
}

/// Who acts for the subject of a token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Act {
    /// Who.
    pub sub: String,
}

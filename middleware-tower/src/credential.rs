//! What the verifier shows Heimdall when it reads the revocation feed or asks about a token.

use std::fmt;

use http::HeaderValue;
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::fetch::{self, FetchError, Heimdall};

/// What the verifier is known by at Heimdall. It needs `revocations:read`, and `tokens:verify` for
/// [`OnStale::Introspect`](crate::OnStale::Introspect). It is never printed.
#[derive(Clone)]
pub struct FeedCredential(Kind);

#[derive(Clone)]
enum Kind {
    Bearer(String),
    Client { id: String, secret: String },
}

impl FeedCredential {
    /// An admin key (`hdk_…`), best one bound to the App and with `revocations:read` only, or another bearer that outlives the
    /// process.
    #[must_use]
    pub fn bearer(key: impl Into<String>) -> Self {
        Self(Kind::Bearer(key.into()))
    }

    /// The credential of a service of the App: the verifier gets itself a token with it, and the next when that has expired.
    #[must_use]
    pub fn client(client_id: impl Into<String>, client_secret: impl Into<String>) -> Self {
        Self(Kind::Client {
            id: client_id.into(),
            secret: client_secret.into(),
        })
    }

    /// A service belongs to one App, which must be named where it gets its tokens.
    pub(crate) fn needs_an_app(&self) -> bool {
        matches!(self.0, Kind::Client { .. })
    }
}

impl From<&str> for FeedCredential {
    fn from(key: &str) -> Self {
        Self::bearer(key)
    }
}

impl From<String> for FeedCredential {
    fn from(key: String) -> Self {
        Self::bearer(key)
    }
}

impl fmt::Debug for FeedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Bearer(_) => "FeedCredential::bearer(…)",
            Kind::Client { .. } => "FeedCredential::client(…)",
        })
    }
}

/// A credential in use.
#[derive(Debug)]
pub(crate) struct Credential {
    of: FeedCredential,
    app: Option<String>,
    bearer: Mutex<Option<HeaderValue>>,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
}

impl Credential {
    pub(crate) fn new(of: FeedCredential, app: Option<String>) -> Self {
        Self {
            of,
            app,
            bearer: Mutex::new(None),
        }
    }

    /// The value of an `Authorization` header.
    pub(crate) async fn bearer(&self, heimdall: &Heimdall) -> Result<HeaderValue, FetchError> {
        let mut bearer = self.bearer.lock().await;
        if let Some(bearer) = &*bearer {
            return Ok(bearer.clone());
        }
        let made = match &self.of.0 {
            Kind::Bearer(key) => sensitive(key)?,
            Kind::Client { id, secret } => sensitive(&self.sign_in(heimdall, id, secret).await?)?,
        };
        Ok(bearer.insert(made).clone())
    }

    async fn sign_in(
        &self,
        heimdall: &Heimdall,
        id: &str,
        secret: &str,
    ) -> Result<String, FetchError> {
        let app = self.app.as_deref().unwrap_or_default();
        let request = heimdall.post(&["v1", "apps", app, "tokens"]);
        let request = request.json(&serde_json::json!({
            "grant_type": "client_credentials", "client_id": id, "client_secret": secret,
        }));
        let tokens: Tokens = serde_json::from_slice(&fetch::body(request).await?)?;
        Ok(tokens.access_token)
    }

    /// After a 401: the next bearer is made anew.
    pub(crate) async fn forget(&self) {
        *self.bearer.lock().await = None;
    }
}

fn sensitive(bearer: &str) -> Result<HeaderValue, FetchError> {
    let value = HeaderValue::try_from(format!("Bearer {bearer}"));
    let mut value = value.map_err(|_| FetchError::Credential)?;
    value.set_sensitive(true);
    Ok(value)
}

//! Which client calls, and whether it is the one it says (RFC 6749, section 2.3).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use poem::http::HeaderMap;

use super::OAuthError;
use crate::app::Heimdall;
use crate::apps::{self, App};
use crate::credentials::{self, Credential};
use crate::error::{Error, Refusal};
use crate::events::{Actor, Origin};
use crate::http::text::{ClientText, SecretText};
use crate::kernel::Secret;
use crate::kernel::ids::AppId;

/// What a client says of itself.
#[derive(Debug)]
pub(super) struct Said {
    pub id: String,
    /// Nothing: a public client, which can't keep a secret.
    pub secret: Option<Secret>,
    pub basic: bool,
}

impl Said {
    /// By HTTP Basic or in the body, not by both.
    pub(super) fn read(
        headers: &HeaderMap,
        id: Option<ClientText>,
        secret: Option<SecretText>,
    ) -> Result<Self, OAuthError> {
        let (id, secret) = (id.map(|id| id.0), secret.map(|secret| secret.0));
        let mut values = headers.get_all("authorization").iter();
        let Some(value) = values.next() else {
            let id = id.ok_or_else(|| OAuthError::invalid_request("client_id is missing"))?;
            return Ok(Self {
                id,
                secret: secret.map(Secret::from),
                basic: false,
            });
        };
        if values.next().is_some() || secret.is_some() {
            return Err(OAuthError::invalid_request(
                "the client authenticates in more than one way",
            ));
        }
        let said = value
            .to_str()
            .ok()
            .and_then(basic)
            .ok_or_else(|| OAuthError::invalid_client(true))?;
        if id.is_some_and(|id| id != said.id) {
            return Err(OAuthError::invalid_request(
                "client_id is not the client that authenticates",
            ));
        }
        Ok(said)
    }
}

/// Some clients percent-encode within Basic, as RFC 6749 has it, and some don't: ids and secrets are made of characters that are
/// the same either way.
fn basic(value: &str) -> Option<Said> {
    let (scheme, encoded) = value.split_once(' ')?;
    let pair = STANDARD
        .decode(encoded.trim())
        .ok()
        .filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let pair = String::from_utf8(pair).ok()?;
    let (id, secret) = pair.split_once(':')?;
    let decode = |text: &str| {
        percent_decode_str(text)
            .decode_utf8()
            .ok()
            .map(|text| text.into_owned())
    };
    Some(Said {
        id: decode(id)?,
        secret: Some(Secret::from(decode(secret)?)),
        basic: true,
    })
}

/// A client, once it is known to be it.
#[derive(Debug)]
pub(super) enum Client {
    /// A service, by its secret.
    Confidential {
        app: App,
        credential: Box<Credential>,
    },
    /// A frontend of an App, by the App's id.
    Public { app: App },
}

impl Client {
    pub(super) fn app(&self) -> &App {
        match self {
            Self::Confidential { app, .. } | Self::Public { app } => app,
        }
    }
}

/// The App of a client, before anything is proven.
pub(super) async fn app_of(heimdall: &Heimdall, said: &Said) -> Result<App, OAuthError> {
    let mut conn = heimdall.db.read().await?;
    let id = match credentials::find_by_client(&mut conn, &said.id).await? {
        Some(credential) => Some(credential.app_id),
        None => AppId::parse(&said.id),
    };
    let app = match id {
        Some(id) => apps::find(&mut conn, &id).await?,
        None => None,
    };
    app.ok_or_else(|| OAuthError::invalid_client(said.basic))
}

/// Finds out who the client is. Its use is noted.
pub(super) async fn authenticate(
    heimdall: &Heimdall,
    said: &Said,
    origin: Origin,
) -> Result<Client, OAuthError> {
    let app = app_of(heimdall, said).await?;
    let Some(secret) = &said.secret else {
        let public = app.id.as_str() == said.id;
        return if public {
            Ok(Client::Public { app })
        } else {
            Err(OAuthError::invalid_client(said.basic))
        };
    };
    let proven = async {
        let mut work = heimdall
            .begin(Actor::new("service", &said.id), origin)
            .await?;
        work.tx.enter(&app.id).await?;
        let credential = credentials::authenticate(&mut work, &app.id, &said.id, secret).await?;
        work.commit().await?;
        Ok(credential)
    };
    match proven.await {
        Ok(credential) => Ok(Client::Confidential {
            app,
            credential: Box::new(credential),
        }),
        Err(Error::Refused(Refusal::InvalidCredentials)) => {
            Err(OAuthError::invalid_client(said.basic))
        }
        Err(error) => Err(OAuthError::of_grant(error)),
    }
}

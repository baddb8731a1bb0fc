//! Requests to Heimdall: bounded in time and in size, never redirected, and to no other host.

use std::time::Duration;

use http::HeaderValue;
use http::header::AUTHORIZATION;
use reqwest::{Client, RequestBuilder, StatusCode, redirect};
use url::Url;

/// How long Heimdall may take to answer, besides what it was told to wait.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

const MAX_BODY: usize = 1024 * 1024;

/// Why there is no answer to use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("no answer: {0}")]
    Http(#[from] reqwest::Error),
    #[error("answered {0}")]
    Status(StatusCode),
    #[error("the answer has more than {MAX_BODY} bytes")]
    TooLarge,
    #[error("the answer is not what was asked for: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the set has no key to use")]
    NoKeys,
    #[error("the set has too many keys")]
    TooManyKeys,
    #[error("the credential can't be sent in a header")]
    Credential,
    #[error(transparent)]
    Source(#[from] jwks_client_rs::JwksClientError),
}

/// Where Heimdall is reached.
#[derive(Clone, Debug)]
pub(crate) struct Heimdall {
    http: Client,
    base: Url,
}

impl Heimdall {
    pub(crate) fn new(base: Url) -> Result<Self, reqwest::Error> {
        let http = Client::builder()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .user_agent(concat!("heimdall-tower/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http, base })
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Escapes what a segment may not hold. A base without segments was refused when it was set.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    pub(crate) fn get(&self, path: &[&str]) -> RequestBuilder {
        self.http.get(self.url(path))
    }

    pub(crate) fn post(&self, path: &[&str]) -> RequestBuilder {
        self.http.post(self.url(path))
    }
}

/// The body of a 200, of a mebibyte at most.
pub(crate) async fn body(request: RequestBuilder) -> Result<Vec<u8>, FetchError> {
    let mut response = request.send().await?;
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

pub(crate) fn with_bearer(request: RequestBuilder, bearer: HeaderValue) -> RequestBuilder {
    request.header(AUTHORIZATION, bearer)
}

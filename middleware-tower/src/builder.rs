//! Setting a verifier up.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::redirect::Policy;
use url::Url;

use crate::cache::Cache;
use crate::feed;
use crate::jwks::Jwks;
use crate::revoked::Revoked;
use crate::verifier::{Expected, Inner, Now, OnStale, Verifier};

/// A verifier that is being set up: [`Verifier::builder`].
#[must_use = "a builder does nothing until `build`"]
pub struct VerifierBuilder {
    base_url: String,
    expected: Option<Expected>,
    credential: Option<String>,
    key_refresh: Duration,
    key_cooldown: Duration,
    kept_in: Option<PathBuf>,
    max_staleness: Option<Duration>,
    on_stale: OnStale,
    leeway: Duration,
    cached_tokens: usize,
    now_us: Now,
}

/// Why a verifier can't be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL is not one.
    #[error("the base URL must be http:// or https://, such as https://auth.example.com/heimdall")]
    BaseUrl,
    /// No App was named. One set of keys serves all Apps: without it a token of any would do.
    #[error(
        "name the App whose tokens are accepted: .app(\"app_…\"), or .app_from(…) to take it from the route"
    )]
    NoApp,
    /// A limit on staleness without a feed to be stale.
    #[error(
        "max_staleness needs feed_credential: without the feed nothing is ever known of revocations"
    )]
    NoFeed,
    /// Leeway is for clocks that differ a little.
    #[error("the leeway must be at most a minute")]
    Leeway,
    /// Keys and feed are followed in the background.
    #[error("a verifier must be built within a tokio runtime")]
    NoRuntime,
    /// The HTTP client could not be set up.
    #[error("the HTTP client can't be set up: {0}")]
    Http(#[from] reqwest::Error),
}

impl VerifierBuilder {
    // The one place that reads the system's clock; tests give another.
    #[allow(clippy::disallowed_methods)]
    pub(crate) fn new(base_url: &str) -> Self {
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            expected: None,
            credential: None,
            key_refresh: Duration::from_secs(300),
            key_cooldown: Duration::from_secs(1),
            kept_in: None,
            max_staleness: None,
            on_stale: OnStale::default(),
            leeway: Duration::from_secs(5),
            cached_tokens: 100_000,
            now_us: Box::new(|| {
                let since = SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default();
                i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
            }),
        }
    }

    /// The App whose tokens are accepted, by its id (`app_…`).
    pub fn app(mut self, app: impl Into<String>) -> Self {
        self.expected = Some(Expected::Named(app.into()));
        self
    }

    /// The App whose tokens are accepted, taken from each request's address: by its id or its name. `None` refuses the request.
    pub fn app_from(
        mut self,
        app: impl Fn(&http::Uri) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.expected = Some(Expected::FromRoute(Box::new(app)));
        self
    }

    /// What to follow the revocations with: an admin key or a service's access token that holds `revocations:read` (and
    /// `tokens:verify` for [`OnStale::Introspect`]). With [`VerifierBuilder::app_from`] it must be a key of the whole instance.
    ///
    /// Without one, a token is good until it expires.
    pub fn feed_credential(mut self, credential: impl Into<String>) -> Self {
        self.credential = Some(credential.into());
        self
    }

    /// How old what is known of revocations may be. Past it, `on_stale` says what is done. Without a limit a Heimdall that is
    /// down changes nothing for tokens that verify.
    pub fn max_staleness(mut self, most: Duration, on_stale: OnStale) -> Self {
        self.max_staleness = Some(most);
        self.on_stale = on_stale;
        self
    }

    /// How often the keys are fetched anew in the background; 5 minutes unless set.
    pub fn key_refresh(mut self, every: Duration) -> Self {
        self.key_refresh = every;
        self
    }

    /// How long after one fetch of the keys an unknown key id may cause the next; 1 second unless set.
    pub fn key_cooldown(mut self, cooldown: Duration) -> Self {
        self.key_cooldown = cooldown;
        self
    }

    /// Keeps the keys in this file, so that a start while Heimdall is down finds them.
    pub fn keep_keys_in(mut self, file: impl Into<PathBuf>) -> Self {
        self.kept_in = Some(file.into());
        self
    }

    /// How far the clocks of Heimdall and of this machine may differ; 5 seconds unless set, a minute at most.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// How many verified tokens are remembered; 100 000 unless set, at about 1 KiB each.
    pub fn cached_tokens(mut self, most: usize) -> Self {
        self.cached_tokens = most;
        self
    }

    /// Another clock, in microseconds since the Unix epoch. For tests.
    pub fn clock_us(mut self, now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.now_us = Box::new(now);
        self
    }

    /// The verifier. It begins to fetch the keys and to follow the feed at once, until its last clone is dropped.
    ///
    /// # Errors
    ///
    /// [`BuildError`] names what is missing.
    pub fn build(self) -> Result<Verifier, BuildError> {
        let base = Url::parse(&self.base_url).map_err(|_| BuildError::BaseUrl)?;
        if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
            return Err(BuildError::BaseUrl);
        }
        let expected = self.expected.ok_or(BuildError::NoApp)?;
        if self.max_staleness.is_some() && self.credential.is_none() {
            return Err(BuildError::NoFeed);
        }
        if self.leeway > Duration::from_secs(60) {
            return Err(BuildError::Leeway);
        }
        let runtime = tokio::runtime::Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let http = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_secs(90))
            .user_agent(concat!("heimdall-tower/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let jwks = format!("{}/v1/.well-known/jwks.json", self.base_url);
        let jwks = Url::parse(&jwks).map_err(|_| BuildError::BaseUrl)?;
        let verifier = Verifier(Arc::new(Inner {
            jwks: Jwks::new(http.clone(), jwks, self.key_cooldown, self.kept_in),
            http,
            issuer: self.base_url,
            base,
            expected,
            revoked: Revoked::default(),
            cache: Cache::new(self.cached_tokens),
            credential: self.credential,
            max_staleness: self.max_staleness,
            on_stale: self.on_stale,
            leeway: i64::try_from(self.leeway.as_secs()).unwrap_or(0),
            now_us: self.now_us,
        }));
        runtime.spawn(feed::refresh_keys(
            Arc::downgrade(&verifier.0),
            self.key_refresh,
        ));
        if verifier.0.credential.is_some() {
            runtime.spawn(feed::follow(Arc::downgrade(&verifier.0)));
        }
        Ok(verifier)
    }
}

impl std::fmt::Debug for VerifierBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VerifierBuilder")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

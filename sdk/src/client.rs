//! The client: one server, one caller.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use url::Url;

use crate::retry::{self, KeyGenerator};
use crate::{Error, Secret, path};

const USER_AGENT: &str = concat!("heimdall-sdk/", env!("CARGO_PKG_VERSION"));

/// A client of one Heimdall, as one caller. Cloning it is cheap: the connections are shared.
///
/// The credential goes to the base URL's host and to no other: redirects are not followed, and no
/// proxy of the environment is asked.
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    pub(crate) bearer: Option<Secret>,
}

pub(crate) struct Shared {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    pub(crate) timeout: Duration,
    pub(crate) attempts: u32,
    pub(crate) keys: Option<KeyGenerator>,
}

impl Client {
    /// A client with the defaults of [`Client::builder`], that calls with this bearer: an admin key
    /// (`hdk_…`) or an access token.
    ///
    /// ```
    /// # fn main() -> Result<(), heimdall_sdk::Error> {
    /// let client = heimdall_sdk::Client::new("http://127.0.0.1:8080/heimdall", "hdk_0123")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(base_url: &str, bearer: impl Into<Secret>) -> Result<Self, Error> {
        Self::builder(base_url).bearer(bearer).build()
    }

    /// Begins a client of the server at this base URL: its `HEIMDALL_PUBLIC_URL`, without `/v1`.
    pub fn builder(base_url: &str) -> ClientBuilder {
        ClientBuilder {
            base_url: base_url.to_owned(),
            bearer: None,
            timeout: Duration::from_secs(30),
            attempts: 3,
            keys: Some(Arc::new(retry::random_key)),
        }
    }

    /// The same client as another caller.
    ///
    /// ```no_run
    /// # async fn f(backend: heimdall_sdk::Client, access_token: String) -> Result<(), heimdall_sdk::Error> {
    /// let me = backend.with_bearer(access_token).me().get().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_bearer(&self, bearer: impl Into<Secret>) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            bearer: Some(bearer.into()),
        }
    }

    /// The same client as a stranger: for signing in, invites and links, which need no bearer.
    #[must_use]
    pub fn without_bearer(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            bearer: None,
        }
    }

    /// Where it calls.
    pub fn base_url(&self) -> &Url {
        &self.shared.base
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = self.shared.base.as_str();
        f.debug_struct("Client")
            .field("base_url", &base)
            .field("bearer", &self.bearer)
            .finish()
    }
}

/// A client that is being set up: [`Client::builder`].
///
/// ```
/// # fn main() -> Result<(), heimdall_sdk::Error> {
/// use std::time::Duration;
///
/// let client = heimdall_sdk::Client::builder("https://auth.example.com/heimdall")
///     .bearer("hdk_0123")
///     .timeout(Duration::from_secs(5))
///     .attempts(5)
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct ClientBuilder {
    base_url: String,
    bearer: Option<Secret>,
    timeout: Duration,
    attempts: u32,
    keys: Option<KeyGenerator>,
}

impl ClientBuilder {
    /// What to call with: an admin key (`hdk_…`) or an access token. Without one only what a stranger
    /// may do can be done.
    pub fn bearer(mut self, bearer: impl Into<Secret>) -> Self {
        self.bearer = Some(bearer.into());
        self
    }

    /// How long one attempt may take, from connecting to the last byte; 30 seconds unless set. The
    /// feeds take as much longer as they are told to wait.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How often a request that may be repeated is sent at the most; 3 unless set, and 1 never repeats.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Where the `Idempotency-Key` of what creates comes from, in place of 128 random bits. Never let
    /// it give the same key for two different requests.
    pub fn idempotency_keys(
        mut self,
        generate: impl Fn() -> String + Send + Sync + 'static,
    ) -> Self {
        self.keys = Some(Arc::new(move || Some(generate())));
        self
    }

    /// Sends no `Idempotency-Key` but the ones that calls name, and repeats no other call that creates.
    pub fn without_idempotency_keys(mut self) -> Self {
        self.keys = None;
        self
    }

    /// The client. Fails with [`Error::Invalid`] on a base URL that is none, and with
    /// [`Error::Transport`] when TLS can't be set up.
    pub fn build(self) -> Result<Client, Error> {
        let base = path::base(&self.base_url)?;
        let http = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(Policy::none())
            .no_proxy();
        let shared = Shared {
            http: http.build().map_err(Error::transport)?,
            base,
            timeout: self.timeout,
            attempts: self.attempts,
            keys: self.keys,
        };
        Ok(Client {
            shared: Arc::new(shared),
            bearer: self.bearer,
        })
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ClientBuilder");
        shown
            .field("base_url", &self.base_url)
            .field("bearer", &self.bearer);
        shown
            .field("timeout", &self.timeout)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

//! How a verifier is configured.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use jwks_client_rs::source::JwksSource;

use crate::app::{AppRule, NoApp, Rule};
use crate::clock::FnClock;
use crate::{Algorithm, BuildError, Clock, FeedCredential, OnStale, SystemClock, Verifier};

/// Configures a [`Verifier`]. It builds one as soon as it knows the App, and not before:
///
/// ```compile_fail
/// let verifier = heimdall_tower::Verifier::builder("https://auth.example.com/heimdall").build();
/// ```
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), heimdall_tower::BuildError> {
/// use std::time::Duration;
/// use heimdall_tower::{OnStale, Verifier};
///
/// let verifier = Verifier::builder("https://auth.example.com/heimdall")
///     .app("app_01JD8QZJ4T9V6M3W2X7Y5N0KRB")
///     .feed_credential("hdk_a-key-with-revocations-read")
///     .max_staleness(Duration::from_secs(30))
///     .on_stale(OnStale::Deny)
///     .build()?;
/// # drop(verifier);
/// # Ok(())
/// # }
/// ```
pub struct Builder<A = NoApp> {
    pub(crate) app: A,
    pub(crate) settings: Settings,
}

pub(crate) struct Settings {
    pub(crate) issuer: String,
    pub(crate) reached_at: Option<String>,
    pub(crate) plain_http: bool,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) leeway: Duration,
    pub(crate) key_refresh: Duration,
    pub(crate) key_cooldown: Duration,
    pub(crate) max_key_age: Option<Duration>,
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) key_source: Option<Box<dyn JwksSource + Send + Sync>>,
    pub(crate) feed_credential: Option<FeedCredential>,
    pub(crate) max_staleness: Option<Duration>,
    pub(crate) on_stale: OnStale,
    pub(crate) cache_capacity: usize,
    pub(crate) clock: Arc<dyn Clock>,
}

impl<A: fmt::Debug> fmt::Debug for Builder<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("issuer", &self.settings.issuer)
            .field("app", &self.app)
            .finish_non_exhaustive()
    }
}

impl Builder {
    pub(crate) fn new(base_url: impl Into<String>) -> Self {
        let mut issuer = base_url.into();
        issuer.truncate(issuer.trim_end_matches('/').len());
        Self {
            app: NoApp,
            settings: Settings {
                issuer,
                reached_at: None,
                plain_http: false,
                algorithms: Algorithm::ALL.to_vec(),
                leeway: Duration::from_secs(5),
                key_refresh: Duration::from_secs(300),
                key_cooldown: Duration::from_secs(5),
                max_key_age: None,
                key_file: None,
                key_source: None,
                feed_credential: None,
                max_staleness: None,
                on_stale: OnStale::default(),
                cache_capacity: 16_384,
                clock: Arc::new(SystemClock::new()),
            },
        }
    }

    /// The one App whose tokens are accepted, by its immutable id (`app_…`), never by its name.
    #[must_use]
    pub fn app(self, id: impl Into<String>) -> Builder<AppRule> {
        self.with_app(Rule::One(id.into()))
    }

    /// The App whose tokens are accepted, by its id, from the request: for a service whose routes are per tenant. A request of which
    /// nothing comes is refused with 401.
    ///
    /// ```
    /// # use heimdall_tower::Verifier;
    /// // /tenants/app_01JD8QZJ4T9V6M3W2X7Y5N0KRB/invoices
    /// let builder = Verifier::builder("https://auth.example.com/heimdall")
    ///     .app_from(|parts| parts.uri.path().split('/').nth(2).map(str::to_owned));
    /// ```
    #[must_use]
    pub fn app_from(
        self,
        from_request: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Builder<AppRule> {
        self.with_app(Rule::FromRoute(Box::new(from_request)))
    }

    fn with_app(self, rule: Rule) -> Builder<AppRule> {
        Builder {
            app: AppRule(rule),
            settings: self.settings,
        }
    }
}

impl<A> Builder<A> {
    /// Where Heimdall is reached from here, when that is not the base URL that it is known by to the world (the `iss` of tokens).
    #[must_use]
    pub fn reached_at(mut self, url: impl Into<String>) -> Self {
        self.settings.reached_at = Some(url.into());
        self
    }

    /// Allows plain HTTP to an address that is not this host's. Whoever sits between can then have any token accepted: for networks
    /// that are encrypted below.
    #[must_use]
    pub fn allow_plain_http(mut self) -> Self {
        self.settings.plain_http = true;
        self
    }

    /// The algorithms that are accepted; all of [`Algorithm::ALL`] unless said. Each key has one, and its tokens must have the same.
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.settings.algorithms = algorithms.into_iter().collect();
        self
    }

    /// By how much the clocks may differ, for `exp`, `nbf` and `iat`: 5 seconds unless said, 60 at most.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.settings.leeway = leeway;
        self
    }

    /// How often the keys are fetched without a reason: every 5 minutes unless said, as long as Heimdall lets them be cached.
    #[must_use]
    pub fn key_refresh(mut self, every: Duration) -> Self {
        self.settings.key_refresh = every;
        self
    }

    /// How long after a fetch of keys, whatever it brought, tokens with an unknown key are refused without another: 5 seconds unless
    /// said. Heimdall publishes a key a day before it signs with it, so this only delays what follows an emergency.
    #[must_use]
    pub fn key_cooldown(mut self, cooldown: Duration) -> Self {
        self.settings.key_cooldown = cooldown;
        self
    }

    /// How old the keys may get while Heimdall is away, after which everything is answered 503; without limit unless said.
    #[must_use]
    pub fn max_key_age(mut self, age: Duration) -> Self {
        self.settings.max_key_age = Some(age);
        self
    }

    /// A file to keep the keys in over restarts, so that the service can start while Heimdall is away. Put it where only the service
    /// can write: who writes it decides which tokens are accepted.
    #[must_use]
    pub fn key_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.settings.key_file = Some(path.into());
        self
    }

    /// Another source of keys than Heimdall's `/v1/.well-known/jwks.json`. It must have a time limit of its own.
    #[must_use]
    pub fn key_source(mut self, source: impl JwksSource + Send + Sync + 'static) -> Self {
        self.settings.key_source = Some(Box::new(source));
        self
    }

    /// What to read the revocation feed with. Without it there is no feed, and a revoked token is good until it expires.
    #[must_use]
    pub fn feed_credential(mut self, credential: impl Into<FeedCredential>) -> Self {
        self.settings.feed_credential = Some(credential.into());
        self
    }

    /// How long the feed may be silent before [`on_stale`](Self::on_stale) decides: 60 seconds unless said, 2 at least. It is
    /// counted from its last answer, also from the start of the service. A shorter time makes for more frequent questions, since
    /// silence is only noticed when an answer fails to come.
    #[must_use]
    pub fn max_staleness(mut self, limit: Duration) -> Self {
        self.settings.max_staleness = Some(limit);
        self
    }

    /// What happens while the feed is stale; [`OnStale::Allow`] unless said.
    #[must_use]
    pub fn on_stale(mut self, on_stale: OnStale) -> Self {
        self.settings.on_stale = on_stale;
        self
    }

    /// How many verified tokens are remembered, about: 16,384 unless said, some kilobytes each. With 0 each request verifies anew.
    #[must_use]
    pub fn cache_capacity(mut self, tokens: usize) -> Self {
        self.settings.cache_capacity = tokens;
        self
    }

    /// Another clock, in microseconds since the Unix epoch: for a test that only has one time, and moves it ahead.
    #[must_use]
    pub fn clock_us(self, now: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        self.clock(FnClock(now))
    }

    /// Another clock, for tests.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.settings.clock = Arc::new(clock);
        self
    }
}

impl Builder<AppRule> {
    /// Starts to fetch the keys and to follow the feed, in the tokio runtime that it is called in. It waits for neither: the first
    /// requests do, or [`Verifier::ready`].
    ///
    /// # Errors
    ///
    /// What can't work, by name. That Heimdall is away is none.
    pub fn build(self) -> Result<Verifier, BuildError> {
        Verifier::start(self.app, self.settings)
    }
}

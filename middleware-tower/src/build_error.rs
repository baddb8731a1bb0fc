//! What can be wrong with a verifier's settings.

/// Why no verifier was built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The base URL, or that of [`reached_at`](crate::Builder::reached_at), is no URL with `http` or `https` and a host.
    #[error("`{0}` is no http or https URL")]
    Url(String),
    /// Plain HTTP to another host.
    #[error("`{0}` is plain HTTP to another host: use https, or allow_plain_http()")]
    PlainHttp(String),
    /// The App is not named by its id.
    #[error("`{0}` is no App id: it is `app_` and what follows, not the App's name")]
    AppId(String),
    /// No algorithm is accepted.
    #[error("no algorithm is accepted")]
    NoAlgorithms,
    /// More than 60 seconds of leeway.
    #[error("the leeway is more than 60 seconds")]
    Leeway,
    /// Keys would be fetched without a pause.
    #[error("key_refresh and key_cooldown must be at least a second")]
    KeySchedule,
    /// Less than 2 seconds, which a network's ordinary delays would exceed.
    #[error("max_staleness is less than 2 seconds")]
    MaxStaleness,
    /// Without a credential there is no feed, hence nothing that could be stale.
    #[error("{0} needs a feed_credential: without one revocations are not followed at all")]
    NoFeed(&'static str),
    /// A client's credential belongs to one App, and the verifier serves many.
    #[error(
        "a client's credential reads the feed of one App: name it with app(), or use an admin key"
    )]
    ClientWithoutApp,
    /// Outside of tokio nothing can be fetched.
    #[error("there is no tokio runtime here to fetch keys in")]
    NoRuntime,
    /// There are no root certificates, for one.
    #[error("no HTTP client: {0}")]
    Http(#[from] reqwest::Error),
}

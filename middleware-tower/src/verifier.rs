//! The verifier: from a request or a token to a [`Principal`] or a [`Refusal`].

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;

use crate::bearer;
use crate::judge::{Inner, Setback};
use crate::{Builder, Fault, Principal, Refusal};

/// Verifies the access tokens of an App, here and without asking Heimdall.
///
/// One is enough for a process: a clone is a pointer's and shares keys, revocations and the cache of verified tokens. When the last
/// is dropped, fetching ends.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use heimdall_tower::Verifier;
///
/// let verifier = Verifier::builder("https://auth.example.com/heimdall")
///     .app("app_01JD8QZJ4T9V6M3W2X7Y5N0KRB")
///     .build()?;
/// let principal = verifier.verify("eyJ0eXAiOiJhdCtqd3QiLCJhbGciOi…").await?;
/// println!("{} of {}", principal.subject(), principal.app_id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Verifier(Arc<Inner>);

/// The judgment of a request.
pub(crate) enum Judgment {
    Now(Result<Principal, Refusal>),
    Later(Pin<Box<dyn Future<Output = Result<Principal, Refusal>> + Send>>),
}

impl Verifier {
    /// Begins with the base URL of Heimdall: the issuer of tokens, and where it is reached unless
    /// [`reached_at`](Builder::reached_at) says otherwise.
    pub fn builder(base_url: impl Into<String>) -> Builder {
        Builder::new(base_url)
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// Waits until the first keys are there and the revocation feed, if there is one, has been read. Not needed, but a service that
    /// reports itself ready after it answers no 503 for want of keys.
    pub async fn ready(&self) {
        self.0.ring.first_keys().await;
        if let Some(following) = &self.0.following {
            following.revocations.first_complete().await;
        }
    }

    /// For how long nothing has been heard of the revocation feed, for a metric; none if it was never read, or there is none.
    #[must_use]
    pub fn feed_staleness(&self) -> Option<Duration> {
        self.0.following.as_ref()?.revocations.staleness()
    }

    /// How many revocations are in force, for a metric.
    #[must_use]
    pub fn revocations_in_force(&self) -> usize {
        let following = self.0.following.as_ref();
        following.map_or(0, |following| following.revocations.marks.len())
    }

    /// Who a request comes from, by its `Authorization` header. This is what the layer does.
    ///
    /// # Errors
    ///
    /// Why it is not let through.
    pub async fn authenticate(&self, parts: &Parts) -> Result<Principal, Refusal> {
        match self.judge(parts) {
            Judgment::Now(judged) => judged,
            Judgment::Later(judged) => judged.await,
        }
    }

    /// Who a token is of, for the App that was named with [`Builder::app`].
    ///
    /// # Errors
    ///
    /// Why it is refused; always [`Fault::NoApp`] when the App comes from the route.
    pub async fn verify(&self, token: &str) -> Result<Principal, Refusal> {
        let app = self.0.app.one().ok_or(Fault::NoApp)?;
        self.verify_for(app, token).await
    }

    /// Who a token is of, for an App by its id. A verifier of one App refuses those of any other.
    ///
    /// # Errors
    ///
    /// Why it is refused.
    pub async fn verify_for(&self, app_id: &str, token: &str) -> Result<Principal, Refusal> {
        if self.0.app.one().is_some_and(|one| one != app_id) {
            return Err(Fault::App.into());
        }
        match self.0.decide(token.as_bytes(), app_id, true) {
            Ok(principal) => Ok(principal),
            Err(setback) => self.0.overcome(token.as_bytes(), app_id, setback).await,
        }
    }

    pub(crate) fn judge(&self, parts: &Parts) -> Judgment {
        let token = match bearer::token(&parts.headers) {
            Ok(token) => token,
            Err(refusal) => return Judgment::Now(Err(refusal)),
        };
        let Some(app) = self.0.app.of(parts) else {
            return Judgment::Now(Err(Fault::NoApp.into()));
        };
        match self.0.decide(token, &app, true) {
            Ok(principal) => Judgment::Now(Ok(principal)),
            Err(Setback::Refused(refusal)) => Judgment::Now(Err(refusal)),
            Err(setback) => {
                let (inner, token) = (Arc::clone(&self.0), token.to_vec());
                let app = app.into_owned();
                Judgment::Later(Box::pin(async move {
                    inner.overcome(&token, &app, setback).await
                }))
            }
        }
    }
}

//! Verifying a delivery: which headers count, how old it may be, and whether a secret in force signed these very bytes.
//!
//! Whatever is there must hold. A delivery carries its signature in two forms; one form alone is enough, but if both are
//! there, both must fit, and a `webhook-id` never goes unverified.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{
    Error, Event, Secret,
    headers::{HEIMDALL_SIGNATURE, Headers},
    heimdall, standard, timestamp,
};

/// How far the moment of signing may lie from now, either way, unless configured: five minutes.
pub const DEFAULT_TOLERANCE: Duration = Duration::from_secs(5 * 60);

type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

/// Holds the secrets in force and verifies deliveries with them. Cheap to clone; make one and share it.
///
/// ```
/// # use heimdall_webhook_verify::{Secret, Verifier, sign};
/// # let old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// # let new = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// // While a secret is being rotated, both are in force.
/// let verifier = Verifier::new([Secret::parse(new)?, Secret::parse(old)?])?
///     .with_tolerance(std::time::Duration::from_secs(60));
/// # let raw_body = br#"{"id":"evt_1","type":"user.created","app_id":"app_1","created_at":"2026-09-01T00:00:00Z","data":{}}"#;
/// # let headers = sign(&[Secret::parse(old)?], "evt_1", std::time::SystemTime::now(), raw_body)?;
/// # let headers = headers.pairs();
///
/// // `headers`: an http::HeaderMap or (name, value) pairs. `raw_body`: the bytes as they came, never parsed and written anew.
/// let event = verifier.verify(&headers, raw_body)?.event()?;
/// println!("{} in {}", event.kind, event.app_id);
/// # Ok::<(), heimdall_webhook_verify::Error>(())
/// ```
#[derive(Clone)]
pub struct Verifier {
    secrets: Arc<[Secret]>,
    tolerance: Duration,
    clock: Clock,
}

impl Verifier {
    /// A verifier for any of these secrets, with [`DEFAULT_TOLERANCE`] and the system's clock.
    ///
    /// # Errors
    /// [`Error::NoSecrets`] if there are none: a verifier that can accept nothing is a mistake in the settings.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Result<Self, Error> {
        let secrets: Arc<[Secret]> = secrets.into_iter().collect();
        if secrets.is_empty() {
            return Err(Error::NoSecrets);
        }
        Ok(Self {
            secrets,
            tolerance: DEFAULT_TOLERANCE,
            clock: Arc::new(system_clock),
        })
    }

    /// How far the moment of signing may lie in the past or the future. It bounds how long a recorded delivery can be replayed.
    #[must_use]
    pub fn with_tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// Another clock than the system's, for [`Verifier::verify`], the layer and the extractor. For tests.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self {
            clock: Arc::new(clock),
            ..self
        }
    }

    /// Verifies a delivery now. [`Verifier::verify_at`] says how.
    ///
    /// # Errors
    /// As [`Verifier::verify_at`].
    pub fn verify<'a, H>(&self, headers: &'a H, raw_body: &'a [u8]) -> Result<Delivery<'a>, Error>
    where
        H: Headers + ?Sized,
    {
        self.verify_at(headers, raw_body, (self.clock)())
    }

    /// Verifies a delivery as of `now`.
    ///
    /// Allocates nothing, and hashes `raw_body` once for each form that is there and each secret, until one fits. It must be
    /// the bytes as they came: what a JSON parser read and wrote anew has other spaces, other escapes or another order,
    /// and so another signature.
    ///
    /// # Errors
    /// What is wrong, as an [`Error`]. To the caller they all mean 401.
    pub fn verify_at<'a, H>(
        &self,
        headers: &'a H,
        raw_body: &'a [u8],
        now: SystemTime,
    ) -> Result<Delivery<'a>, Error>
    where
        H: Headers + ?Sized,
    {
        let heimdall = headers
            .only(HEIMDALL_SIGNATURE)?
            .map(heimdall::Signature::parse)
            .transpose()?;
        let standard = standard::Signature::read(headers)?;
        let moments = [
            heimdall.as_ref().map(|form| form.seconds),
            standard.as_ref().map(|form| form.seconds),
        ];
        let signed_at = moments.into_iter().flatten().min().ok_or(Error::Unsigned)?;
        for seconds in moments.into_iter().flatten() {
            timestamp::check(seconds, now, self.tolerance)?;
        }
        let secrets = &self.secrets;
        if heimdall.is_some_and(|form| !form.fits(secrets, raw_body))
            || standard
                .as_ref()
                .is_some_and(|form| !form.fits(secrets, raw_body))
        {
            return Err(Error::SignatureMismatch);
        }
        Ok(Delivery {
            raw_body,
            id: standard.map(|form| form.id),
            signed_at,
        })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("secrets", &self.secrets)
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}

/// The one place where this crate reads the time, and only for a [`Verifier`] that was given no other clock.
#[allow(
    clippy::disallowed_methods,
    reason = "a receiver without a clock of its own means the system's"
)]
fn system_clock() -> SystemTime {
    SystemTime::now()
}

/// A delivery that a secret in force has signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery<'a> {
    raw_body: &'a [u8],
    id: Option<&'a str>,
    signed_at: u64,
}

impl<'a> Delivery<'a> {
    /// The verified bytes.
    #[must_use]
    pub fn raw_body(&self) -> &'a [u8] {
        self.raw_body
    }

    /// The `webhook-id`, the same over all attempts; `None` if only `X-Heimdall-Signature` was there. [`Event::id`] is
    /// always there: use that for telling a repeated delivery.
    #[must_use]
    pub fn id(&self) -> Option<&'a str> {
        self.id
    }

    /// When this attempt was signed, in seconds since the Unix epoch.
    #[must_use]
    pub fn signed_at(&self) -> u64 {
        self.signed_at
    }

    /// Reads the body.
    ///
    /// # Errors
    /// [`Error::InvalidEvent`].
    pub fn event(&self) -> Result<Event, Error> {
        Event::parse(self.raw_body)
    }
}

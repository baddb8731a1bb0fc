//! Signing a delivery. The server uses this; a receiver needs it for its tests only.

use std::time::SystemTime;

use crate::{
    Error, Secret,
    headers::{HEIMDALL_SIGNATURE, WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP},
    heimdall, standard, timestamp,
};

/// The values of the four headers of one attempt. None of them is secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignedHeaders {
    /// For `X-Heimdall-Signature`.
    pub heimdall: String,
    /// For `webhook-id`.
    pub webhook_id: String,
    /// For `webhook-timestamp`.
    pub webhook_timestamp: String,
    /// For `webhook-signature`.
    pub webhook_signature: String,
}

impl SignedHeaders {
    /// Name (lower case) and value of each header, for any HTTP client. Every value is visible ASCII and spaces.
    #[must_use]
    pub fn pairs(&self) -> [(&'static str, &str); 4] {
        [
            (HEIMDALL_SIGNATURE, &self.heimdall),
            (WEBHOOK_ID, &self.webhook_id),
            (WEBHOOK_TIMESTAMP, &self.webhook_timestamp),
            (WEBHOOK_SIGNATURE, &self.webhook_signature),
        ]
    }
}

/// Signs one attempt at a delivery in both forms, once with each secret in force.
///
/// `id` stays the same over all attempts; `at` is the moment of this attempt, cut to whole seconds. `body` is the very
/// bytes that will be sent.
///
/// ```
/// use std::time::{Duration, UNIX_EPOCH};
/// use heimdall_webhook_verify::{Secret, sign};
///
/// let secrets = [Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?];
/// let at = UNIX_EPOCH + Duration::from_secs(1_614_265_330);
/// let headers = sign(&secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#)?;
///
/// assert_eq!(headers.webhook_signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
/// for (name, value) in headers.pairs() {
///     println!("{name}: {value}");
/// }
/// # Ok::<(), heimdall_webhook_verify::Error>(())
/// ```
///
/// # Errors
/// [`Error::NoSecrets`], [`Error::InvalidId`], or [`Error::InvalidTimestamp`] for a moment before 1970.
pub fn sign(
    secrets: &[Secret],
    id: &str,
    at: SystemTime,
    body: &[u8],
) -> Result<SignedHeaders, Error> {
    if secrets.is_empty() {
        return Err(Error::NoSecrets);
    }
    standard::check_id(id)?;
    let seconds = timestamp::seconds(at)?;
    let webhook_timestamp = seconds.to_string();
    Ok(SignedHeaders {
        heimdall: heimdall::header(secrets, seconds, body),
        webhook_signature: standard::header(secrets, id, &webhook_timestamp, body),
        webhook_id: id.to_owned(),
        webhook_timestamp,
    })
}

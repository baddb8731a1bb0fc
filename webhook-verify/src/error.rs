//! Everything that can be wrong with a secret, a delivery or its event, each with its own name.
//!
//! The texts are meant for the log and for the sender's delivery list. None of them holds a secret or a signature; only
//! [`Error::InvalidEvent`] may quote a value of the body.

/// Why something was refused.
///
/// Treat every refusal of [`Verifier::verify`](crate::Verifier::verify) alike towards the caller: answer 401. The variants
/// tell whoever runs the receiver what to look at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The secret does not begin with `whsec_`.
    #[error("the webhook secret does not begin with `whsec_`")]
    SecretPrefix,
    /// What follows `whsec_` is not padded standard base64 (RFC 4648 §4). A line end read along with it is the usual cause.
    #[error("the webhook secret is not base64 behind `whsec_`")]
    SecretEncoding,
    /// The secret holds fewer than 24 or more than 64 bytes.
    #[error("the webhook secret holds fewer than 24 or more than 64 bytes")]
    SecretLength,
    /// Neither signing nor verifying can be done without a secret.
    #[error("no webhook secret was given")]
    NoSecrets,
    /// Neither `x-heimdall-signature` nor any of the Standard Webhooks headers is there.
    #[error(
        "the delivery is not signed: there is neither `x-heimdall-signature` nor `webhook-signature`"
    )]
    Unsigned,
    /// Some of the Standard Webhooks headers are there, but not this one.
    #[error("the header `{0}` is missing")]
    MissingHeader(&'static str),
    /// The header is there more than once, so that two readers could disagree about which one counts.
    #[error("the header `{0}` is there more than once")]
    DuplicateHeader(&'static str),
    /// The header is not of the form that it should have.
    #[error("the header `{0}` is malformed")]
    MalformedHeader(&'static str),
    /// The header holds signatures, but none of the version `v1`.
    #[error("the header `{0}` holds no `v1` signature")]
    NoKnownVersion(&'static str),
    /// The header holds more than [`MAX_SIGNATURES`](crate::MAX_SIGNATURES) signatures.
    #[error("the header `{0}` holds too many signatures")]
    TooManySignatures(&'static str),
    /// The timestamp is not a plain decimal count of seconds since the Unix epoch.
    #[error("the timestamp is not a plain number of seconds since the Unix epoch")]
    InvalidTimestamp,
    /// The delivery was signed longer ago than the tolerance: a replay, or a clock that is wrong.
    #[error("the delivery was signed too long ago")]
    TooOld,
    /// The delivery was signed further in the future than the tolerance: one of the two clocks is wrong.
    #[error("the delivery was signed in the future")]
    TooNew,
    /// No signature fits any of the secrets: a wrong secret, or not the bytes that were signed.
    #[error(
        "no signature matches: either the secret is another, or these are not the bytes that were signed"
    )]
    SignatureMismatch,
    /// The delivery id is not 1–256 visible ASCII characters without a `.`.
    #[error("the delivery id is not 1-256 visible ASCII characters without a full stop")]
    InvalidId,
    /// The delivery is genuine, but its body is no event. Holds what the JSON reader said.
    #[error("the body is not a Heimdall event: {0}")]
    InvalidEvent(String),
}

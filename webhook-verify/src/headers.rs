//! Where the signature headers come from: an [`http::HeaderMap`], or any list of `(name, value)`.
//!
//! A header that is there twice is refused rather than the first one taken: what stands in front of a receiver may have
//! looked at the last.

use http::HeaderMap;

use crate::Error;

/// `X-Heimdall-Signature: t={unix seconds},v1={hex}[,v1={hex}]`
pub const HEIMDALL_SIGNATURE: &str = "x-heimdall-signature";
/// Standard Webhooks: the delivery's id, the same over all attempts.
pub const WEBHOOK_ID: &str = "webhook-id";
/// Standard Webhooks: seconds since the Unix epoch at this attempt.
pub const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
/// Standard Webhooks: `v1,{base64}[ v1,{base64}]`
pub const WEBHOOK_SIGNATURE: &str = "webhook-signature";

/// Looks headers up, with names compared as HTTP does, without regard to case.
pub trait Headers {
    /// The value of the only header with this (lower-case) name.
    ///
    /// # Errors
    /// [`Error::DuplicateHeader`] if there are several.
    fn only(&self, name: &'static str) -> Result<Option<&[u8]>, Error>;
}

fn only<'a>(
    mut values: impl Iterator<Item = &'a [u8]>,
    name: &'static str,
) -> Result<Option<&'a [u8]>, Error> {
    match (values.next(), values.next()) {
        (_, Some(_)) => Err(Error::DuplicateHeader(name)),
        (value, None) => Ok(value),
    }
}

impl Headers for HeaderMap {
    fn only(&self, name: &'static str) -> Result<Option<&[u8]>, Error> {
        only(
            self.get_all(name).iter().map(|value| value.as_bytes()),
            name,
        )
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for [(N, V)] {
    fn only(&self, name: &'static str) -> Result<Option<&[u8]>, Error> {
        let named = self
            .iter()
            .filter(|(key, _)| key.as_ref().eq_ignore_ascii_case(name));
        only(named.map(|(_, value)| value.as_ref()), name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>, const COUNT: usize> Headers for [(N, V); COUNT] {
    fn only(&self, name: &'static str) -> Result<Option<&[u8]>, Error> {
        self.as_slice().only(name)
    }
}

impl<N: AsRef<str>, V: AsRef<[u8]>> Headers for Vec<(N, V)> {
    fn only(&self, name: &'static str) -> Result<Option<&[u8]>, Error> {
        self.as_slice().only(name)
    }
}

//! The id of a request: the client's own when it is sane, else one that we make.

use std::fmt;
use std::sync::Arc;

/// What one request is called in its answer, in the log and in the audit entries it makes.
///
/// It stands in log lines and headers as it is, so only harmless characters get in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(Arc<str>);

impl RequestId {
    pub const HEADER: &'static str = "x-request-id";
    const MAX_LENGTH: usize = 128;

    /// The id, if it is 1–128 characters of `A-Z a-z 0-9 . _ -`.
    pub fn sane(id: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let sane = (1..=Self::MAX_LENGTH).contains(&id.len()) && id.bytes().all(allowed);
        sane.then(|| Self(id.into()))
    }

    /// Stands in until the [`boundary`](super::boundary) knows better.
    pub(super) fn unknown() -> Self {
        Self("".into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_ids_are_sane() {
        let longest = "a".repeat(128);
        for id in ["a", "01J.b_c-D", &longest] {
            assert_eq!(
                RequestId::sane(id).as_ref().map(RequestId::as_str),
                Some(id)
            );
        }
        let too_long = "a".repeat(129);
        for id in ["", " ", "a b", "a\nb", "é", "a;b", "\u{1b}[1m", &too_long] {
            assert_eq!(RequestId::sane(id), None, "{id:?}");
        }
    }
}

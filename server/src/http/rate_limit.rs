//! The `RateLimit-Policy` and `RateLimit` headers: what a client is allowed, and what is left of it
//! (draft-ietf-httpapi-ratelimit-headers, with structured fields).
//!
//! An operation that counts tells it to the [`Told`] of its request; the
//! [`boundary`](super::boundary) writes it into whatever the answer turns out to be.

use std::sync::{Arc, OnceLock};

use poem::http::{HeaderMap, HeaderName, HeaderValue};

use crate::limits::Standing;

/// The headers for the document: name, description, pattern.
pub const HEADERS: [(&str, &str, &str); 2] = [
    (
        "RateLimit-Policy",
        "How many requests (`q`) are never too many within so many seconds (`w`), such as `\"guesses\";q=30;w=30`.",
        "^\"[a-z-]+\";q=[0-9]+;w=[0-9]+$",
    ),
    (
        "RateLimit",
        "How many requests are left (`r`), and the seconds until all are there again (`t`), such as `\"guesses\";r=29;t=1`.",
        "^\"[a-z-]+\";r=[0-9]+;t=[0-9]+$",
    ),
];

/// What the answer to one request will tell of its limit; nothing where there is none.
#[derive(Clone, Debug, Default)]
pub struct Told(Arc<OnceLock<Standing>>);

impl Told {
    pub(super) fn tell(&self, standing: Standing) {
        // A request is counted once; a second count has nothing new to tell.
        let _ = self.0.set(standing);
    }

    pub(super) fn write(&self, headers: &mut HeaderMap) {
        let Some(standing) = self.0.get() else {
            return;
        };
        let Standing {
            rate,
            left,
            full_in,
        } = standing;
        let name = rate.name;
        let policy = format!("\"{name}\";q={};w={}", rate.burst, rate.window().as_secs());
        let rest = format!(
            "\"{name}\";r={left};t={}",
            full_in.as_millis().div_ceil(1000)
        );
        for (name, value) in [("ratelimit-policy", policy), ("ratelimit", rest)] {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use super::*;
    use crate::limits::GUESSES;

    #[test]
    fn a_client_reads_its_limit_and_what_is_left_of_it() {
        let told = Told::default();
        let mut headers = HeaderMap::new();
        told.write(&mut headers);
        assert!(headers.is_empty());
        told.tell(Standing {
            rate: GUESSES,
            left: 12,
            full_in: Duration::from_millis(17_001),
        });
        told.write(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"guesses\";q=30;w=30");
        assert_eq!(headers["ratelimit"], "\"guesses\";r=12;t=18");
    }
}

//! Where a page of a list ended, as an opaque text that only we can make.
//!
//! A cursor holds the key of the last item and is signed for one list of one App: an edited one,
//! one from another list and one from another App are all refused alike. It is signed, not
//! encrypted, so the key must be nothing that the client hasn't seen in the item itself.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::error::ApiError;
use crate::error::Wrong;

/// Makes and reads cursors with the server's key.
#[derive(Clone)]
pub struct Cursors {
    key: hmac::Key,
}

/// 128 bits of the HMAC are enough to keep guesses out, and half as long in a URL.
const TAG: usize = 16;

impl Cursors {
    /// All nodes need the same key, and a new key makes old cursors void.
    pub fn new(key: &[u8]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, key),
        }
    }

    /// `scope` names the list, its filters and its App: `app_…/users?status=active`. `parts` is
    /// the key of the last item of the page.
    pub fn encode(&self, scope: &str, parts: &[&str]) -> String {
        let payload = serde_json::json!(parts).to_string();
        let mut bytes = self.tag(scope, payload.as_bytes());
        bytes.extend_from_slice(payload.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The key that [`encode`](Self::encode) was given for the same scope, `N` parts of it, or
    /// 400 with the field `cursor`.
    pub fn decode<const N: usize>(
        &self,
        scope: &str,
        cursor: &str,
    ) -> Result<[String; N], ApiError> {
        self.open(scope, cursor).ok_or_else(|| {
            let reason = "must be the next_cursor of an earlier page of the same list";
            ApiError::invalid(vec![Wrong::new("cursor", reason)])
        })
    }

    fn open<const N: usize>(&self, scope: &str, cursor: &str) -> Option<[String; N]> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (tag, payload) = bytes.split_at_checked(TAG)?;
        constant_time::verify_slices_are_equal(tag, &self.tag(scope, payload)).ok()?;
        let parts: Vec<String> = serde_json::from_slice(payload).ok()?;
        parts.try_into().ok()
    }

    /// The length keeps the end of the scope and the start of the payload apart.
    fn tag(&self, scope: &str, payload: &[u8]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&(scope.len() as u64).to_be_bytes());
        context.update(scope.as_bytes());
        context.update(payload);
        context.sign().as_ref()[..TAG].to_vec()
    }
}

impl fmt::Debug for Cursors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursors").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const LIST: &str = "app_1/users";

    fn cursors() -> Cursors {
        Cursors::new(&[7; 32])
    }

    fn refused(scope: &str, cursor: &str) -> bool {
        let refused = cursors().decode::<2>(scope, cursor);
        refused.is_err_and(|error| error.details[0].field == "cursor")
    }

    #[test]
    fn a_cursor_gives_back_its_key() {
        let cursor = cursors().encode(LIST, &["2030-01-31T12:00:00Z", "usr_\"ü"]);
        let url_safe = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(cursor.chars().all(url_safe), "{cursor}");
        let [at, id] = cursors().decode(LIST, &cursor).unwrap();
        assert_eq!((&*at, &*id), ("2030-01-31T12:00:00Z", "usr_\"ü"));
    }

    #[test]
    fn a_cursor_of_another_list_app_or_server_is_refused() {
        let cursor = cursors().encode(LIST, &["a", "b"]);
        for scope in ["app_2/users", "app_1/roles", "app_1/user", ""] {
            assert!(refused(scope, &cursor), "{scope}");
        }
        let stranger = Cursors::new(&[8; 32]).encode(LIST, &["a", "b"]);
        assert!(refused(LIST, &stranger));
        assert!(refused(LIST, &cursors().encode(LIST, &["a"])));
    }

    #[test]
    fn an_edited_cursor_is_refused_wherever_it_was_edited() {
        let cursor = cursors().encode(LIST, &["a", "b"]);
        for at in 0..cursor.len() {
            let mut edited = cursor.clone().into_bytes();
            edited[at] = if edited[at] == b'A' { b'B' } else { b'A' };
            assert!(refused(LIST, &String::from_utf8(edited).unwrap()), "{at}");
            assert!(refused(LIST, &cursor[..at]), "cut at {at}");
        }
        for garbage in ["%", "a", "null", "\0", &"A".repeat(10_000)] {
            assert!(refused(LIST, garbage), "{garbage:?}");
        }
    }
}

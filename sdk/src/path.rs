//! Where a request goes.
//!
//! What a newcomer would get wrong: percent-encoding alone doesn't keep an id inside its segment. A URL parser reads
//! `%2e%2e` as `..` too, so that an id `..` would call the resource above; such ids are refused.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::Error;

/// Everything but the unreserved characters (RFC 3986, section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Reads a base URL, such as `https://auth.example.com/heimdall`.
pub(crate) fn base(text: &str) -> Result<Url, Error> {
    let refuse = |why: &str| Error::Invalid(format!("the base URL {why}"));
    let url = Url::parse(text).map_err(|error| refuse(&format!("is none: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("must begin with http:// or https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("must not carry a user name or password"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refuse("must have no query and no fragment"));
    }
    Ok(url)
}

/// Puts ids into the `{…}` of a path, in their order, behind the base.
pub(crate) fn under(base: &Url, path: &str, ids: &[&str]) -> Result<Url, Error> {
    let mut text = base.as_str().trim_end_matches('/').to_owned();
    text.push_str(&fill(path, ids)?);
    Url::parse(&text).map_err(|error| Error::Invalid(format!("{path}: {error}")))
}

fn fill(path: &str, ids: &[&str]) -> Result<String, Error> {
    let mut filled = String::with_capacity(path.len() + 32 * ids.len());
    let mut ids = ids.iter();
    for segment in path.split('/').skip(1) {
        filled.push('/');
        if !segment.starts_with('{') {
            filled.push_str(segment);
            continue;
        }
        match ids.next().copied() {
            Some("" | "." | "..") | None => {
                return Err(Error::Invalid(format!(
                    "{path}: {segment} is none that could exist"
                )));
            }
            Some(id) => filled.extend(utf8_percent_encode(id, ENCODED)),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn url(ids: &[&str]) -> Result<String, Error> {
        let base = base("https://auth.example.com/heimdall/").unwrap();
        under(&base, "/v1/apps/{app}/users/{user}", ids).map(String::from)
    }

    #[test]
    fn ids_fill_the_path_in_their_order() {
        assert_eq!(
            url(&["acme", "usr_1"]).unwrap(),
            "https://auth.example.com/heimdall/v1/apps/acme/users/usr_1"
        );
    }

    #[test]
    fn an_id_stays_within_its_segment() {
        let hostile = url(&["a/../../b?x#y", "%2e%2e"]).unwrap();
        assert_eq!(
            hostile,
            "https://auth.example.com/heimdall/v1/apps/a%2F..%2F..%2Fb%3Fx%23y/users/%252e%252e"
        );
        assert_eq!(
            url(&["é", "a b"]).unwrap(),
            "https://auth.example.com/heimdall/v1/apps/%C3%A9/users/a%20b"
        );
    }

    #[test]
    fn an_id_that_would_name_another_resource_is_refused() {
        for id in ["", ".", ".."] {
            assert!(
                matches!(url(&["acme", id]), Err(Error::Invalid(_))),
                "{id:?}"
            );
        }
    }

    #[test]
    fn a_base_url_that_could_mislead_is_refused() {
        for text in [
            "auth.example.com",
            "ftp://a.example",
            "https://u:p@a.example",
            "https://a.example/?q",
            "https://a.example/#f",
        ] {
            assert!(matches!(base(text), Err(Error::Invalid(_))), "{text}");
        }
    }
}

//! The bearer of a request (RFC 6750 §2.1): one `Authorization` header, and nothing else.
//!
//! A query parameter, a form field or a cookie is never looked at: they end up in logs, and browsers send them unasked.

use http::{HeaderMap, header};

use crate::{Fault, Refusal};

/// The token, as it came. What it is made of is checked when it is decoded.
pub(crate) fn token(headers: &HeaderMap) -> Result<&[u8], Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(Refusal::NoToken)?;
    if values.next().is_some() {
        return Err(Fault::Authorization.into());
    }
    let value = value.as_bytes();
    let end = value.iter().position(|byte| *byte == b' ');
    let (scheme, rest) = value.split_at(end.unwrap_or(value.len()));
    if !scheme.eq_ignore_ascii_case(b"Bearer") {
        return Err(Refusal::NoToken);
    }
    match rest.get(1..) {
        Some(token) if !token.is_empty() => Ok(token),
        _ => Err(Fault::Authorization.into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::HeaderValue;

    use super::*;

    fn read(values: &[&str]) -> Result<String, Refusal> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(
                header::AUTHORIZATION,
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        token(&headers).map(|token| String::from_utf8(token.to_vec()).unwrap())
    }

    #[test]
    fn the_scheme_may_be_written_in_any_case() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER a.b.c"] {
            assert_eq!(read(&[value]).as_deref(), Ok("a.b.c"));
        }
    }

    #[test]
    fn another_scheme_or_none_is_no_token() {
        for value in ["Basic YTpi", "a.b.c", "", "Bearer2 a.b.c", "Bearer\ta.b.c"] {
            assert_eq!(read(&[value]), Err(Refusal::NoToken), "{value:?}");
        }
        assert_eq!(read(&[]), Err(Refusal::NoToken));
    }

    #[test]
    fn a_scheme_without_a_token_is_malformed() {
        for value in ["Bearer", "Bearer "] {
            assert_eq!(read(&[value]), Err(Fault::Authorization.into()));
        }
    }

    #[test]
    fn two_headers_are_malformed_even_when_they_agree() {
        let twice = read(&["Bearer a.b.c", "Bearer a.b.c"]);
        assert_eq!(twice, Err(Fault::Authorization.into()));
    }
}

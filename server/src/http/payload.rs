//! Takes the bytes of a request body: of the one type that is read, not encoded, not too large.

use poem::error::ReadBodyError;
use poem::http::{HeaderMap, HeaderName, header};
use poem::{Request, RequestBody};

use super::code::Code;
use super::error::ApiError;

/// The longest body that is read, in bytes: 1 MiB.
pub const MAX_BODY: usize = 1024 * 1024;

/// The bytes, or the refusal: 415 unless the request says exactly once that its body is of
/// `media_type` (in UTF-8) and not compressed, 413 when it is over [`MAX_BODY`]. Too large a
/// `Content-Length` is refused before anything is read; without one, reading stops at the limit.
pub(super) async fn take(
    request: &Request,
    body: &mut RequestBody,
    media_type: &str,
) -> Result<Vec<u8>, ApiError> {
    let headers = request.headers();
    let says = only(headers, &header::CONTENT_TYPE);
    if !says.is_some_and(|says| is_media_type(says, media_type)) {
        let message = format!("The Content-Type must be {media_type}, in UTF-8.");
        return Err(ApiError::with(Code::UnsupportedMediaType, message));
    }
    let encodings = headers.get_all(header::CONTENT_ENCODING);
    if encodings
        .iter()
        .any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
    {
        let message = "The body must come without a Content-Encoding.";
        return Err(ApiError::with(Code::UnsupportedMediaType, message));
    }
    let length = only(headers, &header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
    if length.is_some_and(|length: u64| length > MAX_BODY as u64) {
        return Err(too_large());
    }
    match body.take() {
        Ok(body) => match body.into_bytes_limit(MAX_BODY).await {
            Ok(bytes) => Ok(bytes.into()),
            Err(ReadBodyError::PayloadTooLarge) => Err(too_large()),
            Err(_) => Err(ApiError::with(
                Code::MalformedJson,
                "The body could not be read to its end.",
            )),
        },
        Err(_) => Err(ApiError::internal()),
    }
}

fn too_large() -> ApiError {
    let message = format!("The body must be at most {MAX_BODY} bytes.");
    ApiError::with(Code::PayloadTooLarge, message)
}

/// The header's value if it is there exactly once: two are one for us and another for a proxy.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether a `Content-Type` is the one expected, with no charset but UTF-8.
pub(super) fn is_media_type(says: &str, media_type: &str) -> bool {
    let mut parts = says.split(';').map(str::trim);
    let is_type = parts
        .next()
        .is_some_and(|says| says.eq_ignore_ascii_case(media_type));
    is_type
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, charset)) if name.eq_ignore_ascii_case("charset") => {
                charset.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

/// Makes a payload the argument of a handler. poem-openapi's own macro looks at the
/// `Content-Type` first, and refuses it without naming the right one.
macro_rules! request_body {
    ($payload:ident) => {
        impl<'a, T> poem_openapi::ApiExtractor<'a> for $payload<T>
        where
            T: poem_openapi::types::ParseFromJSON + 'static,
        {
            const TYPES: &'static [poem_openapi::ApiExtractorType] =
                &[poem_openapi::ApiExtractorType::RequestObject];
            type ParamType = ();
            type ParamRawType = ();

            fn register(registry: &mut Registry) {
                T::register(registry);
            }

            fn request_meta() -> Option<poem_openapi::registry::MetaRequest> {
                Some(poem_openapi::registry::MetaRequest {
                    description: None,
                    content: vec![poem_openapi::registry::MetaMediaType {
                        content_type: Self::CONTENT_TYPE,
                        schema: T::schema_ref(),
                    }],
                    required: true,
                })
            }

            async fn from_request(
                request: &'a Request,
                body: &mut RequestBody,
                _options: poem_openapi::ExtractParamOptions<()>,
            ) -> poem::Result<Self> {
                <Self as ParsePayload>::from_request(request, body).await
            }
        }
    };
}
pub(super) use request_body;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_8_is_the_only_charset() {
        let json = "application/json";
        for good in [
            "application/json",
            "Application/JSON ; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
        ] {
            assert!(is_media_type(good, json), "{good}");
        }
        for bad in [
            "",
            "text/json",
            "application/json, text/plain",
            "application/jsonx",
            "application/json; charset=utf-16",
            "application/scim+json",
        ] {
            assert!(!is_media_type(bad, json), "{bad}");
        }
    }
}

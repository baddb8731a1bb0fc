//! A form body (`application/x-www-form-urlencoded`), for the OAuth 2.0 endpoints.
//!
//! Checked against the same published schema as JSON is; text becomes a number or a boolean where
//! the schema has one. RFC 6749 §3.2 forbids a parameter to be there twice, and so do we.

use std::ops::Deref;

use percent_encoding::percent_decode;
use poem::{Request, RequestBody};
use poem_openapi::payload::{ParsePayload, Payload};
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::{ParseFromJSON, Type};
use serde_json::{Map, Value};

use super::body::checked;
use super::error::ApiError;
use super::invalid::Invalid;
use super::payload::{is_media_type, request_body, take};
use super::schema::{Published, from_text};

/// What came as a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form<T>(pub T);

impl<T> Deref for Form<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Type> Payload for Form<T> {
    const CONTENT_TYPE: &'static str = "application/x-www-form-urlencoded";

    fn check_content_type(content_type: &str) -> bool {
        is_media_type(content_type, Self::CONTENT_TYPE)
    }

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: ParseFromJSON + 'static> ParsePayload for Form<T> {
    const IS_REQUIRED: bool = true;

    async fn from_request(request: &Request, body: &mut RequestBody) -> poem::Result<Self> {
        let bytes = take(request, body, Self::CONTENT_TYPE).await?;
        let fields = read(&bytes, &Published::of::<T>())?;
        Ok(Self(checked(Value::Object(fields))?))
    }
}

request_body!(Form);

/// The most fields that a form is read with.
pub const MAX_FIELDS: usize = 64;

/// The longest name of a field; nothing of ours has such a name, and what has is passed over.
const LONGEST_NAME: usize = 64;

/// The fields by name. An empty one counts as left out (RFC 6749 §3.2).
fn read(bytes: &[u8], schema: &Published) -> Result<Map<String, Value>, ApiError> {
    let mut wrong = Invalid::new();
    let mut fields = Map::new();
    let pairs = bytes.split(|&byte| byte == b'&');
    for (count, pair) in pairs.filter(|pair| !pair.is_empty()).enumerate() {
        if count == MAX_FIELDS {
            wrong.add("body", format!("must have at most {MAX_FIELDS} fields"));
            break;
        }
        let mut halves = pair.splitn(2, |&byte| byte == b'=');
        let name = decode(halves.next().unwrap_or_default());
        let Some(name) = name else {
            wrong.add("body", "has a field whose name can't be read");
            continue;
        };
        if name.len() > LONGEST_NAME {
            continue;
        }
        match decode(halves.next().unwrap_or_default()) {
            None => wrong.add(name, "must be UTF-8 without U+0000"),
            Some(_) if fields.contains_key(&name) => wrong.add(name, "is there twice"),
            Some(text) => {
                let value = from_text(schema.property(&name), text);
                fields.insert(name, value);
            }
        }
    }
    wrong.into_result()?;
    fields.retain(|_, value| value.as_str() != Some(""));
    Ok(fields)
}

/// Undoes `+` and `%xx`.
fn decode(encoded: &[u8]) -> Option<String> {
    let spaced: Vec<u8> = encoded
        .iter()
        .map(|&byte| if byte == b'+' { b' ' } else { byte })
        .collect();
    let text = percent_decode(&spaced).decode_utf8().ok()?;
    (!text.contains('\0')).then(|| text.into_owned())
}

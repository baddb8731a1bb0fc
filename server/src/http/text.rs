//! The kinds of text that requests are made of, each with its bounds in the published schema.
//!
//! A bound stands here once and is checked by the walk over the schema (see [`super::schema`]), so
//! that the document and the refusal can't disagree.

use std::borrow::Cow;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{
    ParseError, ParseFromJSON, ParseFromParameter, ParseResult, ToJSON, Type,
};
use serde_json::Value;

use crate::kernel::Timestamp;

/// Text that people see: no control characters, and nothing that turns the direction of what
/// follows.
const VISIBLE: &str = r"^[^\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]*$";

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $value:expr),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(pub String);

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl Type for $name {
            const IS_REQUIRED: bool = true;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_ref() -> MetaSchemaRef {
                MetaSchemaRef::Inline(Box::new(MetaSchema {
                    $($field: Some($value.into()),)*
                    ..MetaSchema::new("string")
                }))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }

        impl ParseFromJSON for $name {
            fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
                match value {
                    Some(Value::String(text)) => Ok(Self(text)),
                    _ => Err(ParseError::custom("must be a string")),
                }
            }
        }

        impl ToJSON for $name {
            fn to_json(&self) -> Option<Value> {
                Some(Value::String(self.0.clone()))
            }
        }

        impl ParseFromParameter for $name {
            fn parse_from_parameter(value: &str) -> ParseResult<Self> {
                let text = Value::String(value.to_owned());
                super::body::checked::<Self>(text).map_err(|error| {
                    let reason = error.details.into_iter().next().map(|wrong| wrong.reason);
                    ParseError::custom(reason.unwrap_or_else(|| "is not valid".to_owned()))
                })
            }
        }
    )*};
}

texts! {
    /// The name of an App or of a role.
    Slug { pattern: "^[a-z0-9-]{1,63}$", min_length: 1_usize, max_length: 63_usize }
    /// An App or role by its name or its id.
    Reference { pattern: "^[A-Za-z0-9_-]{1,64}$", min_length: 1_usize, max_length: 64_usize }
    /// A name for people.
    DisplayName { pattern: VISIBLE, min_length: 1_usize, max_length: 200_usize }
    /// A line of explanation.
    Description { pattern: VISIBLE, max_length: 500_usize }
    /// An email address.
    EmailAddress { format: "email", min_length: 3_usize, max_length: 254_usize }
    /// A permission.
    PermissionName { pattern: crate::permissions::PATTERN, min_length: 3_usize, max_length: 201_usize }
    /// A password; how long a new one must be is up to the App.
    PasswordText { format: "password", min_length: 1_usize, max_length: 1024_usize }
    /// A secret or a token of ours.
    SecretText { format: "password", pattern: "^[\\x20-\\x7e]*$", min_length: 1_usize, max_length: 16_384_usize }
    /// A token that a path is made of.
    TokenInPath { pattern: "^[A-Za-z0-9_-]{1,200}$", min_length: 1_usize, max_length: 200_usize }
    /// An absolute URL.
    WebAddress { format: "uri", min_length: 1_usize, max_length: 2048_usize }
    /// What to look for.
    SearchText { pattern: VISIBLE, min_length: 1_usize, max_length: 200_usize }
    /// The name of an event's type.
    EventName { pattern: "^(\\*|[a-z_]+\\.[a-z_]+)$", min_length: 1_usize, max_length: 64_usize }
    /// A key that makes a request safe to repeat.
    KeyText { pattern: "^[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?$", min_length: 1_usize, max_length: 255_usize }
    /// Permissions with a space between them (RFC 6749, section 3.3).
    ScopeText { pattern: "^[\\x20-\\x7e]*$", max_length: 10_000_usize }
    /// A client's id (RFC 6749, appendix A.1).
    ClientText { pattern: "^[\\x20-\\x7e]*$", max_length: 100_usize }
    /// How a token is asked for (RFC 6749, appendix A.10).
    GrantText { pattern: "^[A-Za-z0-9:/._~-]*$", max_length: 100_usize }
    /// The address of somebody who signs in, or what they take for it.
    UsernameText { pattern: "^[^\\x00]*$", max_length: 254_usize }
    /// What is passed over.
    IgnoredText { pattern: "^[^\\x00]*$", max_length: 16_384_usize }
    /// Where in the feed of revocations a reader is.
    FeedCursor { pattern: "^[0-9]*$", min_length: 1_usize, max_length: 19_usize }
}

/// RFC 3339, as `2026-01-31T12:00:00Z`; answers have six digits behind the seconds.
impl Type for Timestamp {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "date-time".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            min_length: Some(20),
            max_length: Some(40),
            ..MetaSchema::new_with_format("string", "date-time")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ToJSON for Timestamp {
    fn to_json(&self) -> Option<Value> {
        Some(Value::String(self.to_string()))
    }
}

impl ParseFromJSON for Timestamp {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        let text = value.as_ref().and_then(Value::as_str).unwrap_or_default();
        Self::parse_from_parameter(text)
    }
}

impl ParseFromParameter for Timestamp {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        let read = Timestamp::parse(value);
        read.ok_or_else(|| {
            ParseError::custom("must be a time as in RFC 3339, such as 2026-01-31T12:00:00Z")
        })
    }
}

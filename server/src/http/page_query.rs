//! What the client says about the page it wants: `?limit=` and `?cursor=`.
//!
//! Both are read here and not by poem-openapi's stock types, so that they may be left out, are
//! refused when they are there twice, and say themselves what would be right.

use std::borrow::Cow;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromParameter, ParseResult, Type};

use super::cursor::Cursors;
use super::error::ApiError;

/// How many items a page holds: 1–200, and 50 when nobody says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u8);

impl Limit {
    pub const DEFAULT: Self = Self(50);
    pub const MAX: u8 = 200;

    pub fn rows(self) -> usize {
        self.0.into()
    }

    /// What to ask the database for, so that [`Page::of`](super::page::Page::of) sees whether there is more.
    pub fn plus_one(self) -> i64 {
        i64::from(self.0) + 1
    }
}

/// The `cursor` parameter as it came; nothing is known of it before it is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CursorText(Option<String>);

impl CursorText {
    /// The key of the last item seen, or `None` at the start of the list.
    pub fn open<const N: usize>(
        &self,
        cursors: &Cursors,
        scope: &str,
    ) -> Result<Option<[String; N]>, ApiError> {
        let cursor = self.0.as_deref();
        cursor
            .map(|cursor| cursors.decode(scope, cursor))
            .transpose()
    }
}

/// The part of `Type` that is the same for both query parameters: optional, and a plain value.
macro_rules! query_parameter {
    ($type:ty, $name:literal, $schema:expr) => {
        impl Type for $type {
            const IS_REQUIRED: bool = false;
            type RawValueType = Self;
            type RawElementValueType = Self;

            fn name() -> Cow<'static, str> {
                $name.into()
            }

            fn schema_ref() -> MetaSchemaRef {
                MetaSchemaRef::Inline(Box::new($schema))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }

            fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
                Box::new(std::iter::once(self))
            }
        }
    };
}

query_parameter!(
    Limit,
    "limit",
    MetaSchema {
        description: Some("How many items a page holds."),
        default: Some(Self::DEFAULT.0.into()),
        minimum: Some(1.0),
        maximum: Some(Self::MAX.into()),
        ..MetaSchema::new_with_format("integer", "int32")
    }
);

query_parameter!(
    CursorText,
    "cursor",
    MetaSchema {
        description: Some("The `next_cursor` of the page before."),
        min_length: Some(1),
        max_length: Some(1024),
        pattern: Some("^[A-Za-z0-9_-]*$".into()),
        ..MetaSchema::new("string")
    }
);

impl ParseFromParameter for Limit {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let limit = value
            .parse()
            .ok()
            .filter(|limit| digits && (1..=Self::MAX).contains(limit));
        limit.map(Self).ok_or_else(|| {
            ParseError::custom(format_args!(
                "must be a whole number from 1 to {}",
                Self::MAX
            ))
        })
    }

    fn parse_from_parameters<I, A>(values: I) -> ParseResult<Self>
    where
        I: IntoIterator<Item = A>,
        A: AsRef<str>,
    {
        match once(values).map_err(ParseError::custom)? {
            Some(value) => Self::parse_from_parameter(&value),
            None => Ok(Self::DEFAULT),
        }
    }
}

impl ParseFromParameter for CursorText {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        Ok(Self(Some(value.to_owned())))
    }

    fn parse_from_parameters<I, A>(values: I) -> ParseResult<Self>
    where
        I: IntoIterator<Item = A>,
        A: AsRef<str>,
    {
        once(values).map(Self).map_err(ParseError::custom)
    }
}

fn once<A: AsRef<str>>(
    values: impl IntoIterator<Item = A>,
) -> Result<Option<String>, &'static str> {
    let mut values = values.into_iter();
    let first = values.next().map(|value| value.as_ref().to_owned());
    match values.next() {
        None => Ok(first),
        Some(_) => Err("must be given only once"),
    }
}

//! `?wait=`: how long an answer may be held back while there is nothing to tell.

use std::borrow::Cow;
use std::time::Duration;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromParameter, ParseResult, Type};

/// Whole seconds, 0–60; not at all when nobody says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wait(u8);

impl Wait {
    const MAX: u8 = 60;

    /// The wait, if there is to be one.
    pub fn duration(self) -> Option<Duration> {
        (self.0 > 0).then(|| Duration::from_secs(self.0.into()))
    }
}

impl Type for Wait {
    const IS_REQUIRED: bool = false;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "wait".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            description: Some("Seconds to hold the answer back while there is nothing to tell."),
            default: Some(0.into()),
            minimum: Some(0.0),
            maximum: Some(Self::MAX.into()),
            ..MetaSchema::new_with_format("integer", "int32")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromParameter for Wait {
    fn parse_from_parameter(value: &str) -> ParseResult<Self> {
        let digits = value.bytes().all(|byte| byte.is_ascii_digit());
        let wait = value
            .parse()
            .ok()
            .filter(|wait| digits && *wait <= Self::MAX);
        let wrong = || {
            ParseError::custom(format_args!(
                "must be a whole number of seconds from 0 to {}",
                Self::MAX
            ))
        };
        wait.map(Self).ok_or_else(wrong)
    }

    fn parse_from_parameters<I, A>(values: I) -> ParseResult<Self>
    where
        I: IntoIterator<Item = A>,
        A: AsRef<str>,
    {
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(Self::default()),
            (Some(value), None) => Self::parse_from_parameter(value.as_ref()),
            (Some(_), Some(_)) => Err(ParseError::custom("must be given only once")),
        }
    }
}

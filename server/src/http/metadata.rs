//! `metadata`: any JSON object, up to 16 KiB.

use std::borrow::Cow;

use poem_openapi::registry::{MetaSchema, MetaSchemaRef};
use poem_openapi::types::{ParseError, ParseFromJSON, ParseResult, ToJSON, Type};
use serde_json::{Map, Value};

use super::Invalid;

/// How long it may be, as JSON without white space, in bytes.
pub const MAX_BYTES: usize = 16 * 1024;

/// More properties than fit into it: what a schema can say of its size.
const MAX_PROPERTIES: usize = 4096;

/// What the App's own backend wants to keep with something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(pub Map<String, Value>);

impl Metadata {
    /// Notes it when it is too long, which a schema can't say.
    pub fn check(metadata: Option<&Self>, field: &str, wrong: &mut Invalid) {
        let length = metadata.map_or(0, |metadata| {
            Value::Object(metadata.0.clone()).to_string().len()
        });
        if length > MAX_BYTES {
            wrong.add(
                field,
                format!("must be at most {MAX_BYTES} bytes of JSON; it has {length}"),
            );
        }
    }
}

impl Type for Metadata {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> Cow<'static, str> {
        "metadata".into()
    }

    fn schema_ref() -> MetaSchemaRef {
        MetaSchemaRef::Inline(Box::new(MetaSchema {
            additional_properties: Some(Box::new(MetaSchemaRef::Inline(Box::new(MetaSchema::ANY)))),
            max_properties: Some(MAX_PROPERTIES),
            description: Some("Any JSON object, up to 16 KiB."),
            ..MetaSchema::new("object")
        }))
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::once(self))
    }
}

impl ParseFromJSON for Metadata {
    fn parse_from_json(value: Option<Value>) -> ParseResult<Self> {
        match value {
            Some(Value::Object(map)) => Ok(Self(map)),
            _ => Err(ParseError::custom("must be an object")),
        }
    }
}

impl ToJSON for Metadata {
    fn to_json(&self) -> Option<Value> {
        Some(Value::Object(self.0.clone()))
    }
}

//! The plain kinds of values: what each type and format of the schema takes, in words for people.

use chrono::{DateTime, NaiveDate};
use poem_openapi::registry::MetaSchema;
use serde_json::{Number, Value};

/// What would be right instead of this value, if its kind is wrong. `null` has been dealt with.
pub(super) fn wrong_kind(schema: &MetaSchema, value: &Value) -> Option<&'static str> {
    let (fits, expected) = match schema.ty {
        "string" => (value.is_string(), "must be a string"),
        "boolean" => (value.is_boolean(), "must be true or false"),
        "integer" => (value.is_i64() || value.is_u64(), "must be a whole number"),
        "number" => (value.is_number(), "must be a number"),
        "array" => (value.is_array(), "must be an array"),
        "object" => (value.is_object(), "must be an object"),
        _ => (true, ""),
    };
    (!fits).then_some(expected)
}

/// What would be right instead of this text, if its format is wrong.
pub(super) fn wrong_format(format: Option<&str>, text: &str) -> Option<&'static str> {
    let (fits, expected) = match format {
        Some("date-time") => (
            DateTime::parse_from_rfc3339(text).is_ok(),
            "must be an RFC 3339 time, such as 2030-01-31T12:00:00Z",
        ),
        Some("date") => (
            text.parse::<NaiveDate>().is_ok(),
            "must be a date, such as 2030-01-31",
        ),
        Some("uri" | "url") => (
            text.parse::<poem::http::Uri>()
                .is_ok_and(|uri| uri.scheme().is_some()),
            "must be an absolute URL",
        ),
        _ => (true, ""),
    };
    (!fits).then_some(expected)
}

/// The bounds that an integer format has by itself.
pub(super) fn integer_range(format: Option<&str>) -> (i128, i128) {
    match format {
        Some("int8") => (i8::MIN.into(), i8::MAX.into()),
        Some("int16") => (i16::MIN.into(), i16::MAX.into()),
        Some("int32") => (i32::MIN.into(), i32::MAX.into()),
        Some("uint8") => (0, u8::MAX.into()),
        Some("uint16") => (0, u16::MAX.into()),
        Some("uint32") => (0, u32::MAX.into()),
        Some("uint64") => (0, u64::MAX.into()),
        _ => (i64::MIN.into(), i64::MAX.into()),
    }
}

/// Reads a form's text as the schema's type. Text that does not read stays text, for the walk to
/// refuse with its reason.
pub(in super::super) fn from_text(schema: Option<&MetaSchema>, text: String) -> Value {
    let number = |number: Option<Number>| number.map(Value::Number);
    let read = match schema.map(|schema| schema.ty) {
        Some("boolean") => text.parse().ok().map(Value::Bool),
        Some("integer") => match text.parse::<u64>() {
            Ok(unsigned) if !text.starts_with('+') => number(Some(unsigned.into())),
            _ => number(text.parse::<i64>().ok().filter(|n| *n < 0).map(Into::into)),
        },
        Some("number") => number(text.parse().ok().and_then(Number::from_f64)),
        _ => None,
    };
    read.unwrap_or(Value::String(text))
}

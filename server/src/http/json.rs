//! Reads JSON strictly: one text, one meaning.
//!
//! `serde_json` alone takes the last of two equal keys, and others take the first; a proxy that
//! checks one `role` and a server that grants the other is how privileges leak. So two equal keys
//! are refused here, as are a NUL in a string (PostgreSQL can't hold it, SQLite can) and nesting
//! that no request of ours has. The text itself is read by `serde_json`; only the building of the
//! value is ours.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How deep arrays and objects may nest.
pub const MAX_DEPTH: usize = 64;

/// What is wrong with a text that is no JSON of ours, and where. Line and column count from 1,
/// columns in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    pub reason: String,
    pub line: usize,
    pub column: usize,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            reason,
            line,
            column,
        } = self;
        write!(f, "{reason} at line {line} column {column}")
    }
}

impl std::error::Error for Malformed {}

/// Reads exactly one JSON value from UTF-8 (RFC 8259).
pub fn read(bytes: &[u8]) -> Result<Value, Malformed> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        at_end_of(before, "it is not valid UTF-8")
    })?;
    if text.starts_with('\u{feff}') {
        return Err(at_end_of(b"", "it begins with a byte order mark"));
    }
    if text.trim_ascii().is_empty() {
        return Err(at_end_of(b"", "it is empty"));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    Strict { depth: 0 }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(Malformed::from)
}

fn at_end_of(before: &[u8], reason: &str) -> Malformed {
    let line_start = before.iter().rposition(|&byte| byte == b'\n');
    Malformed {
        reason: reason.to_owned(),
        line: 1 + before.iter().filter(|&&byte| byte == b'\n').count(),
        column: before.len() - line_start.map_or(0, |newline| newline + 1) + 1,
    }
}

impl From<serde_json::Error> for Malformed {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let place = format!(" at line {line} column {column}");
        Self {
            reason: text.strip_suffix(&place).unwrap_or(&text).to_owned(),
            line,
            column,
        }
    }
}

/// Builds one value, `depth` containers down.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn inner<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!(
                "it nests deeper than {MAX_DEPTH} levels"
            )));
        }
        Ok(Self {
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        without_nul(value)?;
        Ok(value.into())
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        without_nul(&value)?;
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            without_nul(&key)?;
            if map.contains_key(&key) {
                let name: String = key.chars().take(64).collect();
                return Err(A::Error::custom(format_args!("{name:?} is there twice")));
            }
            let value = entries.next_value_seed(inner)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

fn without_nul<E: serde::de::Error>(text: &str) -> Result<(), E> {
    match text.contains('\0') {
        true => Err(E::custom("a string contains U+0000")),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn refusal(text: &[u8]) -> String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_json_reads_as_serde_json_reads_it() {
        for text in [
            r#"{"a":[1,-1,1.5,true,false,null,"ü\u00fc\ud83d\ude00"],"b":{"":{}}}"#,
            " [ ] ",
            "\"only a string\"",
            "18446744073709551615",
            "9007199254740993",
            "1e308",
            "{\"role\":1,\"Role\":2,\"__proto__\":{}}",
            "\"\\uffff\u{202e}\u{200d}\"",
        ] {
            let expected: Value = serde_json::from_str(text).unwrap();
            assert_eq!(read(text.as_bytes()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_key_that_is_there_twice_is_refused_by_name() {
        let text = b"{\n  \"role\": \"viewer\",\n  \"role\": \"admin\"}";
        assert_eq!(refusal(text), "\"role\" is there twice at line 3 column 8");
        assert!(refusal(br#"[{"a":{"x":1,"\u0078":2}}]"#).starts_with("\"x\" is there twice"));
    }

    #[test]
    fn a_nul_is_refused_in_keys_and_values() {
        for text in [r#""a\u0000b""#, r#"{"a\u0000":1}"#, r#"["\u0000"]"#] {
            assert!(refusal(text.as_bytes()).contains("U+0000"), "{text}");
        }
    }

    #[test]
    fn sixty_four_levels_are_enough() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(nested(64).as_bytes()).is_ok());
        assert!(refusal(nested(65).as_bytes()).contains("64 levels"));
        let objects = format!("{}1{}", r#"{"a":"#.repeat(65), "}".repeat(65));
        assert!(refusal(objects.as_bytes()).contains("64 levels"));
        assert!(refusal("[".repeat(100_000).as_bytes()).contains("64 levels"));
    }

    #[test]
    fn what_is_not_utf_8_is_refused_where_it_stands() {
        assert_eq!(
            refusal(b"[\n \"\xff\"]"),
            "it is not valid UTF-8 at line 2 column 3"
        );
        assert!(refusal(b"\"\xc0\xaf\"").contains("UTF-8"), "overlong");
        assert!(refusal(b"\"\xed\xa0\x80\"").contains("UTF-8"), "surrogate");
        assert!(refusal(b"\xff\xfe[\0]\0").contains("UTF-8"), "UTF-16");
        assert!(refusal("\u{feff}{}".as_bytes()).contains("byte order mark"));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "{}{}",
            "{} x",
            "[1,]",
            "{\"a\":1,}",
            "{a:1}",
            "{'a':1}",
            "nul",
            "NaN",
            "Infinity",
            "01",
            "+1",
            ".5",
            "1.",
            "0x1",
            "1e400",
            "-1e400",
            "\"\\ud800\"",
            "\"\\udc00\"",
            "\"\\ud800\\u0041\"",
            "{\"\\ud800\":1}",
            "\"\\x\"",
            "\"\t\"",
            "\"a",
            "// c\n1",
            "[1 2]",
            "{\"a\" 1}",
            "\u{a0}1",
            "\0",
        ] {
            let refused = refusal(text.as_bytes());
            assert!(
                refused.contains(" at line 1 column "),
                "{text:?}: {refused}"
            );
        }
    }
}

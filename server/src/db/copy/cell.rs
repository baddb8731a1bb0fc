//! One value on its way between the databases.

use serde_json::{Number, Value};
use sha2::{Digest as _, Sha256};
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::types::Json;
use sqlx::{Arguments as _, Row as _};

use crate::kernel::Timestamp;

/// A column, and what lies in it.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Integer,
    Boolean,
    Time,
    Json,
    Bytes,
}

/// A value; `None` is NULL.
pub(super) type Cell = Option<Content>;

#[derive(Debug)]
pub(super) enum Content {
    Text(String),
    Integer(i64),
    Boolean(bool),
    Time(Timestamp),
    Json(Value),
    Bytes(Vec<u8>),
}

impl Column {
    /// `declared` is the type in either database's words; the migrations use these six.
    pub(super) fn new(name: String, declared: &str) -> Self {
        let kind = match declared.to_ascii_lowercase().as_str() {
            "bigint" => Kind::Integer,
            "boolean" => Kind::Boolean,
            "timestamptz" | "timestamp with time zone" => Kind::Time,
            "jsonb" => Kind::Json,
            "bytea" => Kind::Bytes,
            _ => Kind::Text,
        };
        Self { name, kind }
    }
}

/// Reads the cells of a row.
macro_rules! reads {
    ($name:ident, $row:ty) => {
        pub(super) fn $name<'c>(
            row: &$row,
            columns: &'c [Column],
        ) -> Result<Vec<Cell>, (&'c Column, sqlx::Error)> {
            let cell = |(at, column): (usize, &'c Column)| {
                let read = match column.kind {
                    Kind::Text => row
                        .try_get::<Option<_>, _>(at)
                        .map(|it| it.map(Content::Text)),
                    Kind::Integer => row
                        .try_get::<Option<_>, _>(at)
                        .map(|it| it.map(Content::Integer)),
                    Kind::Boolean => row
                        .try_get::<Option<_>, _>(at)
                        .map(|it| it.map(Content::Boolean)),
                    Kind::Time => row
                        .try_get::<Option<_>, _>(at)
                        .map(|it| it.map(Content::Time)),
                    Kind::Json => row
                        .try_get::<Option<Json<_>>, _>(at)
                        .map(|it| it.map(|json| Content::Json(json.0))),
                    Kind::Bytes => row
                        .try_get::<Option<_>, _>(at)
                        .map(|it| it.map(Content::Bytes)),
                };
                read.map_err(|error| (column, error))
            };
            columns.iter().enumerate().map(cell).collect()
        }
    };
}
reads!(of_sqlite, SqliteRow);
reads!(of_postgres, PgRow);

/// Binds cells, row after row.
macro_rules! binds {
    ($name:ident, $arguments:ty) => {
        pub(super) fn $name<'c>(
            cells: impl Iterator<Item = (&'c Cell, &'c Column)>,
        ) -> Result<$arguments, BoxDynError> {
            let mut bound = <$arguments>::default();
            for (cell, column) in cells {
                match cell {
                    Some(Content::Text(it)) => bound.add(it.clone())?,
                    Some(Content::Integer(it)) => bound.add(*it)?,
                    Some(Content::Boolean(it)) => bound.add(*it)?,
                    Some(Content::Time(it)) => bound.add(*it)?,
                    Some(Content::Json(it)) => bound.add(Json(it.clone()))?,
                    Some(Content::Bytes(it)) => bound.add(it.clone())?,
                    // PostgreSQL wants to know of what type a NULL is.
                    None => match column.kind {
                        Kind::Text => bound.add(None::<String>)?,
                        Kind::Integer => bound.add(None::<i64>)?,
                        Kind::Boolean => bound.add(None::<bool>)?,
                        Kind::Time => bound.add(None::<Timestamp>)?,
                        Kind::Json => bound.add(None::<Json<Value>>)?,
                        Kind::Bytes => bound.add(None::<Vec<u8>>)?,
                    },
                }
            }
            Ok(bound)
        }
    };
}
binds!(for_sqlite, SqliteArguments);
binds!(for_postgres, PgArguments);

/// SHA-256 of a row, the same from either database.
pub(super) fn digest(row: &[Cell]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for cell in row {
        let (tag, bytes): (u8, Vec<u8>) = match cell {
            None => (0, Vec::new()),
            Some(Content::Text(it)) => (1, it.as_bytes().to_vec()),
            Some(Content::Integer(it)) => (2, it.to_be_bytes().to_vec()),
            Some(Content::Boolean(it)) => (3, vec![u8::from(*it)]),
            Some(Content::Time(it)) => (4, it.micros().to_be_bytes().to_vec()),
            Some(Content::Json(it)) => (5, same_numbers(it.clone()).to_string().into_bytes()),
            Some(Content::Bytes(it)) => (6, it.clone()),
        };
        hasher.update([tag]);
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    }
    hasher.finalize().into()
}

/// PostgreSQL writes 1e2 as 100 where SQLite keeps the text: a number is the same by its value.
fn same_numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let number = number.as_f64().and_then(Number::from_f64).unwrap_or(number);
            Value::Number(number)
        }
        Value::Array(all) => all.into_iter().map(same_numbers).collect(),
        Value::Object(all) => all
            .into_iter()
            .map(|(key, it)| (key, same_numbers(it)))
            .collect(),
        other => other,
    }
}

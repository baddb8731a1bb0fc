//! Reads what the API has given out, to verify it far from the database.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::verify::{Entry, Personal};
use crate::kernel::Timestamp;

/// An event, or a page of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Given {
    Page { data: Vec<Event> },
    One(Box<Event>),
}

#[derive(Deserialize)]
struct Event {
    app_id: String,
    seq: i64,
    id: String,
    #[serde(rename = "type")]
    kind: String,
    actor: Party,
    target: Party,
    data: Map<String, Value>,
    personal_fields: Vec<String>,
    personal_digest: String,
    request_id: String,
    occurred_at: String,
    previous_hash: String,
    hash: String,
}

#[derive(Deserialize)]
struct Party {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

/// What is not as the API gives it.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("the export is not what GET …/events answers: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0} is neither hex nor a time that the API has given out")]
    Value(String),
}

/// The entries of answers of `GET …/events` or `GET …/audit-logs`, one after another.
pub fn read(text: &str) -> Result<Vec<Entry>, ExportError> {
    let mut entries = Vec::new();
    for given in serde_json::Deserializer::from_str(text).into_iter::<Given>() {
        match given? {
            Given::Page { data } => {
                for event in data {
                    entries.push(entry(event)?);
                }
            }
            Given::One(event) => entries.push(entry(*event)?),
        }
    }
    Ok(entries)
}

fn entry(mut event: Event) -> Result<Entry, ExportError> {
    for personal in &event.personal_fields {
        event.data.remove(personal);
    }
    let at = Timestamp::parse(&event.occurred_at);
    Ok(Entry {
        app_id: event.app_id,
        seq: event.seq,
        id: event.id,
        kind: event.kind,
        actor: (event.actor.kind, event.actor.id),
        target: (event.target.kind, event.target.id),
        data: event.data.into(),
        personal: Personal::Unknown,
        personal_digest: bytes(&event.personal_digest)?,
        request_id: event.request_id,
        occurred_at: at.ok_or(ExportError::Value(event.occurred_at))?,
        previous_hash: bytes(&event.previous_hash)?,
        hash: bytes(&event.hash)?,
    })
}

fn bytes(hex: &str) -> Result<Vec<u8>, ExportError> {
    let pairs = hex.as_bytes().chunks(2);
    let bytes = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    let bytes: Option<Vec<u8>> = bytes.collect();
    bytes.ok_or_else(|| ExportError::Value(hex.to_owned()))
}

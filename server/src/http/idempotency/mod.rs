//! `Idempotency-Key`: the same request twice does its work once.
//!
//! The answer is kept in the transaction that does the work, so there is no moment at which the one
//! is there without the other, and of two that come at once the second waits for the first and gets
//! its answer. It is kept encrypted, since it may hold a secret that is shown once. A refusal leaves
//! nothing behind: whoever mends the request may use the key again.

mod sql;

use std::time::Duration;

use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};
use sha2::{Digest as _, Sha256};

use crate::app::Work;
use crate::error::{Refusal, Result};
use crate::http::text::KeyText;

pub use sql::expire;

/// How long an answer is kept.
pub const KEPT: Duration = Duration::from_secs(24 * 3600);

const PURPOSE: &str = "idempotent-answer";

/// 201 with the new resource; or, to whoever repeats the request, the same answer again.
#[derive(Debug)]
pub struct Kept<T> {
    json: String,
    replayed: bool,
    _resource: std::marker::PhantomData<fn() -> T>,
}

/// A request that may be repeated: whose it is, and what it asks for.
#[derive(Debug)]
pub struct Repeatable {
    caller: String,
    key: Option<String>,
    fingerprint: Vec<u8>,
}

impl Repeatable {
    /// `about` is the operation and what its path names; `body` what it was asked with.
    pub fn new(caller: String, key: Option<KeyText>, about: &[&str], body: &impl ToJSON) -> Self {
        let mut hasher = Sha256::new();
        for part in about {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        hasher.update(body.to_json_string());
        Self {
            caller,
            key: key.map(|key| key.0),
            fingerprint: hasher.finalize().to_vec(),
        }
    }

    /// Whether it has a key to be repeated with.
    pub fn is_repeatable(&self) -> bool {
        self.key.is_some()
    }

    /// The answer that was given before, if there was one. Else the key is the caller's from here
    /// on: whoever comes with it meanwhile waits until this work has ended.
    pub async fn answered<T>(&self, work: &mut Work) -> Result<Option<Kept<T>>> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let since = work.at.minus(KEPT);
        sql::forget(&mut work.tx, &self.caller, key, since).await?;
        if sql::claim(&mut work.tx, &self.caller, key, &self.fingerprint, work.at).await? {
            return Ok(None);
        }
        let (fingerprint, sealed) = sql::stored(&mut work.tx, &self.caller, key).await?;
        if fingerprint != self.fingerprint {
            return Err(Refusal::IdempotencyKeyReused.into());
        }
        let plain = work.cipher().open(PURPOSE, &self.about(key), &sealed)?;
        Ok(Some(Kept {
            json: String::from_utf8_lossy(&plain).into_owned(),
            replayed: true,
            _resource: std::marker::PhantomData,
        }))
    }

    /// Ends the work: keeps the answer with it, and commits both.
    pub async fn answer<T: ToJSON>(&self, mut work: Work, resource: T) -> Result<Kept<T>> {
        let json = resource.to_json_string();
        if let Some(key) = &self.key {
            let sealed =
                work.cipher()
                    .seal(work.random(), PURPOSE, &self.about(key), json.as_bytes());
            sql::keep(&mut work.tx, &self.caller, key, &sealed).await?;
        }
        work.commit().await?;
        Ok(Kept {
            json,
            replayed: false,
            _resource: std::marker::PhantomData,
        })
    }

    fn about(&self, key: &str) -> String {
        format!("{}\n{key}", self.caller)
    }
}

impl<T: Send> IntoResponse for Kept<T> {
    fn into_response(self) -> Response {
        let mut response = Response::builder()
            .status(poem::http::StatusCode::CREATED)
            .content_type("application/json")
            .header("cache-control", "no-store");
        if self.replayed {
            response = response.header("Idempotent-Replayed", "true");
        }
        response.body(Body::from_string(self.json))
    }
}

impl<T: ToJSON> ApiResponse for Kept<T> {
    fn meta() -> MetaResponses {
        let replayed = MetaHeader {
            name: "Idempotent-Replayed".into(),
            description: Some("`true` when this is the answer to an earlier request with the same `Idempotency-Key`.".into()),
            required: false,
            deprecated: false,
            schema: bool::schema_ref(),
        };
        MetaResponses {
            responses: vec![MetaResponse {
                description: "It has been created.",
                status: Some(201),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: "application/json",
                    schema: T::schema_ref(),
                }],
                headers: vec![replayed],
            }],
        }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

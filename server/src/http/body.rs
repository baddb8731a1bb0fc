//! A JSON body, checked whole before it is parsed.
//!
//! `body: Body<CreateRole>` in a handler is all there is to write. The request type derives
//! `Object`; its validators and required fields become the published schema, and that schema is
//! what the body is checked against. Unknown fields are refused without `deny_unknown_fields`; a
//! field that may be `null` says `#[oai(nullable)]`, since `Option` alone doesn't.

use std::ops::Deref;

use poem::{Request, RequestBody};
use poem_openapi::payload::{ParsePayload, Payload};
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::{ParseFromJSON, Type};
use serde_json::Value;

use super::code::Code;
use super::error::ApiError;
use super::invalid::Invalid;
use super::json;
use super::payload::{is_media_type, request_body, take};
use super::schema::Published;
use crate::error::Wrong;

/// What came as `application/json`. Refused with 413, 415 or 400 as the contract says, and then
/// with every wrong field at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body<T>(pub T);

impl<T> Deref for Body<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Type> Payload for Body<T> {
    const CONTENT_TYPE: &'static str = "application/json";

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

impl<T: ParseFromJSON + 'static> ParsePayload for Body<T> {
    const IS_REQUIRED: bool = true;

    async fn from_request(request: &Request, body: &mut RequestBody) -> poem::Result<Self> {
        let bytes = take(request, body, Self::CONTENT_TYPE).await?;
        let value = json::read(&bytes).map_err(malformed)?;
        Ok(Self(checked(value)?))
    }
}

request_body!(Body);

fn malformed(error: json::Malformed) -> ApiError {
    ApiError::with(
        Code::MalformedJson,
        format!("The body is not valid JSON: {error}."),
    )
}

/// The value as a `T`, once nothing in it is wrong by the schema of `T`.
pub fn checked<T: ParseFromJSON + 'static>(value: Value) -> Result<T, ApiError> {
    let mut wrong = Invalid::new();
    Published::of::<T>().check(&value, &mut wrong);
    wrong.into_result()?;
    // Only a rule that the schema can't express is left to fail here, and what poem-openapi says
    // of it names Rust types.
    T::parse_from_json(Some(value)).map_err(|_| {
        let reason = "does not have the form that this operation takes";
        ApiError::invalid(vec![Wrong::new("body", reason)])
    })
}

#[cfg(test)]
mod tests;

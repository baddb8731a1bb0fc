//! An extractor for axum (feature `axum`): [`VerifiedEvent`].
//!
//! It takes the body, so it must be the last argument of a handler, and no layer before it may have read or changed the body.

use std::fmt;

use axum_core::{
    extract::{FromRef, FromRequest, Request},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::StatusCode;

use crate::{
    Event, Verifier,
    refusal::{Reason, request_id},
};

/// The event of a genuine delivery, and the bytes that were verified.
///
/// The [`Verifier`] comes out of the router's state, by [`FromRef`] if the state is more than that. What is not genuine is
/// answered 401, an event that can't be read 400, a body above axum's `DefaultBodyLimit` (2 MB unless set) 413.
///
/// ```
/// use axum::{Json, Router, routing::post};
/// use heimdall_webhook_verify::{EventType, Secret, Verifier, axum::VerifiedEvent};
///
/// async fn receive(VerifiedEvent { event, .. }: VerifiedEvent) -> Json<serde_json::Value> {
///     if event.kind == EventType::UserCreated {
///         println!("provision {:?}", event.data.user_id());
///     }
///     Json(serde_json::json!({"received": true}))
/// }
///
/// let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let app: Router = Router::new()
///     .route("/webhooks/heimdall", post(receive))
///     .with_state(Verifier::new([secret])?);
/// # Ok::<(), heimdall_webhook_verify::Error>(())
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VerifiedEvent {
    /// What was delivered.
    pub event: Event,
    /// The bytes that were signed.
    pub raw_body: Bytes,
}

impl<S> FromRequest<S> for VerifiedEvent
where
    Verifier: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, Rejection> {
        let headers = request.headers().clone();
        let refuse = |reason| Rejection {
            reason,
            request_id: request_id(&headers),
        };

        let raw_body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| {
                refuse(match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => Reason::TooLarge,
                    _ => Reason::Unreadable,
                })
            })?;
        let event = Verifier::from_ref(state)
            .verify(&headers, &raw_body)
            .and_then(|delivery| delivery.event())
            .map_err(|error| refuse(Reason::Error(error)))?;
        Ok(Self { event, raw_body })
    }
}

/// Why [`VerifiedEvent`] was refused; answers with Heimdall's error body.
#[derive(Debug, Clone)]
pub struct Rejection {
    reason: Reason,
    request_id: String,
}

impl Rejection {
    /// 401, 400 or 413.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.reason.status()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.reason.response(&self.request_id)
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason.message())
    }
}

impl std::error::Error for Rejection {}

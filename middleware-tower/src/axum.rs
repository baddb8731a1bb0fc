//! For axum (feature `axum`): [`Principal`] as an extractor, [`Refusal`] as an answer.
//!
//! The extractor verifies nothing itself: it takes what the layer left, and refuses when there was no layer.

use axum_core::body::Body;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};
use http::HeaderMap;
use http::request::Parts;

use crate::{Principal, Refusal};

/// Without a [`HeimdallLayer`](crate::HeimdallLayer) before it, the answer is 401.
///
/// ```
/// use heimdall_tower::Principal;
///
/// async fn invoices(principal: Principal) -> String {
///     format!("the invoices of {}", principal.app_id())
/// }
/// ```
impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        let principal = parts.extensions.get::<Self>().cloned();
        principal.ok_or(Refusal::NoToken)
    }
}

/// `Option<Principal>`, for a handler that also serves routes without the layer.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Principal {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _: &S,
    ) -> Result<Option<Self>, std::convert::Infallible> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}

/// Heimdall's error body and challenge, as the layer answers; so a handler can say `?` to a check of its own.
impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.response::<Body>(&HeaderMap::new())
    }
}

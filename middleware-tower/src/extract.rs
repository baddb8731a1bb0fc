//! [`Principal`] as an axum extractor.

use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

use crate::principal::Principal;
use crate::rejection::Rejection;

/// Takes what [`HeimdallLayer`](crate::HeimdallLayer) has found; a route without the layer refuses everyone.
impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Rejection> {
        parts
            .extensions
            .get::<Principal>()
            .cloned()
            .ok_or(Rejection::NoToken)
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        self.response(None)
    }
}

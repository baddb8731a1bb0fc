//! 200 with something that no cache may keep.

use poem::http::StatusCode;
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::types::ToJSON;

use super::answer::Answer;

/// 200 with JSON and `Cache-Control: no-store` (RFC 6749, section 5.1).
#[derive(Clone, Debug)]
pub struct Private<T>(pub T);

impl<T: ToJSON> IntoResponse for Private<T> {
    fn into_response(self) -> Response {
        Response::builder()
            .status(StatusCode::OK)
            .content_type("application/json")
            .header("cache-control", "no-store")
            .header("pragma", "no-cache")
            .body(Body::from_string(self.0.to_json_string()))
    }
}

impl<T: ToJSON> ApiResponse for Private<T> {
    fn meta() -> MetaResponses {
        Answer::<T>::meta()
    }

    fn register(registry: &mut Registry) {
        Answer::<T>::register(registry);
    }
}

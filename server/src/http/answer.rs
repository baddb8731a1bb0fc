//! What an operation answers when it succeeds: 200 or 201 with the resource, or 204.

use poem::http::StatusCode;
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};

/// 200 with JSON. Unlike the `Json` of poem-openapi its media type is plain `application/json`,
/// which is what client generators look for.
#[derive(Clone, Debug)]
pub struct Answer<T>(pub T);

/// 201 with the new resource as JSON.
#[derive(Clone, Debug)]
pub struct Created<T>(pub T);

/// 204: it is done, and there is nothing to say.
#[derive(Clone, Copy, Debug)]
pub struct Done;

impl<T: Type> Payload for Answer<T> {
    const CONTENT_TYPE: &'static str = "application/json";

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

fn json(status: StatusCode, value: &impl ToJSON) -> Response {
    Response::builder()
        .status(status)
        .content_type("application/json")
        .body(Body::from_string(value.to_json_string()))
}

impl<T: ToJSON> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, &self.0)
    }
}

impl<T: ToJSON> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        json(StatusCode::CREATED, &self.0)
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into()
    }
}

fn documented(
    status: u16,
    description: &'static str,
    content: Vec<MetaMediaType>,
) -> MetaResponses {
    MetaResponses {
        responses: vec![MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content,
            headers: Vec::new(),
        }],
    }
}

fn content<T: Type>() -> Vec<MetaMediaType> {
    vec![MetaMediaType {
        content_type: Answer::<T>::CONTENT_TYPE,
        schema: T::schema_ref(),
    }]
}

impl<T: ToJSON> ApiResponse for Answer<T> {
    fn meta() -> MetaResponses {
        documented(200, "It worked.", content::<T>())
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: ToJSON> ApiResponse for Created<T> {
    fn meta() -> MetaResponses {
        documented(201, "It has been created.", content::<T>())
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl ApiResponse for Done {
    fn meta() -> MetaResponses {
        documented(204, "It is done.", Vec::new())
    }

    fn register(_registry: &mut Registry) {}
}

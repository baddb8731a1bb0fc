//! Sends a request straight into an endpoint and reads what comes out.

#![allow(clippy::unwrap_used)]

use poem::http::Method;
use poem::{Body, Endpoint, EndpointExt, Request, Response};
use serde_json::Value;

use super::boundary::Boundary;

/// What a client would see.
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) headers: poem::http::HeaderMap,
    pub(super) text: String,
}

impl Seen {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(super) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }

    /// `field: reason` of every detail.
    pub(super) fn details(&self) -> Vec<String> {
        let json = self.json();
        let details = json["error"]["details"].as_array().unwrap();
        let line = |detail: &Value| {
            let text = |name: &str| detail[name].as_str().unwrap().to_owned();
            format!("{}: {}", text("field"), text("reason"))
        };
        details.iter().map(line).collect()
    }
}

pub(super) async fn send(endpoint: &impl Endpoint<Output = Response>, request: Request) -> Seen {
    let response = endpoint.call(request).await.unwrap();
    Seen {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.into_body().into_string().await.unwrap(),
    }
}

pub(super) fn request(method: Method, path: &str) -> Request {
    Request::builder().method(method).uri_str(path).finish()
}

pub(super) fn post(path: &str, content_type: &str, body: impl Into<Body>) -> Request {
    Request::builder()
        .method(Method::POST)
        .uri_str(path)
        .content_type(content_type)
        .body(body)
}

/// The endpoint within a boundary that calls its requests `made`.
pub(super) fn within(
    endpoint: impl Endpoint,
    allow: super::allow::Allow,
) -> impl Endpoint<Output = Response> {
    endpoint.with(Boundary::new(|| "made".to_owned(), allow))
}

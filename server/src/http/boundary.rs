//! The outermost layer: gives every request its id, every error the one shape, and every answer
//! what is to be told of limits.
//!
//! poem answers an unknown path, a wrong method or an unreadable parameter with plain text, and
//! poem-openapi puts Rust type names into it. Whatever comes out as an error, or as a bare status,
//! leaves here as an [`ErrorBody`](super::error_body::ErrorBody). Mount it around everything, with
//! `CatchPanic::new().with_handler(panicked)` directly inside.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use poem::http::{HeaderName, HeaderValue, Method};
use poem::{Endpoint, IntoResponse, Middleware, Request, Response};

use super::allow::Allow;
use super::code::Code;
use super::error::ApiError;
use super::poem_error::{api_error, by_status};
use super::rate_limit::Told;
use super::request_id::RequestId;
use crate::error::Wrong;

/// Makes a new request id; what it makes must be sane.
pub type NewRequestId = Arc<dyn Fn() -> String + Send + Sync>;

/// The layer; see the [module](self).
#[derive(Clone)]
pub struct Boundary {
    new_id: NewRequestId,
    allow: Arc<Allow>,
}

impl Boundary {
    pub fn new(new_id: impl Fn() -> String + Send + Sync + 'static, allow: Allow) -> Self {
        Self {
            new_id: Arc::new(new_id),
            allow: Arc::new(allow),
        }
    }
}

impl fmt::Debug for Boundary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Boundary").finish_non_exhaustive()
    }
}

impl<E: Endpoint> Middleware<E> for Boundary {
    type Output = BoundaryEndpoint<E>;

    fn transform(&self, inner: E) -> Self::Output {
        BoundaryEndpoint {
            boundary: self.clone(),
            inner,
        }
    }
}

/// What [`Boundary`] makes of an endpoint. It never answers `Err`.
#[derive(Debug)]
pub struct BoundaryEndpoint<E> {
    boundary: Boundary,
    inner: E,
}

impl<E: Endpoint> Endpoint for BoundaryEndpoint<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let id = request
            .header(RequestId::HEADER)
            .and_then(RequestId::sane)
            .or_else(|| RequestId::sane(&(self.boundary.new_id)()))
            .unwrap_or_else(RequestId::unknown);
        request.set_data(id.clone());
        let told = Told::default();
        request.set_data(told.clone());
        let path = request.uri().path().to_owned();
        let is_head = request.method() == Method::HEAD;

        let outcome = match holds_nul(&request) {
            Some(error) => Err(error.into()),
            None => self.inner.call(request).await,
        };
        let mut response = match outcome {
            Ok(output) => finished(output.into_response()),
            Err(error) if error.is_from_response() => finished(error.into_response()),
            Err(error) => Err(api_error(error)),
        }
        .unwrap_or_else(|mut error| {
            if error.code == Code::MethodNotAllowed {
                error.allow = self.boundary.allow.methods(&path).to_vec();
            }
            error.render(&id)
        });

        told.write(response.headers_mut());
        if let Ok(value) = HeaderValue::from_str(id.as_str()) {
            let name = HeaderName::from_static(RequestId::HEADER);
            response.headers_mut().insert(name, value);
        }
        if is_head {
            response.set_body(());
        }
        Ok(response)
    }
}

/// A NUL in a path or query names nothing that exists, and PostgreSQL fails on it.
fn holds_nul(request: &Request) -> Option<ApiError> {
    let uri = request.uri();
    if uri.path().contains("%00") {
        return Some(ApiError::not_found());
    }
    let pairs = uri.query()?.split('&');
    let with_nul = pairs.filter(|pair| pair.contains("%00"));
    let wrong: Vec<Wrong> = with_nul
        .map(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            let name = name.chars().take(64).collect::<String>();
            Wrong::new(name, "must not contain U+0000")
        })
        .take(super::invalid::Invalid::MAX_TOLD)
        .collect();
    (!wrong.is_empty()).then(|| ApiError::invalid(wrong))
}

/// The handler for poem's `CatchPanic`. The panic hook has told the log; the client learns nothing.
pub fn panicked(_panic: Box<dyn Any + Send>) -> ApiError {
    ApiError::internal()
}

/// Tells a finished response from an error that still wants its body: one of ours that was made
/// into a response too early, or a bare status of poem's.
fn finished(response: Response) -> Result<Response, ApiError> {
    if let Some(error) = response.data::<ApiError>() {
        return Err(error.clone());
    }
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let is_bare = response
        .content_type()
        .is_none_or(|media_type| media_type.starts_with("text/plain"));
    match is_error && is_bare {
        true => Err(by_status(status)),
        false => Ok(response),
    }
}

#[cfg(test)]
mod tests;

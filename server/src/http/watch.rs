//! One line in the log, and one count, for every request.
//!
//! Never with its path: an invite's token is a part of one. The operation's name says as much.

use poem::{Endpoint, IntoResponse, Middleware, Request, Response};
use poem_openapi::OperationId;

use super::request_id::RequestId;
use crate::app::Heimdall;

/// The layer.
#[derive(Clone, Debug)]
pub struct Watch(Heimdall);

impl Watch {
    pub fn new(heimdall: Heimdall) -> Self {
        Self(heimdall)
    }
}

impl<E: Endpoint> Middleware<E> for Watch {
    type Output = Watched<E>;

    fn transform(&self, inner: E) -> Self::Output {
        Watched {
            heimdall: self.0.clone(),
            inner,
        }
    }
}

/// What [`Watch`] makes of an endpoint.
#[derive(Debug)]
pub struct Watched<E> {
    heimdall: Heimdall,
    inner: E,
}

impl<E: Endpoint> Endpoint for Watched<E> {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let id = request
            .data::<RequestId>()
            .map(ToString::to_string)
            .unwrap_or_default();
        let began = self.heimdall.clock.now();
        let outcome = self
            .inner
            .call(request)
            .await
            .map(IntoResponse::into_response);
        let took = self.heimdall.clock.now().since(began);
        let (status, operation) = match &outcome {
            Ok(response) => (response.status(), response.data::<OperationId>().copied()),
            Err(error) => (error.status(), error.data::<OperationId>().copied()),
        };
        let operation = operation.map_or("other", |operation| operation.0);
        self.heimdall
            .metrics
            .request(operation, status.as_u16(), took);
        tracing::info!(
            request_id = %id,
            operation,
            status = status.as_u16(),
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            "answered"
        );
        outcome
    }
}

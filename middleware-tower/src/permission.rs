//! A permission that a route asks for.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::principal::Principal;
use crate::rejection::{JsonRejection, Reject, Rejection};

/// Lets through only those who hold a permission: 403 otherwise. Goes inside [`HeimdallLayer`](crate::HeimdallLayer),
/// which finds out who calls; without it everyone is refused.
///
/// ```
/// use heimdall_tower::RequirePermission;
/// let layer = RequirePermission::new("billing:read");
/// ```
#[derive(Clone, Debug)]
pub struct RequirePermission<R = JsonRejection> {
    permission: Arc<str>,
    rejection: R,
}

impl RequirePermission {
    /// Asks for exactly this permission.
    pub fn new(permission: impl Into<Arc<str>>) -> Self {
        Self {
            permission: permission.into(),
            rejection: JsonRejection,
        }
    }
}

impl<R> RequirePermission<R> {
    /// Rejects in another way, as [`HeimdallLayer::with_rejection`](crate::HeimdallLayer::with_rejection) does.
    pub fn with_rejection<R2>(self, rejection: R2) -> RequirePermission<R2> {
        RequirePermission {
            permission: self.permission,
            rejection,
        }
    }
}

impl<S, R: Clone> Layer<S> for RequirePermission<R> {
    type Service = RequirePermissionService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        RequirePermissionService {
            inner,
            asked: self.clone(),
        }
    }
}

/// What [`RequirePermission`] makes of a service.
#[derive(Clone, Debug)]
pub struct RequirePermissionService<S, R = JsonRejection> {
    inner: S,
    asked: RequirePermission<R>,
}

impl<S, R, ReqBody, ResBody> Service<Request<ReqBody>> for RequirePermissionService<S, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    R: Reject<ResBody>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = PermissionFuture<S::Future, Ready<Result<S::Response, S::Error>>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        let rejection = match request.extensions().get::<Principal>() {
            Some(principal) if principal.has(&self.asked.permission) => {
                return PermissionFuture::Passed {
                    future: self.inner.call(request),
                };
            }
            Some(_) => Rejection::PermissionDenied(self.asked.permission.to_string()),
            None => Rejection::NoToken,
        };
        let id = request
            .headers()
            .get("x-request-id")
            .and_then(|id| id.to_str().ok());
        let response = self.asked.rejection.reject(&rejection, id);
        PermissionFuture::Rejected {
            future: ready(Ok(response)),
        }
    }
}

pin_project! {
    /// The response of a [`RequirePermissionService`].
    #[project = PermissionProjection]
    #[derive(Debug)]
    pub enum PermissionFuture<A, B> {
        /// The service's own.
        Passed { #[pin] future: A },
        /// A rejection.
        Rejected { #[pin] future: B },
    }
}

impl<A: Future, B: Future<Output = A::Output>> Future for PermissionFuture<A, B> {
    type Output = A::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<A::Output> {
        match self.project() {
            PermissionProjection::Passed { future } => future.poll(cx),
            PermissionProjection::Rejected { future } => future.poll(cx),
        }
    }
}

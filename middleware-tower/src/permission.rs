//! What a route asks of whoever the request comes from.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use crate::future::{ResponseBody, ResponseFuture};
use crate::{Principal, Refusal};

/// Lets a request through only when its [`Principal`] holds the permissions. It stands behind a
/// [`HeimdallLayer`](crate::HeimdallLayer); a request that did not come through one is answered 401.
///
/// What is refused is answered 403 `PERMISSION_DENIED`: `details` names what is missing, and so does the `scope` of
/// `WWW-Authenticate` (RFC 6750 §3.1).
///
/// ```
/// use heimdall_tower::RequirePermission;
///
/// let one = RequirePermission::new("billing:read");
/// let both = RequirePermission::all(["billing:read", "billing:write"]);
/// ```
#[derive(Clone, Debug)]
pub struct RequirePermission {
    permissions: Arc<[String]>,
}

impl RequirePermission {
    /// Asks for one permission.
    #[must_use]
    pub fn new(permission: impl Into<String>) -> Self {
        Self::all([permission])
    }

    /// Asks for several, all of them.
    #[must_use]
    pub fn all(permissions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            permissions: permissions.into_iter().map(Into::into).collect(),
        }
    }

    fn check(&self, principal: Option<&Principal>) -> Result<(), Refusal> {
        let principal = principal.ok_or(Refusal::NoToken)?;
        if self.permissions.iter().all(|asked| principal.has(asked)) {
            return Ok(());
        }
        let missing = self
            .permissions
            .iter()
            .filter(|asked| !principal.has(asked));
        Err(Refusal::PermissionDenied(missing.cloned().collect()))
    }
}

impl<S> Layer<S> for RequirePermission {
    type Service = RequirePermissionService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequirePermissionService {
            inner,
            asked: self.clone(),
        }
    }
}

/// The service that [`RequirePermission`] makes.
#[derive(Clone, Debug)]
pub struct RequirePermissionService<S> {
    inner: S,
    asked: RequirePermission,
}

impl<S, B, R> Service<Request<B>> for RequirePermissionService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match self.asked.check(request.extensions().get()) {
            Ok(()) => ResponseFuture::calling(self.inner.call(request)),
            Err(refusal) => ResponseFuture::refused(refusal.response(request.headers())),
        }
    }
}

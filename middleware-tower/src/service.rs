use std::mem;
use std::task::{Context, Poll};

use http::{Request, Response};
use tower_service::Service;

use crate::Verifier;
use crate::future::{ResponseBody, ResponseFuture};
use crate::verifier::Judgment;

/// The service that [`HeimdallLayer`](crate::HeimdallLayer) makes.
#[derive(Clone, Debug)]
pub struct HeimdallService<S> {
    inner: S,
    verifier: Verifier,
}

impl<S> HeimdallService<S> {
    /// Stands before `inner`.
    pub fn new(inner: S, verifier: Verifier) -> Self {
        Self { inner, verifier }
    }
}

impl<S, B, R> Service<Request<B>> for HeimdallService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        match self.verifier.judge(&parts) {
            Judgment::Now(Ok(principal)) => {
                parts.extensions.insert(principal);
                ResponseFuture::calling(self.inner.call(Request::from_parts(parts, body)))
            }
            Judgment::Now(Err(refusal)) => {
                ResponseFuture::refused(refusal.response(&parts.headers))
            }
            Judgment::Later(judgment) => {
                // The call comes later: take the service that was found ready, leave its clone behind.
                let clone = self.inner.clone();
                let ready = mem::replace(&mut self.inner, clone);
                ResponseFuture::waiting(judgment, ready, Request::from_parts(parts, body))
            }
        }
    }
}

use std::{
    mem,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use tower_service::Service;

use super::{BoxError, ResponseBody, ResponseFuture};
use crate::Verifier;

/// The service that [`VerifyWebhookLayer`](super::VerifyWebhookLayer) makes.
#[derive(Debug, Clone)]
pub struct VerifyWebhook<S> {
    inner: S,
    verifier: Verifier,
    body_limit: usize,
}

impl<S> VerifyWebhook<S> {
    /// `body_limit` is in bytes.
    pub fn new(inner: S, verifier: Verifier, body_limit: usize) -> Self {
        Self {
            inner,
            verifier,
            body_limit,
        }
    }
}

impl<S, B, R> Service<Request<B>> for VerifyWebhook<S>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>> + Clone,
    B: Body,
    B::Error: Into<BoxError>,
    R: Body<Data = Bytes>,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The call comes later, when the body is there: take the service that was found ready, leave its clone behind.
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        ResponseFuture::new(ready, self.verifier.clone(), self.body_limit, request)
    }
}

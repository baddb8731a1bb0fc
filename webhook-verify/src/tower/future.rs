use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response, request::Parts};
use http_body::Body;
use http_body_util::{BodyExt, Either, Full, LengthLimitError, Limited, combinators::Collect};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::BoxError;
use crate::{
    Verifier,
    refusal::{Reason, request_id},
};

/// The body of an answer: the service's own, or the layer's where it refused.
pub type ResponseBody<R> = Either<R, Full<Bytes>>;

pin_project! {
    /// Reads the body, verifies it, and then is the service's future.
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<Full<Bytes>>>,
        B: Body,
        B::Error: Into<BoxError>,
    {
        service: S,
        verifier: Verifier,
        parts: Parts,
        #[pin]
        state: State<S::Future, Collect<Limited<B>>>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F, C> {
        TooLarge,
        Reading { #[pin] body: C },
        Calling { #[pin] future: F },
    }
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<Full<Bytes>>>,
    B: Body,
    B::Error: Into<BoxError>,
{
    pub(super) fn new(
        service: S,
        verifier: Verifier,
        body_limit: usize,
        request: Request<B>,
    ) -> Self {
        let (parts, body) = request.into_parts();
        // A `Content-Length` above the limit is refused before a byte is read; what lies about its length, while it is.
        let state = if body.size_hint().lower() > u64::try_from(body_limit).unwrap_or(u64::MAX) {
            State::TooLarge
        } else {
            State::Reading {
                body: Limited::new(body, body_limit).collect(),
            }
        };
        Self {
            service,
            verifier,
            parts,
            state,
        }
    }
}

impl<S, B> fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<Full<Bytes>>>,
    B: Body,
    B::Error: Into<BoxError>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("parts", &self.parts)
            .finish_non_exhaustive()
    }
}

impl<S, B, R> Future for ResponseFuture<S, B>
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>>,
    B: Body,
    B::Error: Into<BoxError>,
    R: Body<Data = Bytes>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let read = match this.state.as_mut().project() {
                StateProjection::Calling { future } => {
                    return future
                        .poll(cx)
                        .map_ok(|response| response.map(Either::Left));
                }
                StateProjection::TooLarge => Err(Reason::TooLarge),
                StateProjection::Reading { body } => match ready!(body.poll(cx)) {
                    Ok(collected) => Ok(collected.to_bytes()),
                    Err(error) if error.is::<LengthLimitError>() => Err(Reason::TooLarge),
                    Err(_) => Err(Reason::Unreadable),
                },
            };
            match read.and_then(|raw_body| admit(this.verifier, this.parts, raw_body)) {
                Ok(request) => {
                    let future = this.service.call(request);
                    this.state.set(State::Calling { future });
                }
                Err(reason) => {
                    let response = reason.response::<Full<Bytes>>(&request_id(&this.parts.headers));
                    return Poll::Ready(Ok(response.map(Either::Right)));
                }
            }
        }
    }
}

/// The request as the service gets it, if it is genuine.
fn admit(
    verifier: &Verifier,
    parts: &mut Parts,
    raw_body: Bytes,
) -> Result<Request<Full<Bytes>>, Reason> {
    let delivery = verifier
        .verify(&parts.headers, &raw_body)
        .map_err(Reason::Error)?;
    parts
        .extensions
        .insert(delivery.event().map_err(Reason::Error)?);
    let (fresh, ()) = Request::new(()).into_parts();
    Ok(Request::from_parts(
        std::mem::replace(parts, fresh),
        Full::new(raw_body),
    ))
}

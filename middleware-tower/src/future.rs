use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Either, Full};
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::{Principal, Refusal};

/// The body of an answer: the service's own, or the layer's where it refused.
pub type ResponseBody<R> = Either<R, Full<Bytes>>;

type Judgment = Pin<Box<dyn Future<Output = Result<Principal, Refusal>> + Send>>;

pin_project! {
    /// The service's future, or a refusal; before it the wait for what a token could not be judged without.
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B, S::Future>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B, F> {
        Calling { #[pin] future: F },
        Refused { response: Option<Response<Full<Bytes>>> },
        Waiting { judgment: Judgment, call: Option<(S, Request<B>)> },
    }
}

impl<S: Service<Request<B>>, B> ResponseFuture<S, B> {
    pub(crate) fn calling(future: S::Future) -> Self {
        let state = State::Calling { future };
        Self { state }
    }

    pub(crate) fn refused(response: Response<Full<Bytes>>) -> Self {
        let state = State::Refused {
            response: Some(response),
        };
        Self { state }
    }

    pub(crate) fn waiting(judgment: Judgment, service: S, request: Request<B>) -> Self {
        let state = State::Waiting {
            judgment,
            call: Some((service, request)),
        };
        Self { state }
    }
}

impl<S: Service<Request<B>>, B> fmt::Debug for ResponseFuture<S, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

impl<S, B, R> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Output = Result<Response<ResponseBody<R>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let (judgment, call) = match state.as_mut().project() {
                StateProjection::Calling { future } => {
                    let answered = future.poll(cx);
                    return answered.map_ok(|response| response.map(Either::Left));
                }
                StateProjection::Refused { response } => match response.take() {
                    Some(response) => return Poll::Ready(Ok(response.map(Either::Right))),
                    // Polled again after its end, which no future has to answer.
                    None => return Poll::Pending,
                },
                StateProjection::Waiting { judgment, call } => {
                    let judged = ready!(judgment.as_mut().poll(cx));
                    (judged, call.take())
                }
            };
            let Some((mut service, mut request)) = call else {
                return Poll::Pending;
            };
            match judgment {
                Ok(principal) => {
                    request.extensions_mut().insert(principal);
                    let future = service.call(request);
                    state.set(State::Calling { future });
                }
                Err(refusal) => {
                    let response = refusal.response(request.headers());
                    return Poll::Ready(Ok(response.map(Either::Right)));
                }
            }
        }
    }
}

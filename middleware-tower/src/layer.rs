//! The tower layer.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::principal::Principal;
use crate::rejection::{JsonRejection, Reject, Rejection};
use crate::verifier::Verifier;

/// Lets through only requests with a good token, and puts their [`Principal`] into the extensions.
///
/// For any `http::Request<B>`; a rejection's body is made by `R`.
///
/// ```no_run
/// # async fn f(service: impl tower::Service<http::Request<String>, Response = http::Response<String>>) -> Result<(), heimdall_tower::BuildError> {
/// use heimdall_tower::{HeimdallLayer, Verifier};
/// use tower::Layer as _;
///
/// let verifier = Verifier::builder("http://127.0.0.1:8080/heimdall").app("app_01J9ZC4E7M3VXQ0R8W5T2K6Y1B").build()?;
/// let service = HeimdallLayer::new(verifier).layer(service);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct HeimdallLayer<R = JsonRejection> {
    verifier: Verifier,
    rejection: R,
}

impl HeimdallLayer {
    /// Rejects with Heimdall's JSON error body.
    pub fn new(verifier: Verifier) -> Self {
        Self {
            verifier,
            rejection: JsonRejection,
        }
    }
}

impl<R> HeimdallLayer<R> {
    /// Rejects in another way: with a function from the [`Rejection`] and the request's id to the response.
    pub fn with_rejection<R2>(self, rejection: R2) -> HeimdallLayer<R2> {
        HeimdallLayer {
            verifier: self.verifier,
            rejection,
        }
    }
}

impl<S, R: Clone> Layer<S> for HeimdallLayer<R> {
    type Service = HeimdallService<S, R>;

    fn layer(&self, inner: S) -> Self::Service {
        HeimdallService {
            inner,
            verifier: self.verifier.clone(),
            rejection: self.rejection.clone(),
        }
    }
}

/// What [`HeimdallLayer`] makes of a service.
#[derive(Clone, Debug)]
pub struct HeimdallService<S, R = JsonRejection> {
    inner: S,
    verifier: Verifier,
    rejection: R,
}

impl<S, R, ReqBody, ResBody> Service<Request<ReqBody>> for HeimdallService<S, R>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone,
    R: Reject<ResBody> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = HeimdallFuture<S, R, ReqBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<ReqBody>) -> Self::Future {
        let state = match self.verifier.verify_now(request.headers(), request.uri()) {
            Some(Ok(principal)) => {
                request.extensions_mut().insert(principal);
                State::Passed {
                    future: self.inner.call(request),
                }
            }
            Some(Err(rejection)) => State::Rejected {
                rejection: Some((rejection, request_id(&request))),
            },
            None => {
                // The service that was polled ready is the one to call; its clone stays behind.
                let clone = self.inner.clone();
                let ready = std::mem::replace(&mut self.inner, clone);
                let (verifier, headers, uri) = (
                    self.verifier.clone(),
                    request.headers().clone(),
                    request.uri().clone(),
                );
                let asking = Box::pin(async move { verifier.verify_asking(&headers, &uri).await });
                State::Asking {
                    asking,
                    waiting: Some((request, ready)),
                }
            }
        };
        HeimdallFuture {
            state,
            rejection: self.rejection.clone(),
        }
    }
}

fn request_id<B>(request: &Request<B>) -> Option<String> {
    let id = request.headers().get("x-request-id")?.to_str().ok()?;
    let sane = (1..=128).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    sane.then(|| id.to_owned())
}

type Asking = Pin<Box<dyn Future<Output = Result<Principal, Rejection>> + Send>>;

pin_project! {
    /// The response of a [`HeimdallService`].
    pub struct HeimdallFuture<S, R, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B>,
        rejection: R,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B>
    where
        S: Service<Request<B>>,
    {
        /// The token is good.
        Passed { #[pin] future: S::Future },
        /// It is not.
        Rejected { rejection: Option<(Rejection, Option<String>)> },
        /// A key, or Heimdall's opinion, is being fetched.
        Asking { asking: Asking, waiting: Option<(Request<B>, S)> },
    }
}

impl<S, R, ReqBody, ResBody> Future for HeimdallFuture<S, R, ReqBody>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>>,
    R: Reject<ResBody>,
{
    type Output = Result<Response<ResBody>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateProjection::Passed { future } => return future.poll(cx),
                StateProjection::Rejected { rejection } => {
                    // Polled again after it was ready: no future has to answer that, but it must not panic.
                    let Some((rejection, id)) = rejection.take() else {
                        return Poll::Pending;
                    };
                    return Poll::Ready(Ok(this.rejection.reject(&rejection, id.as_deref())));
                }
                StateProjection::Asking { asking, waiting } => {
                    let outcome = ready!(asking.as_mut().poll(cx));
                    let Some((mut request, mut service)) = waiting.take() else {
                        return Poll::Pending;
                    };
                    match outcome {
                        Ok(principal) => {
                            request.extensions_mut().insert(principal);
                            State::Passed {
                                future: service.call(request),
                            }
                        }
                        Err(rejection) => State::Rejected {
                            rejection: Some((rejection, request_id(&request))),
                        },
                    }
                }
            };
            this.state.set(next);
        }
    }
}

impl<S: Service<Request<B>>, R, B> std::fmt::Debug for HeimdallFuture<S, R, B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeimdallFuture").finish_non_exhaustive()
    }
}

use tower_layer::Layer;

use super::VerifyWebhook;
use crate::Verifier;

/// How many bytes a body may have unless configured: 1 MiB, a multiple of what Heimdall sends.
pub const DEFAULT_BODY_LIMIT: usize = 1024 * 1024;

/// Buffers and verifies each request, and hands it on with its raw bytes and with the [`Event`](crate::Event) among its
/// extensions.
///
/// What is not genuine is answered 401, an event that can't be read 400, a body above the limit 413, each with
/// Heimdall's error body.
///
/// ```
/// use bytes::Bytes;
/// use heimdall_webhook_verify::{Error, Event, Secret, Verifier, tower::VerifyWebhookLayer};
/// use http::{Request, Response};
/// use http_body_util::Full;
/// use tower::{ServiceBuilder, service_fn};
///
/// async fn receive(request: Request<Full<Bytes>>) -> Result<Response<Full<Bytes>>, std::convert::Infallible> {
///     if let Some(event) = request.extensions().get::<Event>() {
///         println!("{}", event.kind);
///     }
///     Ok(Response::new(Full::from(r#"{"received": true}"#)))
/// }
///
/// let verifier = Verifier::new([Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?])?;
/// let service = ServiceBuilder::new()
///     .layer(VerifyWebhookLayer::new(verifier).with_body_limit(64 * 1024))
///     .service(service_fn(receive));
/// # let _: Box<dyn tower::Service<Request<Full<Bytes>>, Response = _, Error = _, Future = _>> = Box::new(service);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct VerifyWebhookLayer {
    verifier: Verifier,
    body_limit: usize,
}

impl VerifyWebhookLayer {
    /// A layer with [`DEFAULT_BODY_LIMIT`].
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        Self {
            verifier,
            body_limit: DEFAULT_BODY_LIMIT,
        }
    }

    /// How many bytes a body may have; one of exactly that length passes.
    #[must_use]
    pub fn with_body_limit(self, bytes: usize) -> Self {
        Self {
            body_limit: bytes,
            ..self
        }
    }
}

impl<S> Layer<S> for VerifyWebhookLayer {
    type Service = VerifyWebhook<S>;

    fn layer(&self, inner: S) -> Self::Service {
        VerifyWebhook::new(inner, self.verifier.clone(), self.body_limit)
    }
}

use tower_layer::Layer;

use crate::{HeimdallService, Verifier};

/// Lets a request through only with a good access token of the App, and with its [`Principal`](crate::Principal) among the
/// extensions.
///
/// Any `http::Request<B>` will do, so it stands before axum, hyper, tonic or whatever else is a tower service. What is refused is
/// answered 401 (or 503 when nothing can be said of tokens) with Heimdall's error body and a `WWW-Authenticate` header (RFC 6750).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), heimdall_tower::BuildError> {
/// use heimdall_tower::{HeimdallLayer, Principal, Verifier};
/// use http::{Request, Response};
/// use tower::{ServiceBuilder, service_fn};
///
/// async fn hello(request: Request<String>) -> Result<Response<String>, std::convert::Infallible> {
///     let principal = request.extensions().get::<Principal>().map(Principal::subject);
///     Ok(Response::new(format!("hello {}", principal.unwrap_or("nobody"))))
/// }
///
/// let verifier = Verifier::builder("https://auth.example.com/heimdall")
///     .app("app_01JD8QZJ4T9V6M3W2X7Y5N0KRB")
///     .build()?;
/// let service = ServiceBuilder::new()
///     .layer(HeimdallLayer::new(verifier))
///     .service(service_fn(hello));
/// # drop(service);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct HeimdallLayer {
    verifier: Verifier,
}

impl HeimdallLayer {
    /// A layer that asks this verifier.
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        Self { verifier }
    }
}

impl<S> Layer<S> for HeimdallLayer {
    type Service = HeimdallService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        HeimdallService::new(inner, self.verifier.clone())
    }
}

//! poem has a request of its own, so its middleware asks the verifier itself.
//!
//! ```text
//! cargo run -p heimdall-tower --example poem http://127.0.0.1:8080/heimdall app_…
//! ```

use bytes::Bytes;
use heimdall_tower::{Principal, Verifier};
use poem::web::Data;
use poem::{Endpoint, EndpointExt, IntoResponse, Middleware, Request, Response, Route, handler};

/// Lets through only what has a good token of the App.
#[derive(Debug)]
pub struct Authenticate(pub Verifier);

impl<E: Endpoint> Middleware<E> for Authenticate {
    type Output = Authenticated<E>;

    fn transform(&self, inner: E) -> Self::Output {
        Authenticated {
            verifier: self.0.clone(),
            inner,
        }
    }
}

#[derive(Debug)]
pub struct Authenticated<E> {
    verifier: Verifier,
    inner: E,
}

impl<E: Endpoint> Endpoint for Authenticated<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let (mut parts, ()) = http::Request::new(()).into_parts();
        parts.uri = request.uri().clone();
        parts.headers = request.headers().clone();
        match self.verifier.authenticate(&parts).await {
            Ok(principal) => {
                request.set_data(principal);
                self.inner
                    .call(request)
                    .await
                    .map(IntoResponse::into_response)
            }
            Err(refusal) => {
                let (head, body) = refusal.response::<Bytes>(&parts.headers).into_parts();
                let mut response = Response::from((head.status, body));
                *response.headers_mut() = head.headers;
                Ok(response)
            }
        }
    }
}

#[handler]
fn me(principal: Data<&Principal>) -> String {
    format!("{} of {}", principal.subject(), principal.app_id())
}

pub fn app(verifier: Verifier) -> impl Endpoint {
    Route::new()
        .at("/me", poem::get(me))
        .with(Authenticate(verifier))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(url), Some(app_id)) = (args.next(), args.next()) else {
        return Err("usage: poem <Heimdall's base URL> <App id>".into());
    };
    let verifier = Verifier::builder(url).app(app_id).build()?;
    let listener = poem::listener::TcpListener::bind("127.0.0.1:3000");
    println!("http://127.0.0.1:3000/me");
    poem::Server::new(listener).run(app(verifier)).await?;
    Ok(())
}

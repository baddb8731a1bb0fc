//! Bare hyper: the layer stands before a function.
//!
//! ```text
//! cargo run -p heimdall-tower --example hyper http://127.0.0.1:8080/heimdall app_…
//! ```

use std::convert::Infallible;

use bytes::Bytes;
use heimdall_tower::{HeimdallLayer, Principal, Verifier};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::{ServiceBuilder, service_fn};

/// Serves until the listener fails.
pub async fn serve(listener: TcpListener, verifier: Verifier) -> std::io::Result<()> {
    let service = ServiceBuilder::new()
        .layer(HeimdallLayer::new(verifier))
        .service(service_fn(hello));
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                eprintln!("a connection broke: {error}");
            }
        });
    }
}

async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let principal = request.extensions().get::<Principal>();
    let name = principal.map_or("nobody", Principal::subject);
    Ok(Response::new(Full::from(format!("hello {name}"))))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(url), Some(app_id)) = (args.next(), args.next()) else {
        return Err("usage: hyper <Heimdall's base URL> <App id>".into());
    };
    let verifier = Verifier::builder(url).app(app_id).build()?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/", listener.local_addr()?);
    serve(listener, verifier).await?;
    Ok(())
}

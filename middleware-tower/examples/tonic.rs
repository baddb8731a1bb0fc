//! gRPC with tonic: the layer answers 401 and 403, which gRPC clients read as `UNAUTHENTICATED` and `PERMISSION_DENIED`.
//!
//! What `tonic-build` would generate is written by hand here, with text for messages.
//!
//! ```text
//! cargo run -p heimdall-tower --example tonic http://127.0.0.1:8080/heimdall app_…
//! ```

use std::convert::Infallible;

use bytes::{Buf, BufMut};
use heimdall_tower::{HeimdallLayer, Principal, RequirePermission, Verifier};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::server::Grpc;
use tonic::transport::Server;
use tonic::{Request, Response, Status};
use tower::service_fn;

/// Serves until the listener fails.
pub async fn serve(
    listener: TcpListener,
    verifier: Verifier,
) -> Result<(), tonic::transport::Error> {
    Server::builder()
        .layer(HeimdallLayer::new(verifier))
        .layer(RequirePermission::new("billing:read"))
        .serve_with_incoming(service_fn(route), TcpListenerStream::new(listener))
        .await
}

async fn route(request: http::Request<Body>) -> Result<http::Response<Body>, Infallible> {
    Ok(match request.uri().path() {
        "/billing.Invoices/Total" => Grpc::new(Text).unary(service_fn(total), request).await,
        _ => Status::unimplemented("no such method").into_http(),
    })
}

/// What the layer found out comes along in the extensions.
async fn total(request: Request<String>) -> Result<Response<String>, Status> {
    let principal = request.extensions().get::<Principal>();
    let principal = principal.ok_or_else(|| Status::unauthenticated("no token"))?;
    let total = format!("{} of {} in {}", 42, principal.app_id(), request.get_ref());
    Ok(Response::new(total))
}

/// Messages that are nothing but text.
#[derive(Clone, Copy, Debug)]
struct Text;

impl Codec for Text {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Text {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, text: String, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put_slice(text.as_bytes());
        Ok(())
    }
}

impl Decoder for Text {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let bytes = from.copy_to_bytes(from.remaining()).to_vec();
        let text = String::from_utf8(bytes);
        text.map(Some)
            .map_err(|_| Status::invalid_argument("no text"))
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(url), Some(app_id)) = (args.next(), args.next()) else {
        return Err("usage: tonic <Heimdall's base URL> <App id>".into());
    };
    let verifier = Verifier::builder(url).app(app_id).build()?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("{}", listener.local_addr()?);
    serve(listener, verifier).await?;
    Ok(())
}

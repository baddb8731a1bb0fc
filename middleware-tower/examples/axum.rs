//! An API on axum: every route needs a token of the App, some need a permission too.
//!
//! ```text
//! cargo run -p heimdall-tower --features axum --example axum http://127.0.0.1:8080/heimdall app_…
//! ```

use axum::Router;
use axum::routing::{get, post};
use heimdall_tower::{HeimdallLayer, Principal, Refusal, RequirePermission, Verifier};

pub fn app(verifier: Verifier) -> Router {
    let write = RequirePermission::new("billing:write");
    Router::new()
        .route("/me", get(me))
        .route("/invoices", post(create_invoice).layer(write))
        .route("/reports", get(reports))
        .layer(HeimdallLayer::new(verifier))
}

async fn me(principal: Principal) -> String {
    format!("{} of {}", principal.subject(), principal.app_id())
}

async fn create_invoice(principal: Principal) -> String {
    format!("an invoice of {}", principal.app_id())
}

/// What is needed can depend on more than the route: then the handler asks.
async fn reports(principal: Principal) -> Result<&'static str, Refusal> {
    if !principal.is_service() && !principal.has("billing:read") {
        let missing = ["billing:read".to_owned()];
        return Err(Refusal::PermissionDenied(missing.into()));
    }
    Ok("reports")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(url), Some(app_id)) = (args.next(), args.next()) else {
        return Err("usage: axum <Heimdall's base URL> <App id>".into());
    };
    let verifier = Verifier::builder(url).app(app_id).build()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}/me", listener.local_addr()?);
    axum::serve(listener, app(verifier)).await?;
    Ok(())
}

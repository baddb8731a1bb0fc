//! Guide 4: a service that verifies tokens on its own, and still hears at once whom to refuse.

use axum::Router;
use axum::routing::get;
use clap::Parser;
use heimdall_tower::{HeimdallLayer, Principal, RequirePermission, Verifier};

#[derive(Parser)]
struct Args {
    /// The base URL of Heimdall: the issuer of its tokens
    #[arg(
        long,
        env = "HEIMDALL_URL",
        default_value = "http://127.0.0.1:8080/heimdall"
    )]
    url: String,
    /// The id of the App whose users call
    #[arg(long, env = "HEIMDALL_APP_ID")]
    app: String,
    /// An admin key or a service's token with revocations:read
    #[arg(long, env = "HEIMDALL_TOKEN", hide_env_values = true)]
    token: String,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let verifier = Verifier::builder(&args.url)
        .app(args.app)
        .feed_credential(args.token)
        .build()?;
    let invoices = get(invoices).layer(RequirePermission::new("billing:read"));
    let app = Router::new()
        .route("/api/invoices", invoices)
        .layer(HeimdallLayer::new(verifier));
    let listener = tokio::net::TcpListener::bind(&args.listen).await?;
    println!("http://{}/api/invoices", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

async fn invoices(caller: Principal) -> String {
    format!(
        "the invoices of {} for {}\n",
        caller.app_id(),
        caller.subject()
    )
}

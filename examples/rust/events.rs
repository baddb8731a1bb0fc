//! Guide 5: a receiver of webhooks. It verifies the bytes as they came, before it believes them.

use axum::routing::post;
use axum::{Json, Router};
use clap::Parser;
use heimdall_sdk::{Client, NewWebhook};
use heimdall_webhook_verify::axum::VerifiedEvent;
use heimdall_webhook_verify::{EventType, Secret, Verifier};

#[derive(Parser)]
struct Args {
    /// The base URL of Heimdall
    #[arg(
        long,
        env = "HEIMDALL_URL",
        default_value = "http://127.0.0.1:8080/heimdall"
    )]
    url: String,
    #[arg(long, env = "HEIMDALL_ADMIN_KEY", hide_env_values = true)]
    admin_key: String,
    /// The App to hear of
    #[arg(default_value = "acme-corp")]
    app: String,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let listener = tokio::net::TcpListener::bind(&args.listen).await?;

    // Once, by hand or by your set-up: the secret is shown only now.
    let client = Client::new(&args.url, args.admin_key)?;
    let url = format!("http://{}/webhooks/heimdall", listener.local_addr()?);
    let made = client
        .app(&args.app)
        .webhooks()
        .create(&NewWebhook::new(url, ["*"]))
        .await?;
    let secret = made
        .secret
        .ok_or("the answer to a creation has the secret")?;

    let verifier = Verifier::new([Secret::parse(secret.expose())?])?;
    let app = Router::new()
        .route("/webhooks/heimdall", post(receive))
        .with_state(verifier);
    println!("listening");
    axum::serve(listener, app).await?;
    Ok(())
}

/// Any answer in the 200s acknowledges; anything else, and it comes again later.
async fn receive(VerifiedEvent { event, .. }: VerifiedEvent) -> Json<&'static str> {
    match event.kind {
        EventType::UserCreated => {
            println!("provision {}", event.data.user_id().unwrap_or_default())
        }
        EventType::UserDeactivated => {
            println!("clean up {}", event.data.user_id().unwrap_or_default())
        }
        EventType::InviteAccepted => {
            println!("welcome {}", event.data.user_id().unwrap_or_default())
        }
        other => println!("heard of {}", other.as_str()),
    }
    Json("received")
}

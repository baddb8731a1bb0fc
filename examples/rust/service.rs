//! Guide 2: a service signs in with a secret of its own, and the secret is exchanged without an outage.

use clap::Parser;
use heimdall_sdk::{Client, Error, NewCredential};

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
    /// The App that the service belongs to
    #[arg(default_value = "acme-corp")]
    app: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let args = Args::parse();
    let client = Client::new(&args.url, args.admin_key)?;
    let credentials = client.app(&args.app).credentials();
    let made = credentials
        .create(&NewCredential::new("nightly invoices", ["billing:read"]))
        .await?;
    let Some(first) = made.client_secret else {
        return Ok(());
    };

    // What the service does at its start: it needs no key of yours.
    let service = client.without_bearer();
    let tokens = service.app(&args.app).tokens();
    let token = tokens
        .client_credentials(&made.client_id, first.clone())
        .await?;
    println!(
        "{} may {} for {} seconds",
        made.client_id, token.scope, token.expires_in
    );

    // A second secret is rolled out; the first goes on working until it is dropped.
    let second = credentials.create_secret(&made.client_id).await?;
    tokens
        .client_credentials(&made.client_id, second.client_secret)
        .await?;
    let live = credentials.get(&made.client_id).await?.secrets;
    if let Some(old) = live.first() {
        credentials.delete_secret(&made.client_id, &old.id).await?;
    }
    match tokens.client_credentials(&made.client_id, first).await {
        Err(_) => println!("the first secret is no good any more"),
        Ok(_) => println!("the first secret still works"),
    }
    Ok(())
}

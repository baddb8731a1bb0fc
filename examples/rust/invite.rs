//! Guide 3: somebody who may invites a colleague, who joins.

use clap::Parser;
use heimdall_sdk::{AcceptInvite, Client, Error, NewInvite};

#[derive(Parser)]
struct Args {
    /// The base URL of Heimdall
    #[arg(
        long,
        env = "HEIMDALL_URL",
        default_value = "http://127.0.0.1:8080/heimdall"
    )]
    url: String,
    /// Who invites: an access token or an admin key
    #[arg(long, env = "HEIMDALL_TOKEN", hide_env_values = true)]
    token: String,
    /// The App to join
    #[arg(default_value = "acme-corp")]
    app: String,
    /// Who is invited
    #[arg(default_value = "bob@contractor.example")]
    email: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let args = Args::parse();
    let client = Client::new(&args.url, args.token)?;
    let invite = NewInvite::new(&args.email)
        .with_role("viewer")
        .with_expires_in_hours(72);
    let invite = client.app(&args.app).invites().create(&invite).await?;
    // Sending it is up to you; the address behind it is a page with a form.
    println!("invited {} until {}", args.email, invite.expires_at);

    // What your own signup page would do with the token of the link.
    let Some(token) = invite.token else {
        return Ok(());
    };
    let invites = client.without_bearer();
    let preview = invites.invites().preview(token.clone()).await?;
    println!(
        "join {} as {}",
        preview.app_display_name,
        preview.roles.join(", ")
    );
    let accept = AcceptInvite::new("Bob Martinez", "a river runs through it");
    let joined = invites.invites().accept(token, &accept).await?;
    println!(
        "{} is {} and may {}",
        joined.user.email, joined.user.id, joined.tokens.scope
    );
    Ok(())
}

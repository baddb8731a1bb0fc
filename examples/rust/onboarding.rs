//! Guide 1: a customer signs up, and gets a tenant with roles and a first user.
//!
//! One request makes all of it, or nothing.

use clap::Parser;
use heimdall_sdk::{Client, Error, NewApp, NewRole, NewUser};

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
    /// The customer's name
    #[arg(default_value = "Acme Corp")]
    customer: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let args = Args::parse();
    let client = Client::new(&args.url, args.admin_key)?;
    let name = slug(&args.customer);
    let email = format!("ada@{name}.example");
    let password = "correct horse battery";

    let admin = NewRole::new(
        "admin",
        [
            "billing:read",
            "billing:write",
            "users:read",
            "users:invite",
        ],
    );
    let owner = NewUser::new(&email)
        .with_display_name("Ada")
        .with_password(password)
        .with_role("admin");
    let tenant = NewApp::new(&name)
        .with_display_name(&args.customer)
        .with_role(admin.with_display_name("Administrator"))
        .with_role(NewRole::new("viewer", ["billing:read"]))
        .with_owner(owner);
    let app = client.apps().create(&tenant).await?;
    println!("{} is {}", app.display_name, app.id);

    // The founder signs in; your frontend keeps these tokens.
    let tokens = client
        .without_bearer()
        .app(&app.name)
        .tokens()
        .password(&email, password)
        .await?;
    println!("{email} may {}", tokens.scope);
    Ok(())
}

/// `Acme Corp` becomes `acme-corp`.
fn slug(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>()
        .join("-")
}

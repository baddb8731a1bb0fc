//! `heimdall admin-key`: make a key where none is at hand, see which there are, end one.

use clap::Subcommand;
use heimdall_server::admin_keys::{self, Held, NewAdminKey};
use heimdall_server::apps;
use heimdall_server::config::Config;
use heimdall_server::events::{Actor, Origin};
use heimdall_server::kernel::ids::AdminKeyId;
use heimdall_server::permissions::{Grants, Permission, Permissions};

use super::Outcome;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a key and print it
    Create {
        /// What it is for
        #[arg(long, default_value = "made by command")]
        name: String,
        /// Bind it to one App, by its name or its id
        #[arg(long)]
        app: Option<String>,
        /// What it may do, such as users:read; everything when left out
        #[arg(long = "permission")]
        permissions: Vec<String>,
    },
    /// List the keys
    List,
    /// Revoke a key, by its id
    Revoke { id: String },
}

pub(super) async fn run(config: Config, command: Command) -> Outcome {
    let heimdall = super::open(config).await?;
    let mut work = heimdall
        .begin(Actor::system("command"), Origin::default())
        .await?;
    match command {
        Command::Create {
            name,
            app,
            permissions,
        } => {
            let app = match app {
                Some(app) => {
                    let found = apps::find_by_name_or_id(&mut work.tx, &app).await?;
                    Some(found.ok_or_else(|| format!("there is no App {app}"))?.id)
                }
                None => None,
            };
            let held = held(&permissions)?;
            let new = NewAdminKey {
                name,
                app,
                held,
                expires_at: None,
            };
            let (key, secret) = admin_keys::create(&mut work, &Grants::All, new).await?;
            work.commit().await?;
            println!("{}  {}", key.id, secret.expose());
        }
        Command::List => {
            for key in admin_keys::list(&mut work.tx, None, i64::MAX).await? {
                let state = if key.revoked_at.is_some() {
                    "revoked"
                } else {
                    "active"
                };
                let app = key.app_id.map_or("every App".into(), |app| app.to_string());
                println!(
                    "{}  {state:8} {app:30} {:20} {}",
                    key.id,
                    key.permissions.names().join(","),
                    key.name
                );
            }
            // Else closing the database would wait for it.
            drop(work);
        }
        Command::Revoke { id } => {
            let id = AdminKeyId::parse(&id)
                .ok_or("that is no id of a key; `heimdall admin-key list` shows them")?;
            admin_keys::revoke(&mut work, &id)
                .await
                .map_err(|_| format!("there is no key {id}"))?;
            work.commit().await?;
        }
    }
    heimdall.db.close().await;
    Ok(())
}

fn held(names: &[String]) -> Result<Held, String> {
    if names.is_empty() {
        return Ok(Held::all());
    }
    let mut held = Permissions::new();
    for name in names {
        let permission = Permission::parse(name);
        held.insert(
            permission
                .ok_or_else(|| format!("{name} is no permission; one looks like users:read"))?,
        );
    }
    Ok(Held::only(&held))
}

//! `heimdall signing-key`: see the keys that sign tokens, and publish the next.

use clap::Subcommand;
use heimdall_server::config::Config;
use heimdall_server::events::{Actor, Origin};
use heimdall_server::keys;

use super::Outcome;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List the keys
    List,
    /// Publish the next key, which signs a day later
    Rotate,
}

pub(super) async fn run(config: Config, command: Command) -> Outcome {
    let heimdall = super::open(config).await?;
    match command {
        Command::List => {
            let now = heimdall.clock.now();
            for key in keys::list(&heimdall).await? {
                println!(
                    "{}  {}  {:?}  signs from {}",
                    key.kid,
                    key.algorithm,
                    key.state(now),
                    key.active_at
                );
            }
        }
        Command::Rotate => {
            let mut work = heimdall
                .begin(Actor::system("command"), Origin::default())
                .await?;
            let key = keys::rotate(&mut work).await?;
            work.commit().await?;
            println!(
                "{}  {}  signs from {}",
                key.kid, key.algorithm, key.active_at
            );
        }
    }
    heimdall.db.close().await;
    Ok(())
}

//! `heimdall backup`: the SQLite database, while the server goes on.

use std::path::PathBuf;

use clap::Args;
use heimdall_server::config::Config;
use heimdall_server::{db, master_key};

use super::Outcome;

#[derive(Debug, Args)]
pub(crate) struct Command {
    /// The file to write; it must not be there yet
    #[arg(long)]
    to: PathBuf,
}

pub(super) async fn run(config: Config, command: Command) -> Outcome {
    let bytes = db::backup(&config.database_url, &command.to).await?;
    println!("{}  {bytes} bytes, checked", command.to.display());
    if config.master_key.is_none()
        && let Some(key) = master_key::file_of(&config.database_url)
    {
        println!(
            "Signing keys and webhook secrets in it are encrypted with {}: keep that too, elsewhere.",
            key.display()
        );
    }
    Ok(())
}

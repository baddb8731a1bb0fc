//! `heimdall copy`: everything to another database, SQLite to PostgreSQL or back.

use std::path::Path;

use clap::Args;
use heimdall_server::config::Config;
use heimdall_server::db::{Db, Url};
use heimdall_server::events::hash;
use heimdall_server::kernel::Random;
use heimdall_server::{instance, master_key};

use super::Outcome;

#[derive(Debug, Args)]
pub(crate) struct Command {
    /// Where everything is now: sqlite://PATH or postgres://…
    #[arg(long, value_parser = Url::parse)]
    from: Url,
    /// Where it is to be: an empty database
    #[arg(long, value_parser = Url::parse)]
    to: Url,
}

pub(super) async fn run(config: Config, Command { from, to }: Command) -> Outcome {
    if from == to {
        return Err("--from and --to are the same database".into());
    }
    if let Some(missing) = from.missing_file() {
        return Err(format!("--from: there is no database at {}", missing.display()).into());
    }
    let cipher = master_key::find(&config, &from)?;
    let source = Db::open(&from).await?;
    if !source.is_current().await.unwrap_or(false) {
        return Err("--from: its schema is not that of this version; \
                    `heimdall migrate` with HEIMDALL_DATABASE_URL set to it brings it up to date"
            .into());
    }
    match instance::belongs(&mut source.read().await?, &cipher).await? {
        Some(true) => {}
        Some(false) => return Err("HEIMDALL_MASTER_KEY: is not the one of --from".into()),
        None => {
            return Err("--from: no server has ever run on it; there is nothing to copy".into());
        }
    }
    let target = Db::open(&to).await?;
    target.migrate().await?;
    if let Some(file) = master_key::other_beside(&to, &cipher)? {
        return Err(format!(
            "--to: {} holds another master key, and a server there could not read the copy: remove it",
            file.display()
        )
        .into());
    }
    let copy = source.copy_to(&target).await?;
    let key_file = master_key::leave_beside(&to, &cipher, &Random::system())?;
    target.close().await;
    source.close().await;

    for table in &copy.tables {
        let digest = &hash::hex(&table.digest)[..16];
        println!("{:20} {:>10} rows  {digest}", table.table, table.rows);
    }
    println!(
        "{}: every table has the rows of the source, by count and by hash.",
        if copy.was_there {
            "It had all been copied before"
        } else {
            "Copied"
        }
    );
    println!("{}", next_step(&config, &from, key_file.as_deref()));
    Ok(())
}

/// Which master key the servers over the copy need.
fn next_step(config: &Config, from: &Url, written: Option<&Path>) -> String {
    match (written, master_key::file_of(from)) {
        (Some(file), _) => format!("The master key is in {}.", file.display()),
        (None, Some(file)) if config.master_key.is_none() => format!(
            "Its servers need the same master key: HEIMDALL_MASTER_KEY=\"$(cat {})\"",
            file.display()
        ),
        _ => "Its servers need the same HEIMDALL_MASTER_KEY.".into(),
    }
}

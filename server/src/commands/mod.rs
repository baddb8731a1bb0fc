//! What the binary does: serve, and the commands beside it.

mod admin_key;
mod audit;
mod backup;
mod copy;
mod healthcheck;
mod serve;
mod signing_key;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use heimdall_server::app::Heimdall;
use heimdall_server::boot::{self, BootError};
use heimdall_server::config::{Config, LogFormat};
use heimdall_server::kernel::Clock;

/// Authentication and authorization for multi-tenant products.
///
/// Settings come from the environment (HEIMDALL_…) or from the TOML file that HEIMDALL_CONFIG names.
#[derive(Debug, Parser)]
#[command(version, name = "heimdall")]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server; also what happens without a command
    Serve,
    /// Bring the schema of the database up to date, and stop
    Migrate,
    /// Print the OpenAPI document
    Openapi,
    /// Create, list and revoke admin keys
    #[command(subcommand)]
    AdminKey(admin_key::Command),
    /// List and rotate the keys that sign tokens
    #[command(subcommand)]
    SigningKey(signing_key::Command),
    /// Check that nothing in the log of what happened was changed, left out or cut off
    #[command(subcommand)]
    Audit(audit::Command),
    /// Copy everything to another database, and verify it; stop the servers first
    Copy(copy::Command),
    /// Back the SQLite database up while the server runs
    Backup(backup::Command),
    /// Ask the running server whether it is ready; for containers
    Healthcheck,
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

pub(crate) fn run(cli: Cli) -> ExitCode {
    let config = match Config::from_environment() {
        Ok(config) => config,
        Err(error) => return failed(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error),
    };
    let outcome = runtime.block_on(async {
        match cli.command.unwrap_or(Command::Serve) {
            Command::Serve => serve::run(config).await,
            Command::Migrate => migrate(config).await,
            Command::Openapi => openapi().await,
            Command::AdminKey(command) => admin_key::run(config, command).await,
            Command::SigningKey(command) => signing_key::run(config, command).await,
            Command::Audit(command) => audit::run(config, command).await,
            Command::Copy(command) => copy::run(config, command).await,
            Command::Backup(command) => backup::run(config, command).await,
            Command::Healthcheck => healthcheck::run(&config).await,
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&*error),
    }
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("heimdall: {error}");
    ExitCode::FAILURE
}

/// Opens what is set up already, for a command that works on it beside the server or without it.
async fn open(config: Config) -> Result<Heimdall, BootError> {
    Ok(boot::boot(config, Clock::system()).await?.heimdall)
}

async fn migrate(config: Config) -> Outcome {
    let heimdall = boot::open(config, Clock::system()).await?;
    heimdall.db.migrate().await?;
    heimdall.db.close().await;
    println!("The schema is up to date.");
    Ok(())
}

async fn openapi() -> Outcome {
    print!(
        "{}",
        heimdall_server::api::document_of_a_fresh_server().await?
    );
    Ok(())
}

fn log(format: LogFormat) {
    use tracing_subscriber::EnvFilter;
    use tracing_subscriber::filter::LevelFilter;
    let filter = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy();
    let logger = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => logger.with_target(false).init(),
        LogFormat::Json => logger.json().flatten_event(true).init(),
    }
}

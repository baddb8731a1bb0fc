//! `heimdall serve`: run the server until it is asked to stop.

use heimdall_server::boot::{self, Booted};
use heimdall_server::config::Config;
use heimdall_server::kernel::{Clock, Secret};
use heimdall_server::serve::Server;
use tokio::signal::unix::{SignalKind, signal};

use super::Outcome;

pub(super) async fn run(config: Config) -> Outcome {
    super::log(config.log_format);
    let Booted {
        heimdall,
        first_key,
    } = boot::boot(config, Clock::system()).await?;
    let base = heimdall.config.public_url.to_string();
    let listen = heimdall.config.listen;
    let server = Server::start(heimdall).await;
    let server =
        server.map_err(|error| format!("HEIMDALL_LISTEN: can't listen on {listen}: {error}"))?;
    greet(&base, &server, first_key.as_ref());
    asked_to_stop().await?;
    tracing::info!("stopping: requests in flight are finished first");
    server.stop().await;
    Ok(())
}

/// What a newcomer needs: where it is, the key, and something to paste.
fn greet(base: &str, server: &Server, first_key: Option<&Secret>) {
    println!("Heimdall is running.\n");
    println!("  listening on  {}", server.address);
    println!("  base URL      {base}");
    println!("  API reference {base}/docs");
    let key = match first_key {
        Some(key) => {
            println!("  admin key     {}", key.expose());
            println!("\nThe key is shown this once: keep it. Try it:\n");
            key.expose()
        }
        None => {
            println!("\nThe admin key was shown at the first start, or is HEIMDALL_ADMIN_KEY;");
            println!("`heimdall admin-key create` makes another. Try it:\n");
            "$HEIMDALL_ADMIN_KEY"
        }
    };
    println!("  curl -s {base}/v1/apps \\");
    println!("    -H \"Authorization: Bearer {key}\" \\");
    println!("    -H 'Content-Type: application/json' \\");
    println!("    -d '{{\"name\": \"acme-corp\", \"display_name\": \"Acme Corp\"}}'\n");
}

async fn asked_to_stop() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

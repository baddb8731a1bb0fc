//! Receives Heimdall webhooks with axum.
//!
//! ```text
//! HEIMDALL_WEBHOOK_SECRET=whsec_… PORT=3000 cargo run -p heimdall-webhook-verify --example receiver --features axum
//! ```
//!
//! Several secrets, while one is being rotated, are separated by spaces. The same in Node, Python and Go, with nothing but
//! their standard libraries, is in `receivers/`.

#![allow(
    clippy::disallowed_methods,
    reason = "a program of its own has its settings from the environment"
)]

use std::{env, error::Error};

use axum::{Json, Router, routing::post};
use heimdall_webhook_verify::{Secret, Verifier, axum::VerifiedEvent};
use serde_json::{Value, json};

/// Runs for genuine deliveries only; the extractor answers the others 401.
async fn receive(VerifiedEvent { event, .. }: VerifiedEvent) -> Json<Value> {
    println!("{}", event.kind);
    Json(json!({"received": true}))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secrets = env::var("HEIMDALL_WEBHOOK_SECRET").unwrap_or_default();
    let secrets = secrets
        .split_whitespace()
        .map(Secret::parse)
        .collect::<Result<Vec<_>, _>>()?;
    let port: u16 = env::var("PORT").map_or(Ok(3000), |port| port.parse())?;

    let app = Router::new().fallback_service(post(receive).with_state(Verifier::new(secrets)?));
    // Only this machine, as it is an example. Port 0 takes a free one; the first line says which.
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("{}", listener.local_addr()?.port());
    axum::serve(listener, app).await?;
    Ok(())
}

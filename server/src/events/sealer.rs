//! Puts committed events in order.
//!
//! Writers never queue for a counter: they leave their events unnumbered. The sealer numbers them
//! afterwards, App by App, and in the same transaction does what follows from them: rows for the
//! webhooks that want them, and for local verifiers. So a reader of the log can't skip an event
//! that commits late, and nothing that was sealed can miss its consequences.
//!
//! One seals at a time, over all nodes; any node may.

use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::hash::{GENESIS, Hashed};
use super::{Event, sql};
use crate::app::Heimdall;
use crate::db::{Conn, Db};
use crate::error::Result;
use crate::{revocations, webhooks};

/// Events sealed in one transaction at the most.
const BATCH: i64 = 200;
/// How often to look for events that another process left unsealed when it died.
const SWEEP: Duration = Duration::from_millis(500);
/// How often to look whether another node has sealed.
const POLL: Duration = Duration::from_millis(150);

/// Seals whatever is committed, until told to stop.
pub async fn run(heimdall: Heimdall, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = seal_all(&heimdall).await {
            tracing::warn!(%error, "sealing events failed; trying again");
        }
        tokio::select! {
            () = heimdall.signals.committed() => {}
            () = tokio::time::sleep(SWEEP) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// On a shared database, tells whoever waits on this node what others have sealed.
pub async fn watch(heimdall: Heimdall, stop: CancellationToken) {
    while heimdall.db.is_shared() && !stop.is_cancelled() {
        match last_turn(&heimdall.db).await {
            Ok(turn) => heimdall.signals.sealed_up_to(turn),
            Err(error) => tracing::warn!(%error, "looking for what other nodes sealed failed"),
        }
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn last_turn(db: &Db) -> Result<i64> {
    let mut conn = db.read().await?;
    Ok(sql::last_turn(&mut conn).await?)
}

async fn seal_all(heimdall: &Heimdall) -> Result<()> {
    loop {
        let mut conn = heimdall.db.read().await?;
        let apps = sql::apps_to_seal(&mut conn).await?;
        drop(conn);
        if apps.is_empty() {
            return Ok(());
        }
        for app in apps {
            seal(heimdall, &app).await?;
        }
    }
}

/// Seals what an App has unsealed, so that a reader finds its own writes.
pub async fn catch_up(heimdall: &Heimdall, app: &str) -> Result<()> {
    let mut conn = heimdall.db.read().await?;
    let behind = sql::has_unsealed(&mut conn, app).await?;
    drop(conn);
    if behind {
        seal(heimdall, app).await?;
    }
    Ok(())
}

/// Seals all that one App has.
async fn seal(heimdall: &Heimdall, app: &str) -> Result<()> {
    loop {
        let mut tx = heimdall.db.begin().await?;
        let turn = sql::take_turn(&mut tx).await?;
        let sealed = seal_batch(heimdall, &mut tx, app).await?;
        tx.commit().await?;
        heimdall.signals.sealed_up_to(turn);
        heimdall.metrics.sealed(sealed);
        if i64::try_from(sealed).is_ok_and(|sealed| sealed < BATCH) {
            return Ok(());
        }
    }
}

async fn seal_batch(heimdall: &Heimdall, conn: &mut Conn, app: &str) -> Result<usize> {
    let waiting = sql::unsealed(conn, app, BATCH).await?;
    if waiting.is_empty() {
        return Ok(0);
    }
    let (mut seq, mut previous) = sql::head(conn, app).await?.unwrap_or((0, GENESIS.to_vec()));
    let subscribers = webhooks::subscribers(conn, app).await?;
    for event in &waiting {
        seq += 1;
        let hash = hash(app, seq, event, &previous);
        sql::seal(conn, app, &event.id, seq, &previous, &hash).await?;
        webhooks::fan_out(
            conn,
            &heimdall.random,
            &subscribers,
            app,
            &event.id,
            &event.kind,
            event.occurred_at,
        )
        .await?;
        if let Some(revoked) = &event.revokes {
            revocations::publish(conn, app, &revoked.0).await?;
        }
        previous = hash.to_vec();
    }
    sql::set_head(conn, app, seq, &previous).await?;
    Ok(waiting.len())
}

fn hash(app: &str, seq: i64, event: &sql::Unsealed, previous: &[u8]) -> [u8; 32] {
    let hashed = Hashed {
        app_id: app,
        seq,
        id: event.id.as_str(),
        kind: &event.kind,
        actor: (&event.actor_type, &event.actor_id),
        target: (&event.target_type, &event.target_id),
        data: &event.data.0,
        personal_digest: &event.personal_digest,
        request_id: &event.request_id,
        occurred_at: &event.occurred_at.to_string(),
    };
    hashed.hash(previous)
}

/// The body that tells an event to the outside: the one shape of webhooks.
pub fn payload(event: &Event) -> Value {
    let mut data = event.data.clone();
    data.insert("app_id".into(), event.app_id.clone().into());
    serde_json::json!({
        "id": event.id, "type": event.kind, "app_id": event.app_id,
        "created_at": event.occurred_at.to_string(), "data": data,
    })
}

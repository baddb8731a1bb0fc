//! What happened in an App: the log, newest first to look things up in, oldest first to follow; and
//! signed checkpoints of it.

pub mod http;

use crate::app::Heimdall;
use crate::error::{Refusal, Result};
use crate::events::checkpoint::Checkpoint;
use crate::events::{self, Actor, INSTANCE, Kind, New, Origin, hash};
use crate::kernel::ids::AppId;

/// How far the log of an App has come, signed.
pub async fn checkpoint(heimdall: &Heimdall, app: &str) -> Result<(Checkpoint, String)> {
    let mut conn = heimdall.db.read().await?;
    let head = events::head(&mut conn, app).await?;
    let (seq, head) = head.ok_or(Refusal::NotFound)?;
    let checkpoint = Checkpoint {
        app_id: app.to_owned(),
        seq,
        hash: hash::hex(&head),
        at: heimdall.clock.now(),
    };
    let signed = checkpoint.sign(heimdall)?;
    Ok((checkpoint, signed))
}

/// Puts a checkpoint into each log in which something has happened since the last one, and so on its
/// way to the webhooks.
pub async fn record_checkpoints(heimdall: &Heimdall) -> Result<()> {
    let mut conn = heimdall.db.read().await?;
    let logs = events::apps_to_checkpoint(&mut conn).await?;
    drop(conn);
    for log in logs {
        let (checkpoint, signed) = checkpoint(heimdall, &log).await?;
        let event = New::of(Kind::AuditCheckpoint, "app", &log)
            .data("seq", checkpoint.seq)
            .data("hash", &checkpoint.hash)
            .data("checkpoint", signed);
        let mut work = heimdall
            .begin(Actor::system("checkpoint"), Origin::default())
            .await?;
        match AppId::parse(&log) {
            Some(app) => work.record(&app, event).await?,
            None if log == INSTANCE => work.record_instance(event).await?,
            None => continue,
        };
        work.commit().await?;
    }
    Ok(())
}

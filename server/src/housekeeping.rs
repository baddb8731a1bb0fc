//! The jobs that keep the house: keys are rotated, and what is of no more use is forgotten.

use std::time::Duration;

use crate::app::Heimdall;
use crate::error::Result;
use crate::events::Actor;
use crate::jobs::Job;
use crate::{audit, http, keys, revocations, sessions, tokens};

/// All of them.
pub static JOBS: &[Job] = &[
    Job {
        name: "rotate signing keys",
        every: Duration::from_secs(3600),
        run: |heimdall| Box::pin(rotate_keys(heimdall)),
    },
    Job {
        name: "forget what has expired",
        every: Duration::from_secs(600),
        run: |heimdall| Box::pin(forget(heimdall)),
    },
    Job {
        name: "sign checkpoints",
        every: Duration::from_secs(24 * 3600),
        run: |heimdall| Box::pin(async move { audit::record_checkpoints(&heimdall).await }),
    },
];

/// How long a session that has ended can still be told from one that never was: its refresh token
/// is answered as revoked, or as expired.
const SESSIONS_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

async fn rotate_keys(heimdall: Heimdall) -> Result<()> {
    if !keys::is_due(&heimdall).await? {
        return Ok(());
    }
    let mut work = heimdall
        .begin(Actor::system("rotation"), Default::default())
        .await?;
    keys::rotate(&mut work).await?;
    work.commit().await?;
    heimdall.keys.refresh(&heimdall.db, &heimdall.cipher).await
}

async fn forget(heimdall: Heimdall) -> Result<()> {
    let now = heimdall.clock.now();
    let mut tx = heimdall.db.begin().await?;
    http::idempotency::expire(&mut tx, now.minus(http::idempotency::KEPT)).await?;
    revocations::expire(&mut tx, now).await?;
    tokens::forget_expired_revocations(&mut tx, now).await?;
    tokens::forget_failures(&mut tx, now).await?;
    sessions::expire(&mut tx, now.minus(SESSIONS_KEPT)).await?;
    tx.commit().await?;
    Ok(())
}

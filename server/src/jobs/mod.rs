//! Recurring work: claimed, run, put off when it fails, stopped gracefully. Knows no concrete job.
//!
//! Over several nodes a job runs on one at a time: whoever claims it holds a lease, and a node that
//! dies with one loses it.

mod sql;

use std::pin::Pin;
use std::time::Duration;

use crate::app::Heimdall;
use crate::error::Result;
use crate::kernel::ids::unique;

/// How often to look for a job that is due.
const TICK: Duration = Duration::from_secs(1);
/// How long a node may hold a job.
const LEASE: Duration = Duration::from_secs(120);
/// How long to put off a job that failed.
const PUT_OFF: Duration = Duration::from_secs(30);

type Running = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// A kind of recurring work.
#[derive(Clone, Copy)]
pub struct Job {
    pub name: &'static str,
    pub every: Duration,
    pub run: fn(Heimdall) -> Running,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("name", &self.name)
            .field("every", &self.every)
            .finish_non_exhaustive()
    }
}

/// Runs jobs when they are due, until the server stops.
pub async fn run(heimdall: Heimdall, jobs: &'static [Job]) {
    let stop = heimdall.signals.stop_token();
    while !stop.is_cancelled() {
        for job in jobs {
            if let Err(error) = run_if_due(&heimdall, job).await {
                tracing::warn!(job = job.name, %error, "a job failed; trying again later");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn run_if_due(heimdall: &Heimdall, job: &Job) -> Result<()> {
    let now = heimdall.clock.now();
    let mut conn = heimdall.db.read().await?;
    let due = sql::is_due(&mut conn, job.name, now).await?;
    drop(conn);
    if !due {
        return Ok(());
    }
    let lease = unique(now, &heimdall.random);
    let mut tx = heimdall.db.begin().await?;
    let ours = sql::claim(&mut tx, job.name, &lease, now, now.plus(LEASE)).await?;
    tx.commit().await?;
    if !ours {
        return Ok(());
    }
    let outcome = (job.run)(heimdall.clone()).await;
    let wait = if outcome.is_ok() { job.every } else { PUT_OFF };
    let next = heimdall.clock.now().plus(wait);
    let mut tx = heimdall.db.begin().await?;
    sql::release(&mut tx, job.name, &lease, next).await?;
    tx.commit().await?;
    outcome
}

//! Every statement about jobs.

use crate::db::{Conn, Error};
use crate::kernel::Timestamp;

/// Whether a job waits to be claimed; one that has never run does.
pub(super) async fn is_due(conn: &mut Conn, job: &str, now: Timestamp) -> Result<bool, Error> {
    let waiting = conn.query(
        "SELECT name FROM jobs WHERE name = $1
           AND (next_run_at > $2 OR (leased_until IS NOT NULL AND leased_until > $2))",
    );
    Ok(waiting
        .bind(job)
        .bind(now)
        .optional::<(String,)>()
        .await?
        .is_none())
}

/// Whether the job is ours now.
pub(super) async fn claim(
    conn: &mut Conn,
    job: &str,
    lease: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, Error> {
    let claimed = conn.query(
        "INSERT INTO jobs (name, next_run_at, leased_until, lease) VALUES ($1, $3, $4, $2)
         ON CONFLICT (name) DO UPDATE SET leased_until = $4, lease = $2
         WHERE jobs.next_run_at <= $3 AND (jobs.leased_until IS NULL OR jobs.leased_until <= $3)",
    );
    Ok(claimed
        .bind(job)
        .bind(lease)
        .bind(now)
        .bind(until)
        .execute()
        .await?
        == 1)
}

/// Gives the job back; nothing when the lease has gone to another meanwhile.
pub(super) async fn release(
    conn: &mut Conn,
    job: &str,
    lease: &str,
    next: Timestamp,
) -> Result<(), Error> {
    let released = conn.query(
        "UPDATE jobs SET next_run_at = $3, leased_until = NULL, lease = NULL
         WHERE name = $1 AND lease = $2",
    );
    released.bind(job).bind(lease).bind(next).execute().await?;
    Ok(())
}

//! Every statement about the revocation feed.

use crate::db::{Conn, Error, FromRow};
use crate::events::Revoked;
use crate::kernel::Timestamp;

/// The longest leeway that verifiers are known to give.
const LEEWAY: std::time::Duration = std::time::Duration::from_secs(60);

/// An entry of the feed.
#[derive(Clone, Debug, FromRow)]
pub struct Entry {
    pub seq: i64,
    pub app_id: String,
    pub kind: String,
    pub subject_id: String,
    pub not_before_us: i64,
    pub reason: String,
    pub expires_at: Timestamp,
}

/// Takes so many numbers; the last of them.
pub(super) async fn take_numbers(conn: &mut Conn, count: i64) -> Result<i64, Error> {
    let taken = conn
        .query("UPDATE counters SET value = value + $1 WHERE name = 'revocations' RETURNING value");
    Ok(taken.bind(count).one::<(i64,)>().await?.0)
}

/// The last number taken and committed.
pub(super) async fn last_number(conn: &mut Conn) -> Result<i64, Error> {
    let last = conn.query("SELECT value FROM counters WHERE name = 'revocations'");
    Ok(last.one::<(i64,)>().await?.0)
}

pub(super) async fn insert(
    conn: &mut Conn,
    seq: i64,
    app: &str,
    entry: &Revoked,
) -> Result<(), Error> {
    conn.query(
        "INSERT INTO revocations (seq, app_id, kind, subject_id, not_before_us, reason, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(seq)
    .bind(app)
    .bind(entry.kind.as_str())
    .bind(entry.id.as_str())
    .bind(entry.not_before_us)
    .bind(entry.reason.as_str())
    // A verifier may let a token live a little longer than it says, by its leeway.
    .bind(Timestamp::from_micros(entry.expires_us).plus(LEEWAY))
    .execute()
    .await?;
    Ok(())
}

/// Entries after one number and up to another; of an App those of the instance too, since a deleted
/// signing key concerns everyone.
pub(super) async fn list(
    conn: &mut Conn,
    app: Option<&str>,
    after: i64,
    up_to: i64,
    now: Timestamp,
    most: i64,
) -> Result<Vec<Entry>, Error> {
    conn.query(
        "SELECT seq, app_id, kind, subject_id, not_before_us, reason, expires_at FROM revocations
         WHERE seq > $1 AND seq <= $2 AND ($3 IS NULL OR app_id IN ($3, 'instance')) AND expires_at > $4
         ORDER BY seq LIMIT $5",
    )
    .bind(after)
    .bind(up_to)
    .bind(app)
    .bind(now)
    .bind(most)
    .all()
    .await
}

/// Forgets what no token can be concerned by any more.
pub async fn expire(conn: &mut Conn, now: Timestamp) -> Result<u64, Error> {
    let expired = conn.query("DELETE FROM revocations WHERE expires_at < $1");
    expired.bind(now).execute().await
}

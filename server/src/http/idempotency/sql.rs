//! Every statement about the answers that are kept.

use crate::db::{Conn, Error};
use crate::kernel::Timestamp;

/// Forgets one caller's answer from before a time.
pub(super) async fn forget(
    conn: &mut Conn,
    caller: &str,
    key: &str,
    before: Timestamp,
) -> Result<(), Error> {
    conn.query("DELETE FROM idempotency_keys WHERE caller = $1 AND key = $2 AND created_at < $3")
        .bind(caller)
        .bind(key)
        .bind(before)
        .execute()
        .await?;
    Ok(())
}

/// Forgets all answers from before a time.
pub async fn expire(conn: &mut Conn, before: Timestamp) -> Result<u64, Error> {
    let expired = conn.query("DELETE FROM idempotency_keys WHERE created_at < $1");
    expired.bind(before).execute().await
}

/// Whether the key was free.
pub(super) async fn claim(
    conn: &mut Conn,
    caller: &str,
    key: &str,
    fingerprint: &[u8],
    at: Timestamp,
) -> Result<bool, Error> {
    let claimed = conn.query(
        "INSERT INTO idempotency_keys (caller, key, fingerprint, created_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (caller, key) DO NOTHING",
    );
    let claimed = claimed.bind(caller).bind(key).bind(fingerprint).bind(at);
    Ok(claimed.execute().await? == 1)
}

/// What was asked with the key, and the answer: always there, since the row is written by the
/// transaction that writes it.
pub(super) async fn stored(
    conn: &mut Conn,
    caller: &str,
    key: &str,
) -> Result<(Vec<u8>, Vec<u8>), Error> {
    let row = conn.query(
        "SELECT fingerprint, answer_sealed FROM idempotency_keys
         WHERE caller = $1 AND key = $2 AND answer_sealed IS NOT NULL",
    );
    row.bind(caller).bind(key).one().await
}

pub(super) async fn keep(
    conn: &mut Conn,
    caller: &str,
    key: &str,
    sealed: &[u8],
) -> Result<(), Error> {
    let kept =
        conn.query("UPDATE idempotency_keys SET answer_sealed = $3 WHERE caller = $1 AND key = $2");
    kept.bind(caller).bind(key).bind(sealed).execute().await?;
    Ok(())
}

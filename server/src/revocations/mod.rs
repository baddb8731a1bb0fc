//! What a local verifier must refuse before it expires: a feed that is read from the log.
//!
//! The sealer writes its rows ([`publish`]) under the lock that lets one seal at a time, so their
//! numbers are in the order of commit and a reader that asks for what came after the last one it saw
//! misses nothing. Entries are forgotten when the longest token they could concern has expired.

pub mod http;
mod sql;

pub use sql::{Entry, expire};

use crate::app::Heimdall;
use crate::db::Conn;
use crate::error::{Refusal, Result};
use crate::events::Revoked;
use crate::kernel::Timestamp;
use crate::tokens::MAX_ACCESS_TTL;

/// Refuses the tokens that were issued before an instant, until the last of them has expired.
pub fn issued_before(kind: &str, id: impl ToString, not_before_us: i64, reason: &str) -> Revoked {
    let last_expiry = Timestamp::from_micros(not_before_us).plus(MAX_ACCESS_TTL);
    Revoked {
        kind: kind.into(),
        id: id.to_string(),
        not_before_us,
        reason: reason.into(),
        expires_us: last_expiry.micros(),
    }
}

/// Adds to the feed, within the sealer's transaction.
pub async fn publish(conn: &mut Conn, app: &str, revoked: &[Revoked]) -> Result<()> {
    let count = i64::try_from(revoked.len()).unwrap_or(0);
    let last = sql::take_numbers(conn, count).await?;
    for (seq, entry) in (last - count + 1..).zip(revoked) {
        sql::insert(conn, seq, app, entry).await?;
    }
    Ok(())
}

/// A page of the feed.
#[derive(Clone, Debug)]
pub struct Page {
    pub entries: Vec<Entry>,
    /// What to ask with next: the number of the last entry seen.
    pub next: i64,
    /// Whether there is more at once.
    pub more: bool,
}

/// Reads what came after a number, of one App or of all. With none asked for it begins with the
/// state in force. A number that was not given yet is refused: the database was restored from a
/// backup, and whoever waited for what comes after it would miss all that comes before.
pub async fn read(
    heimdall: &Heimdall,
    app: Option<&str>,
    after: Option<i64>,
    most: i64,
) -> Result<Page> {
    let now = heimdall.clock.now();
    let mut conn = heimdall.db.read().await?;
    // Read before the entries: an empty page then ends at a number that was surely passed.
    let last = sql::last_number(&mut conn).await?;
    if after.is_some_and(|after| after > last) {
        return Err(Refusal::invalid(
            "after",
            "is ahead of the feed, as after a restored backup; begin again without it",
        )
        .into());
    }
    let entries = sql::list(&mut conn, app, after.unwrap_or(0), last, now, most + 1).await?;
    let more = i64::try_from(entries.len()).is_ok_and(|length| length > most);
    let entries: Vec<_> = entries
        .into_iter()
        .take(usize::try_from(most).unwrap_or(0))
        .collect();
    let next = match entries.last() {
        Some(entry) if more => entry.seq,
        _ => last,
    };
    Ok(Page {
        entries,
        next,
        more,
    })
}

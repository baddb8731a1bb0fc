//! The moment of signing, as strict as it can be: digits, and nothing else.
//!
//! `str::parse` would take `+1`, and a signed type takes `-9223372036854775808`, from which nothing can be subtracted
//! without overflow. Here the type has no sign and the age is a difference that can't overflow.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::Error;

/// Reads whole seconds since the Unix epoch: ASCII digits that fit a `u64`.
pub(crate) fn parse(value: &[u8]) -> Result<u64, Error> {
    if value.is_empty() {
        return Err(Error::InvalidTimestamp);
    }
    value.iter().try_fold(0_u64, |seconds, byte| {
        let digit = byte
            .checked_sub(b'0')
            .filter(|digit| *digit < 10)
            .ok_or(Error::InvalidTimestamp)?;
        seconds
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(u64::from(digit)))
            .ok_or(Error::InvalidTimestamp)
    })
}

/// Refuses what lies further than `tolerance` from `now`, on either side; the edges themselves pass.
pub(crate) fn check(seconds: u64, now: SystemTime, tolerance: Duration) -> Result<(), Error> {
    // A clock before 1970 is a broken clock; as zero it makes every delivery too new, which is the safe side.
    let now = now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let signed = Duration::from_secs(seconds);
    if signed.abs_diff(now) <= tolerance {
        Ok(())
    } else if signed < now {
        Err(Error::TooOld)
    } else {
        Err(Error::TooNew)
    }
}

/// Whole seconds since the Unix epoch, for signing.
pub(crate) fn seconds(at: SystemTime) -> Result<u64, Error> {
    at.duration_since(UNIX_EPOCH)
        .map(|since| since.as_secs())
        .map_err(|_| Error::InvalidTimestamp)
}

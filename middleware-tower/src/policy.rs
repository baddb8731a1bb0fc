//! What to do when the revocation feed has been silent for too long.

use std::time::Duration;

use crate::introspect::Introspection;

/// What happens to a token that is good, as far as can be told, while the revocation feed is stale: it has not answered for longer
/// than [`max_staleness`](crate::Builder::max_staleness).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnStale {
    /// It is let through: a service goes on without Heimdall, and a revocation is obeyed when the token expires at the latest.
    #[default]
    Allow,
    /// It is answered 503 `UNAVAILABLE`: nobody gets in who might have been revoked.
    Deny,
    /// Heimdall is asked about it (`POST …/tokens/verify`, needs `tokens:verify`): 401 when it says no, 503 when it says nothing.
    Introspect,
}

#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) max_staleness: Duration,
    pub(crate) on_stale: OnStaleNow,
}

/// [`OnStale`], with what it takes.
#[derive(Debug)]
pub(crate) enum OnStaleNow {
    Allow,
    Deny,
    Introspect(Introspection),
}

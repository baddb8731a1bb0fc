//! Who wakes whom, within this node.
//!
//! Nothing depends on a signal arriving: whoever waits also looks from time to time, since another
//! node's commit makes no sound here. A signal only makes it quick.

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

#[derive(Debug)]
pub struct Signals {
    committed: Notify,
    scheduled: Notify,
    sealed: watch::Sender<i64>,
    stop: CancellationToken,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            committed: Notify::new(),
            scheduled: Notify::new(),
            sealed: watch::Sender::new(0),
            stop: CancellationToken::new(),
        }
    }
}

impl Signals {
    /// Events were committed: the sealer has something to do.
    pub fn commit(&self) {
        self.committed.notify_one();
    }

    pub async fn committed(&self) {
        self.committed.notified().await;
    }

    /// A delivery was scheduled, or there is room for another.
    pub fn schedule_delivery(&self) {
        self.scheduled.notify_one();
    }

    pub async fn delivery_scheduled(&self) {
        self.scheduled.notified().await;
    }

    /// The log is sealed up to this turn, here or on another node.
    pub fn sealed_up_to(&self, turn: i64) {
        self.sealed.send_if_modified(|last| {
            let newer = turn > *last;
            *last = turn.max(*last);
            newer
        });
    }

    /// Sees every turn after the moment of this call.
    pub fn sealed(&self) -> watch::Receiver<i64> {
        let mut sealed = self.sealed.subscribe();
        sealed.mark_unchanged();
        sealed
    }

    /// The server is asked to stop: whoever is held waiting is answered.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Resolves when the server is asked to stop.
    pub async fn stopping(&self) {
        self.stop.cancelled().await;
    }

    /// For work that goes on until the server stops.
    pub fn stop_token(&self) -> CancellationToken {
        self.stop.clone()
    }
}

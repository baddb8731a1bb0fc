//! The one task that fetches keys.

use std::sync::Arc;
use std::time::Duration;

use super::{KeyFile, Ring, Source};
use crate::fetch::FetchError;
use crate::jitter::{Backoff, shortened};

/// How soon to try again while there is not a single key.
const FIRST_RETRY: Duration = Duration::from_millis(250);

/// When keys are fetched without being asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    /// While fetching succeeds.
    pub(crate) every: Duration,
    /// At least so much between two fetches once there are keys, and at most so much when fetching fails.
    pub(crate) cooldown: Duration,
}

/// Keeps the ring's keys those that are published. Never ends by itself.
pub(crate) async fn keep(
    ring: Arc<Ring>,
    source: Source,
    schedule: Schedule,
    file: Option<KeyFile>,
) {
    let mut backoff = Backoff::new(FIRST_RETRY, schedule.cooldown);
    loop {
        ring.begin_fetch();
        let fetched = refresh(&ring, &source, file.as_ref()).await;
        ring.end_fetch();
        let pause = match fetched {
            Ok(()) => {
                backoff.reset();
                shortened(schedule.every)
            }
            Err(error) => {
                tracing::warn!(%error, "fetching Heimdall's keys failed; going on with those at hand");
                if ring.is_empty() {
                    backoff.next()
                } else {
                    schedule.cooldown
                }
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = ring.wanted() => {}
        }
    }
}

async fn refresh(ring: &Ring, source: &Source, file: Option<&KeyFile>) -> Result<(), FetchError> {
    let fetched = source.fetch().await?;
    let changed = ring.replace(fetched.keys, Duration::ZERO);
    if let (Some(file), Some(json)) = (file, fetched.json) {
        // Also when nothing changed: the file says how old they are.
        file.write(json).await;
    }
    if changed {
        tracing::info!("the keys of Heimdall have changed");
    }
    Ok(())
}

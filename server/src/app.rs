//! What a request may reach.

use std::ops::Deref;
use std::sync::Arc;

use crate::config::Config;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::events::{self, Actor, New, Origin};
use crate::kernel::ids::{AppId, EventId};
use crate::kernel::{Cipher, Clock, Random, Timestamp};
use crate::keys::Keyring;
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::passwords::Passwords;
use crate::signals::Signals;

/// The running server, cheap to clone.
#[derive(Clone, Debug)]
pub struct Heimdall(Arc<Parts>);

/// What it is made of.
#[derive(Debug)]
pub struct Parts {
    pub config: Config,
    pub db: Db,
    pub clock: Clock,
    pub random: Random,
    pub cipher: Cipher,
    pub passwords: Passwords,
    pub keys: Keyring,
    pub signals: Signals,
    pub limits: Limits,
    pub metrics: Metrics,
}

impl Deref for Heimdall {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl From<Parts> for Heimdall {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Heimdall {
    /// Begins a piece of work: one transaction, one instant, one actor.
    pub async fn begin(&self, actor: Actor, origin: Origin) -> Result<Work> {
        let tx = self.db.begin().await?;
        Ok(Work {
            tx,
            at: self.clock.now(),
            actor,
            origin,
            recorded: 0,
            scheduled: false,
            heimdall: self.clone(),
        })
    }
}

/// A write in progress: everything that an operation needs, in one place. Dropped without
/// [`Work::commit`], it leaves nothing behind.
#[derive(Debug)]
pub struct Work {
    pub tx: Tx,
    /// The instant of all that it does.
    pub at: Timestamp,
    pub actor: Actor,
    pub origin: Origin,
    recorded: i64,
    scheduled: bool,
    heimdall: Heimdall,
}

impl Work {
    pub fn random(&self) -> &Random {
        &self.heimdall.random
    }

    pub fn cipher(&self) -> &Cipher {
        &self.heimdall.cipher
    }

    pub fn heimdall(&self) -> &Heimdall {
        &self.heimdall
    }

    /// Appends an event of an App to the log, in this transaction.
    pub async fn record(&mut self, app: &AppId, event: New) -> Result<EventId> {
        let id = app.as_str().to_owned();
        self.append(&id, event).await
    }

    /// Appends an event of the instance.
    pub async fn record_instance(&mut self, event: New) -> Result<EventId> {
        self.append(events::INSTANCE, event).await
    }

    async fn append(&mut self, app: &str, event: New) -> Result<EventId> {
        self.recorded += 1;
        events::append(
            &mut self.tx,
            &self.heimdall.random,
            app,
            &self.actor,
            &self.origin,
            self.at,
            self.recorded,
            event,
        )
        .await
    }

    /// Wakes the dispatcher when this is committed.
    pub fn wake(&mut self) {
        self.scheduled = true;
    }

    /// Makes it all true.
    pub async fn commit(self) -> Result<()> {
        self.tx.commit().await?;
        if self.recorded > 0 {
            self.heimdall.signals.commit();
        }
        if self.scheduled {
            self.heimdall.signals.schedule_delivery();
        }
        Ok(())
    }
}

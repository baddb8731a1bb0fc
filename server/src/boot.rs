//! From settings to a running server: everything found again, or made where there was nothing.

use std::num::NonZero;

use crate::app::{Heimdall, Parts};
use crate::config::Config;
use crate::db::{Db, MigrationError, OpenError};
use crate::error::Error;
use crate::events::{Actor, Origin};
use crate::kernel::{Clock, Random, Secret};
use crate::keys::{self, Keyring};
use crate::limits::Limits;
use crate::master_key::{self, MasterKeyError};
use crate::metrics::Metrics;
use crate::passwords::Passwords;
use crate::signals::Signals;
use crate::{admin_keys, instance};

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Migration(#[from] MigrationError),
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    #[error(
        "HEIMDALL_MASTER_KEY: is not the one that this database was set up with; nothing that is \
         encrypted in it could be read"
    )]
    OtherMasterKey,
    #[error(transparent)]
    Failed(#[from] Error),
}

/// A server that is ready to be served, and the first admin key if it was made just now.
#[derive(Debug)]
pub struct Booted {
    pub heimdall: Heimdall,
    pub first_key: Option<Secret>,
}

/// Opens the database, brings its schema up to date, and makes what is missing.
pub async fn boot(config: Config, clock: Clock) -> Result<Booted, BootError> {
    let heimdall = open(config, clock).await?;
    heimdall.db.migrate().await?;
    let first_key = set_up(&heimdall).await?;
    Ok(Booted {
        heimdall,
        first_key,
    })
}

/// Opens the database and the master key; touches nothing in it.
pub async fn open(config: Config, clock: Clock) -> Result<Heimdall, BootError> {
    let random = Random::system();
    let db = Db::open(&config.database_url).await?;
    let cipher = master_key::read_or_make(&config, &random)?;
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let unknown = random.secret("");
    let passwords = Passwords::new(threads, &unknown).map_err(Error::from)?;
    Ok(Heimdall::from(Parts {
        limits: Limits::new(config.rate_limits),
        config,
        db,
        clock,
        random,
        cipher,
        passwords,
        keys: Keyring::default(),
        signals: Signals::default(),
        metrics: Metrics::default(),
    }))
}

async fn set_up(heimdall: &Heimdall) -> Result<Option<Secret>, BootError> {
    let mut work = heimdall
        .begin(Actor::system("start"), Origin::default())
        .await?;
    if !instance::check_master_key(&mut work).await? {
        return Err(BootError::OtherMasterKey);
    }
    keys::ensure(&mut work).await?;
    let given = heimdall.config.admin_key.as_ref();
    let first_key = admin_keys::ensure_first(&mut work, given).await?;
    work.commit().await?;
    heimdall
        .keys
        .refresh(&heimdall.db, &heimdall.cipher)
        .await?;
    Ok(first_key)
}

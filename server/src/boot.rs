//! From settings to a running server: everything found again, or made where there was nothing.

use std::io::{ErrorKind, Write as _};
use std::num::NonZero;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::app::{Heimdall, Parts};
use crate::config::Config;
use crate::db::{Db, MigrationError, OpenError, Url};
use crate::error::Error;
use crate::events::{Actor, Origin};
use crate::kernel::{Cipher, Clock, Random, Secret};
use crate::keys::{self, Keyring};
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::passwords::Passwords;
use crate::signals::Signals;
use crate::{admin_keys, instance};

/// What the master key is kept in, beside a SQLite database.
const MASTER_KEY_FILE: &str = "master.key";

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Migration(#[from] MigrationError),
    #[error(
        "HEIMDALL_MASTER_KEY: is needed with PostgreSQL, the same on every node: base64 of 32 bytes; \
         `openssl rand -base64 32` makes one"
    )]
    NoMasterKey,
    #[error("the master key {0} can't be read or made: {1}")]
    MasterKeyFile(PathBuf, std::io::Error),
    #[error("the master key {0} must be base64 of 32 bytes, as it was when it was made")]
    MasterKeyBroken(PathBuf),
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
    let cipher = master_key(&config, &random)?;
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

fn master_key(config: &Config, random: &Random) -> Result<Cipher, BootError> {
    if let Some(cipher) = &config.master_key {
        return Ok(cipher.clone());
    }
    match &config.database_url {
        Url::Postgres(_) => Err(BootError::NoMasterKey),
        url @ Url::Sqlite(_) => {
            let folder = url.folder().unwrap_or(Path::new("."));
            let file = folder.join(MASTER_KEY_FILE);
            make_or_read(&file, random)
                .map_err(|error| BootError::MasterKeyFile(file.clone(), error))?
                .ok_or(BootError::MasterKeyBroken(file))
        }
    }
}

/// Makes the file, for its owner only, where there is none; two who start at once agree on one.
fn make_or_read(file: &Path, random: &Random) -> std::io::Result<Option<Cipher>> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let fresh = STANDARD.encode(random.bytes::<32>());
    // Written whole under another name first: a crash must not leave half a key.
    let draft = file.with_extension(format!("{:016x}", u64::from_le_bytes(random.bytes())));
    if !file.exists() {
        let mut written = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        writeln!(written, "{fresh}")?;
        written.sync_all()?;
        let linked = std::fs::hard_link(&draft, file);
        std::fs::remove_file(&draft)?;
        match linked {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        if let Some(folder) = file.parent() {
            std::fs::File::open(folder)?.sync_all()?;
        }
    }
    Ok(Cipher::from_base64(&std::fs::read_to_string(file)?))
}

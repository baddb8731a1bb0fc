//! The master key: given in the settings, or kept beside a SQLite database.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::db::Url;
use crate::kernel::{Cipher, Random, file};

/// What it is kept in, beside a SQLite database.
const FILE: &str = "master.key";

/// There is no master key to be had.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error(
        "HEIMDALL_MASTER_KEY: is needed with PostgreSQL, the same on every node: base64 of 32 bytes; \
         `openssl rand -base64 32` makes one"
    )]
    NotGiven,
    #[error("the master key {0} can't be read or made: {1}")]
    File(PathBuf, std::io::Error),
    #[error("the master key {0} must be base64 of 32 bytes, as it was when it was made")]
    Broken(PathBuf),
}

/// The key of the settings, or that of the file, which is made where there is none.
pub fn read_or_make(config: &Config, random: &Random) -> Result<Cipher, MasterKeyError> {
    if let Some(cipher) = &config.master_key {
        return Ok(cipher.clone());
    }
    let file = file_of(&config.database_url).ok_or(MasterKeyError::NotGiven)?;
    if !file.exists() {
        let fresh = Cipher::new(random.bytes());
        write(&file, &fresh, random).map_err(|error| MasterKeyError::File(file.clone(), error))?;
    }
    read(&file)
}

/// The key of the settings, or that of the file; nothing is made.
pub fn find(config: &Config, database: &Url) -> Result<Cipher, MasterKeyError> {
    match (&config.master_key, file_of(database)) {
        (Some(cipher), _) => Ok(cipher.clone()),
        (None, Some(file)) => read(&file),
        (None, None) => Err(MasterKeyError::NotGiven),
    }
}

/// Leaves the key beside a SQLite database that has none yet, for whoever starts there. Gives the
/// file that it wrote.
pub fn leave_beside(
    database: &Url,
    cipher: &Cipher,
    random: &Random,
) -> Result<Option<PathBuf>, MasterKeyError> {
    let Some(file) = file_of(database).filter(|file| !file.exists()) else {
        return Ok(None);
    };
    write(&file, cipher, random).map_err(|error| MasterKeyError::File(file.clone(), error))?;
    Ok(Some(file))
}

/// The file beside a SQLite database, if it holds another key.
pub fn other_beside(database: &Url, cipher: &Cipher) -> Result<Option<PathBuf>, MasterKeyError> {
    let Some(file) = file_of(database).filter(|file| file.exists()) else {
        return Ok(None);
    };
    let same = read(&file)?.master_key() == cipher.master_key();
    Ok((!same).then_some(file))
}

/// Where the key of a database is kept, if it is kept beside it.
pub fn file_of(database: &Url) -> Option<PathBuf> {
    database.folder().map(|folder| folder.join(FILE))
}

fn read(file: &Path) -> Result<Cipher, MasterKeyError> {
    let text = std::fs::read_to_string(file).map(Zeroizing::new);
    let text = text.map_err(|error| MasterKeyError::File(file.into(), error))?;
    Cipher::from_base64(&text).ok_or_else(|| MasterKeyError::Broken(file.into()))
}

/// Writes the file, for its owner only; of two who do so at once, one is first and both find its key.
fn write(path: &Path, cipher: &Cipher, random: &Random) -> std::io::Result<()> {
    // Whole under another name first: a crash must not leave half a key.
    let draft = path.with_extension(format!("{:016x}", u64::from_le_bytes(random.bytes())));
    let text = Zeroizing::new(STANDARD.encode(cipher.master_key()));
    writeln!(file::private(&draft)?, "{}", *text)?;
    match file::publish(&draft, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    }
}

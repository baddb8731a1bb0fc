//! A copy of a SQLite database while the server goes on.

use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use super::{Error, Url};
use crate::kernel::file;

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("a backup is made of SQLite; PostgreSQL has pg_dump for it")]
    NotSqlite,
    #[error("there is no database at {0}")]
    NoDatabase(PathBuf),
    #[error("{0} is there already; a backup overwrites nothing")]
    Exists(PathBuf),
    #[error("{0} can't be written: {1}")]
    File(PathBuf, std::io::Error),
    #[error("the backup is damaged, and has been removed: {0}")]
    Damaged(String),
    #[error(transparent)]
    Database(#[from] Error),
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

/// Writes the database as it is at this moment into a new file, and checks it. Writers are not held
/// up. The file is there whole or not at all. Gives its size in bytes.
pub async fn backup(database: &Url, to: &Path) -> Result<u64, BackupError> {
    let Url::Sqlite(from) = database else {
        return Err(BackupError::NotSqlite);
    };
    if let Some(missing) = database.missing_file() {
        return Err(BackupError::NoDatabase(missing.into()));
    }
    if to.exists() {
        return Err(BackupError::Exists(to.into()));
    }
    let failed = |error| BackupError::File(to.into(), error);
    let draft = draft_beside(to);
    // What was left there by an attempt that was killed is nobody's.
    let _ = std::fs::remove_file(&draft);
    file::private(&draft).map_err(failed)?;
    if let Err(error) = write(from, &draft).await {
        let _ = std::fs::remove_file(&draft);
        return Err(error);
    }
    file::publish(&draft, to).map_err(failed)?;
    Ok(std::fs::metadata(to).map_err(failed)?.len())
}

async fn write(from: &Path, draft: &Path) -> Result<(), BackupError> {
    let mut source = SqliteConnectOptions::new().filename(from).connect().await?;
    // Into an empty file that is there already, which keeps it its owner's alone.
    sqlx::query("VACUUM INTO $1")
        .bind(draft.to_string_lossy().into_owned())
        .execute(&mut source)
        .await?;
    source.close().await?;

    let mut copy = SqliteConnectOptions::new()
        .filename(draft)
        .read_only(true)
        .connect()
        .await?;
    let check = copy.fetch_one("PRAGMA integrity_check").await?;
    let said: String = sqlx::Row::try_get(&check, 0)?;
    copy.close().await?;
    if said == "ok" {
        Ok(())
    } else {
        Err(BackupError::Damaged(said))
    }
}

fn draft_beside(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    name.into()
}

//! A copy of a SQLite database while the server goes on.

use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use super::{Error, Url};

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
    if !from.exists() {
        return Err(BackupError::NoDatabase(from.clone()));
    }
    if to.exists() {
        return Err(BackupError::Exists(to.into()));
    }
    let failed = |error| BackupError::File(to.into(), error);
    let draft = draft_beside(to);
    private_file(&draft).map_err(failed)?;
    let written = write(from, &draft).await;
    let kept = match written {
        Ok(()) => keep(&draft, to).map_err(failed),
        Err(error) => Err(error),
    };
    // What was kept has a name of its own by now.
    let _ = std::fs::remove_file(&draft);
    kept
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

fn private_file(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(file).map(drop)
}

/// Gives the draft its name, unless another has taken it meanwhile; on the disk when it returns.
fn keep(draft: &Path, to: &Path) -> std::io::Result<u64> {
    let file = std::fs::File::open(draft)?;
    file.sync_all()?;
    std::fs::hard_link(draft, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(file.metadata()?.len())
}

//! Opening the database that `HEIMDALL_DATABASE_URL` names.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::{Db, Error, Pools};

/// Connections to PostgreSQL per node.
const POSTGRES_CONNECTIONS: u32 = 20;
/// Connections that read SQLite beside the one that writes.
const SQLITE_READERS: u32 = 4;
/// How long a request waits for a connection before it is answered 503.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long SQLite waits for another process, such as a backup, to let go of its lock.
const BUSY: Duration = Duration::from_secs(10);

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum Url {
    Sqlite(PathBuf),
    Postgres(String),
}

impl Url {
    /// Reads `sqlite://PATH` (relative to the working folder, or absolute with a third slash) or
    /// `postgres://…`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite://") {
            let path = path.split_once('?').map_or(path, |(path, _)| path);
            if path.is_empty() || path.contains(":memory:") {
                return Err(
                    "sqlite:// needs the path of a file, as in sqlite://heimdall-data/heimdall.db"
                        .into(),
                );
            }
            return Ok(Self::Sqlite(path.into()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let read = PgConnectOptions::from_str(text);
            read.map_err(|_| "no valid postgres:// URL; it looks like postgres://user:password@host:5432/database")?;
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err("must begin with sqlite:// or postgres://".into())
    }

    /// The SQLite file, if there is none: opening would make it.
    pub fn missing_file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) if !path.exists() => Some(path),
            Self::Sqlite(_) | Self::Postgres(_) => None,
        }
    }

    /// The folder that holds the SQLite file, and the master key beside it.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => path.parent().map(|folder| {
                if folder.as_os_str().is_empty() {
                    Path::new(".")
                } else {
                    folder
                }
            }),
            Self::Postgres(_) => None,
        }
    }
}

/// Without the password.
impl std::fmt::Debug for Url {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres://…"),
        }
    }
}

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the folder {0} for the database can't be made: {1}")]
    Folder(PathBuf, std::io::Error),
    #[error("the database {0:?} can't be opened: {1}")]
    Connect(Url, Error),
}

impl Db {
    /// Opens the database, making the SQLite file where there is none. The schema is not touched:
    /// see [`Db::migrate`].
    pub async fn open(url: &Url) -> Result<Self, OpenError> {
        match url {
            Url::Sqlite(path) => {
                if let Some(folder) = url.folder() {
                    private_folder(folder)
                        .map_err(|error| OpenError::Folder(folder.into(), error))?;
                }
                Self::open_sqlite(path).await
            }
            Url::Postgres(text) => Self::open_postgres(text).await,
        }
        .map_err(|error| OpenError::Connect(url.clone(), error))
    }

    async fn open_sqlite(path: &Path) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was answered survives the loss of power, not only of the process.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .optimize_on_close(true, None);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE)
            .connect_with(options.clone())
            .await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS)
            .acquire_timeout(ACQUIRE)
            .connect_with(options.pragma("query_only", "TRUE"))
            .await?;
        Ok(Self(Pools::Sqlite { readers, writer }))
    }

    async fn open_postgres(url: &str) -> Result<Self, Error> {
        let options = PgConnectOptions::from_str(url)?.application_name("heimdall");
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(ACQUIRE)
            .connect_with(options)
            .await?;
        Ok(Self(Pools::Postgres(pool)))
    }
}

/// Makes a folder that only its owner may enter; one that is there is left as it is.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_wrong_ones_are_named() {
        assert_eq!(
            Url::parse("sqlite://a/b.db"),
            Ok(Url::Sqlite("a/b.db".into()))
        );
        assert_eq!(
            Url::parse("sqlite:///a.db"),
            Ok(Url::Sqlite("/a.db".into()))
        );
        assert!(Url::parse("postgres://u:p@localhost/db").is_ok());
        assert!(Url::parse("mysql://x").unwrap_err().contains("sqlite://"));
        assert!(Url::parse("sqlite://").unwrap_err().contains("path"));
    }

    #[test]
    fn a_password_is_not_printed() {
        let url = Url::parse("postgres://u:geheim@localhost/db").unwrap();
        assert!(!format!("{url:?}").contains("geheim"));
    }
}

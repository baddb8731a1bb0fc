//! The only place that knows there are two databases.
//!
//! The rest writes SQL that both understand, against a [`Conn`]: `conn.query("… $1 …").bind(x)`.
//! What a newcomer would get wrong: SQLite has one writer. Every write goes through [`Db::begin`],
//! which takes the write lock at once (`BEGIN IMMEDIATE`); a transaction that began by reading and
//! then wrote would be refused whenever another got there first.

mod backup;
mod conn;
mod copy;
mod migrate;
mod open;
mod row_security;
mod types;

use sqlx::pool::PoolConnection;
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};

pub use backup::{BackupError, backup};
pub use conn::{Conn, Query, Row, Sql, Value};
pub use copy::{Copied, Copy, CopyError};
pub use migrate::MigrationError;
pub use open::{OpenError, Url};
pub use sqlx::FromRow;
pub use types::Json;
pub(crate) use types::text_column;

/// A failure of the database, as opposed to a refusal of ours.
#[derive(Debug, thiserror::Error)]
#[error("database: {0}")]
pub struct Error(#[from] sqlx::Error);

impl Error {
    /// Whether the database can't be reached or can't write now, so that trying again later may
    /// help: 503 rather than 500.
    pub fn is_unavailable(&self) -> bool {
        match &self.0 {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::BeginFailed => true,
            sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                // PostgreSQL: connection (08), resources (53), operator (57P), a read-only standby
                // (25006), serialisation and deadlock (40), lock timeout (55P03). SQLite: busy,
                // locked, full, input/output, each in the low byte of its extended code.
                ["08", "53", "57", "40"]
                    .iter()
                    .any(|class| code.len() == 5 && code.starts_with(class))
                    || matches!(&*code, "25006" | "55P03")
                    || code
                        .parse::<u32>()
                        .is_ok_and(|code| code < 10_000 && matches!(code & 0xff, 5 | 6 | 10 | 13))
            }),
            _ => false,
        }
    }
}

/// Why there is no connection. One that breaks off in the middle of its handshake, as when the database
/// is just going down, is a protocol error to sqlx; it is as much away as one that refuses.
fn away(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Protocol(said) => {
            let broken = std::io::Error::new(std::io::ErrorKind::ConnectionAborted, said);
            sqlx::Error::Io(broken).into()
        }
        other => other.into(),
    }
}

/// The database: open pools, cheap to clone.
#[derive(Clone, Debug)]
pub struct Db(Pools);

#[derive(Clone, Debug)]
enum Pools {
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
    },
    Postgres(PgPool),
}

impl Db {
    /// A connection for reading. What it sees is one moment on SQLite per statement, on PostgreSQL
    /// likewise.
    pub async fn read(&self) -> Result<Conn, Error> {
        Ok(match &self.0 {
            Pools::Sqlite { readers, .. } => Conn::Sqlite(readers.acquire().await?),
            // A transaction, since the App that row-level security lets through is set in it.
            Pools::Postgres(pool) => Conn::PostgresTx(pool.begin().await.map_err(away)?),
        })
    }

    /// A transaction for writing. Dropped without [`Tx::commit`] it leaves nothing.
    pub async fn begin(&self) -> Result<Tx, Error> {
        Ok(Tx(match &self.0 {
            Pools::Sqlite { writer, .. } => {
                Conn::SqliteTx(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres(pool) => Conn::PostgresTx(pool.begin().await.map_err(away)?),
        }))
    }

    /// Whether other nodes may share this database.
    pub fn is_shared(&self) -> bool {
        matches!(self.0, Pools::Postgres(_))
    }

    /// Closes all connections; SQLite's log is folded into its file.
    pub async fn close(&self) {
        match &self.0 {
            Pools::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// A write transaction. Everything that runs on a [`Conn`] runs on it.
#[derive(Debug)]
pub struct Tx(Conn);

impl Tx {
    pub async fn commit(self) -> Result<(), Error> {
        match self.0 {
            Conn::SqliteTx(tx) => tx.commit().await?,
            Conn::PostgresTx(tx) => tx.commit().await?,
            Conn::Sqlite(_) => {}
        }
        Ok(())
    }
}

impl std::ops::Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        &self.0
    }
}

impl std::ops::DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.0
    }
}

type SqliteConn = PoolConnection<Sqlite>;
type SqliteTx = Transaction<'static, Sqlite>;
type PostgresTx = Transaction<'static, Postgres>;

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgPoolOptions;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    #[tokio::test]
    async fn a_database_that_breaks_off_its_handshake_is_away() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("postgres://x@{}/x", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                // The request for TLS, and no answer that there is.
                let mut asked = [0; 8];
                let _ = client.read_exact(&mut asked).await;
                let _ = client.write_all(&[0]).await;
            }
        });
        let db = Db(Pools::Postgres(
            PgPoolOptions::new().connect_lazy(&url).unwrap(),
        ));

        assert!(db.begin().await.unwrap_err().is_unavailable());
        assert!(db.read().await.unwrap_err().is_unavailable());
    }
}

//! Copying everything from one database to another, whichever the two are.
//!
//! One transaction on either side: the source is read as it was at one moment, and the copy is there
//! whole or not at all. It is verified before it is committed: what was written is read back, counted
//! and hashed. A copy that is there already is recognised, so that whoever does not know how far the
//! last attempt came can repeat it.

mod cell;

use std::future::ready;

use futures_util::{StreamExt as _, TryStreamExt as _};
use sqlx::{AssertSqlSafe, Executor as _, Row as _};

use self::cell::{Cell, Column};
use super::{Conn, Db, Error, Pools, PostgresTx, SqliteTx};

/// Every table, each after those that it refers to.
const TABLES: &[&str] = &[
    "instance",
    "counters",
    "jobs",
    "apps",
    "admin_keys",
    "signing_keys",
    "roles",
    "users",
    "user_roles",
    "sessions",
    "credentials",
    "credential_secrets",
    "revoked_tokens",
    "login_failures",
    "invites",
    "links",
    "webhooks",
    "events",
    "event_heads",
    "revocations",
    "deliveries",
    "delivery_attempts",
    "idempotency_keys",
];

/// What a fresh schema has rows in already.
const PRESET: &str = "counters";

/// Values bound in one statement at the most; SQLite's limit is 32,766.
const BOUND: usize = 2_000;

/// A table that has been copied, and verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    pub table: &'static str,
    pub rows: u64,
    /// SHA-256 of each row, added up: the same in whatever order they come.
    pub digest: [u8; 32],
}

/// What a copy came to.
#[derive(Clone, Debug)]
pub struct Copy {
    pub tables: Vec<Copied>,
    /// Whether an earlier attempt had done it all.
    pub was_there: bool,
}

/// Why nothing was copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error(
        "the destination holds other data already ({0} rows in its table {1}): a copy needs an empty \
         database"
    )]
    NotEmpty(u64, &'static str),
    #[error(
        "the table {0} of the copy is not what was read from the source; nothing has been kept of it"
    )]
    Differs(&'static str),
    #[error("the schema has a table {0}, which this command does not know")]
    UnknownTable(String),
    #[error("a value of {table}.{column} can't be read: {reason}")]
    Unreadable {
        table: &'static str,
        column: String,
        reason: String,
    },
    #[error(transparent)]
    Database(#[from] Error),
}

impl From<sqlx::Error> for CopyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error.into())
    }
}

impl Db {
    /// Copies everything to an empty database. Both have the current schema.
    pub async fn copy_to(&self, target: &Self) -> Result<Copy, CopyError> {
        let mut from = Side::read(self).await?;
        let mut to = Side::write(target).await?;
        if let Some(unknown) = from.unknown_table().await? {
            return Err(CopyError::UnknownTable(unknown));
        }
        if let Some(occupied) = to.first_occupied().await? {
            let (there, wanted) = (to.digests().await?, from.digests().await?);
            if there != wanted {
                return Err(CopyError::NotEmpty(occupied.rows, occupied.table));
            }
            return Ok(Copy {
                tables: there,
                was_there: true,
            });
        }
        to.run(&format!("DELETE FROM {PRESET}")).await?;
        let mut tables = Vec::with_capacity(TABLES.len());
        for table in TABLES {
            let read = copy_table(&mut from, &mut to, table).await?;
            if to.digest(table).await? != read {
                return Err(CopyError::Differs(table));
            }
            tables.push(read);
        }
        to.commit().await?;
        Ok(Copy {
            tables,
            was_there: false,
        })
    }
}

async fn copy_table(
    from: &mut Side,
    to: &mut Side,
    table: &'static str,
) -> Result<Copied, CopyError> {
    let columns = from.columns(table).await?;
    let at_once = (BOUND / columns.len().max(1)).max(1);
    let mut copied = Copied::nothing_of(table);
    let mut batch = Vec::with_capacity(at_once);
    let mut rows = from.rows(table, &columns);
    while let Some(row) = rows.try_next().await? {
        copied.add(&row);
        batch.push(row);
        if batch.len() == at_once {
            to.insert(table, &columns, &batch).await?;
            batch.clear();
        }
    }
    if !batch.is_empty() {
        to.insert(table, &columns, &batch).await?;
    }
    Ok(copied)
}

impl Copied {
    fn nothing_of(table: &'static str) -> Self {
        Self {
            table,
            rows: 0,
            digest: [0; 32],
        }
    }

    fn add(&mut self, row: &[Cell]) {
        self.rows += 1;
        let mut carry = 0;
        for (sum, byte) in self
            .digest
            .iter_mut()
            .rev()
            .zip(cell::digest(row).iter().rev())
        {
            let added = u16::from(*sum) + u16::from(*byte) + carry;
            *sum = added.to_le_bytes()[0];
            carry = added >> 8;
        }
    }
}

/// One of the two, in its transaction.
enum Side {
    Sqlite(SqliteTx),
    Postgres(PostgresTx),
}

type Rows<'s> = futures_util::stream::BoxStream<'s, Result<Vec<Cell>, CopyError>>;

impl Side {
    async fn read(db: &Db) -> Result<Self, Error> {
        Ok(match &db.0 {
            Pools::Sqlite { readers, .. } => Self::Sqlite(readers.begin().await?),
            Pools::Postgres(pool) => {
                const ONE_MOMENT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Self::Postgres(pool.begin_with(ONE_MOMENT).await?)
            }
        })
    }

    /// Takes the sealer's lock too: two copies to one database come one after the other.
    async fn write(db: &Db) -> Result<Self, Error> {
        let mut tx = db.begin().await?;
        let lock = tx.query("UPDATE counters SET value = value WHERE name = 'sealed'");
        lock.execute().await?;
        match tx.0 {
            Conn::SqliteTx(tx) => Ok(Self::Sqlite(tx)),
            Conn::PostgresTx(tx) => Ok(Self::Postgres(tx)),
            Conn::Sqlite(_) => Err(sqlx::Error::BeginFailed.into()),
        }
    }

    async fn commit(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        }
    }

    async fn run(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(tx) => tx.execute(sql).await.map(drop),
            Self::Postgres(tx) => tx.execute(sql).await.map(drop),
        }
    }

    /// Text in the first columns of each row.
    async fn texts(&mut self, sql: String) -> Result<Vec<(String, String)>, sqlx::Error> {
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Sqlite(tx) => sqlx::query_as(sql).fetch_all(&mut **tx).await,
            Self::Postgres(tx) => sqlx::query_as(sql).fetch_all(&mut **tx).await,
        }
    }

    async fn unknown_table(&mut self) -> Result<Option<String>, sqlx::Error> {
        let all = match self {
            Self::Sqlite(_) => {
                "SELECT name, '' FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            }
            Self::Postgres(_) => {
                "SELECT tablename::TEXT, '' FROM pg_tables WHERE schemaname = current_schema()"
            }
        };
        let mut all = self.texts(all.to_owned()).await?.into_iter();
        let unknown = all.find(|(name, _)| !is_known(name));
        Ok(unknown.map(|(name, _)| name))
    }

    async fn columns(&mut self, table: &str) -> Result<Vec<Column>, CopyError> {
        let declared = match self {
            Self::Sqlite(_) => {
                format!("SELECT name, type FROM pragma_table_info('{table}') ORDER BY name")
            }
            Self::Postgres(_) => format!(
                "SELECT column_name::TEXT, data_type::TEXT FROM information_schema.columns
                 WHERE table_schema = current_schema() AND table_name = '{table}'
                 ORDER BY column_name COLLATE \"C\""
            ),
        };
        let declared = self.texts(declared).await?.into_iter();
        Ok(declared
            .map(|(name, kind)| Column::new(name, &kind))
            .collect())
    }

    fn rows<'s>(&'s mut self, table: &'static str, columns: &'s [Column]) -> Rows<'s> {
        let names: Vec<_> = columns.iter().map(|column| &*column.name).collect();
        let sql = AssertSqlSafe(format!("SELECT {} FROM {table}", names.join(", ")));
        let unreadable = move |(column, reason): (&Column, sqlx::Error)| CopyError::Unreadable {
            table,
            column: column.name.clone(),
            reason: reason.to_string(),
        };
        match self {
            Self::Sqlite(tx) => {
                let rows = sqlx::query(sql).fetch(&mut **tx).map_err(CopyError::from);
                let read = move |row| cell::of_sqlite(&row, columns).map_err(unreadable);
                rows.and_then(move |row| ready(read(row))).boxed()
            }
            Self::Postgres(tx) => {
                let rows = sqlx::query(sql).fetch(&mut **tx).map_err(CopyError::from);
                let read = move |row| cell::of_postgres(&row, columns).map_err(unreadable);
                rows.and_then(move |row| ready(read(row))).boxed()
            }
        }
    }

    async fn insert(
        &mut self,
        table: &str,
        columns: &[Column],
        rows: &[Vec<Cell>],
    ) -> Result<(), CopyError> {
        let names: Vec<_> = columns.iter().map(|column| &*column.name).collect();
        let row = |first: usize| {
            let places = (first..first + columns.len()).map(|place| format!("${}", place + 1));
            format!("({})", places.collect::<Vec<_>>().join(", "))
        };
        let values = (0..rows.len()).map(|at| row(at * columns.len()));
        let sql = AssertSqlSafe(format!(
            "INSERT INTO {table} ({}) VALUES {}",
            names.join(", "),
            values.collect::<Vec<_>>().join(", ")
        ));
        let cells = rows.iter().flat_map(|row| row.iter().zip(columns));
        match self {
            Self::Sqlite(tx) => {
                let bound = cell::for_sqlite(cells).map_err(sqlx::Error::Encode)?;
                tx.execute(sqlx::query_with(sql, bound)).await?;
            }
            Self::Postgres(tx) => {
                let bound = cell::for_postgres(cells).map_err(sqlx::Error::Encode)?;
                tx.execute(sqlx::query_with(sql, bound)).await?;
            }
        }
        Ok(())
    }

    async fn digest(&mut self, table: &'static str) -> Result<Copied, CopyError> {
        let columns = self.columns(table).await?;
        let mut copied = Copied::nothing_of(table);
        let mut rows = self.rows(table, &columns);
        while let Some(row) = rows.try_next().await? {
            copied.add(&row);
        }
        Ok(copied)
    }

    async fn digests(&mut self) -> Result<Vec<Copied>, CopyError> {
        let mut digests = Vec::with_capacity(TABLES.len());
        for table in TABLES {
            digests.push(self.digest(table).await?);
        }
        Ok(digests)
    }

    /// The first table that has rows, beside what every schema has.
    async fn first_occupied(&mut self) -> Result<Option<Copied>, CopyError> {
        for table in TABLES.iter().filter(|table| **table != PRESET) {
            let count = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
            let rows: i64 = match self {
                Self::Sqlite(tx) => tx.fetch_one(count).await?.try_get(0)?,
                Self::Postgres(tx) => tx.fetch_one(count).await?.try_get(0)?,
            };
            if rows > 0 {
                return Ok(Some(Copied {
                    rows: rows.unsigned_abs(),
                    ..Copied::nothing_of(table)
                }));
            }
        }
        Ok(None)
    }
}

fn is_known(table: &str) -> bool {
    // sqlx's own record of the steps of the schema: each database keeps its own.
    table == "_sqlx_migrations" || TABLES.contains(&table)
}

//! A connection, and a query on it: one text for both databases.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments as _, Encode, FromRow, Postgres, Sqlite, Type};

use super::{Error, PostgresTx, SqliteConn, SqliteTx};
use crate::kernel::ids::AppId;

/// What can stand for a `$n`.
pub trait Value<'q>:
    Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> + Send
{
}

impl<'q, T> Value<'q> for T where
    T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres> + Send
{
}

/// What a row can be read into: a tuple, or a struct that derives [`FromRow`].
pub trait Row: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl<T> Row for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{}

/// A statement; the same for both databases but for the rare one that says [`Sql::Differs`].
#[derive(Clone, Copy, Debug)]
pub enum Sql {
    Same(&'static str),
    Differs {
        sqlite: &'static str,
        postgres: &'static str,
    },
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self::Same(text)
    }
}

/// A connection, in a transaction or not.
#[derive(Debug)]
pub enum Conn {
    Sqlite(SqliteConn),
    SqliteTx(SqliteTx),
    PostgresTx(PostgresTx),
}

impl Conn {
    pub fn query(&mut self, sql: impl Into<Sql>) -> Query<'_> {
        let (text, arguments) = match (self.is_postgres(), sql.into()) {
            (false, Sql::Same(sql) | Sql::Differs { sqlite: sql, .. }) => {
                (sql, Bound::Sqlite(SqliteArguments::default()))
            }
            (true, Sql::Same(sql) | Sql::Differs { postgres: sql, .. }) => {
                (sql, Bound::Postgres(PgArguments::default()))
            }
        };
        Query {
            conn: self,
            text,
            arguments,
            failed: None,
        }
    }

    /// From here on this transaction sees one App's rows only: PostgreSQL enforces it by row-level
    /// security, behind the `app_id = $1` that every statement has anyway.
    pub async fn enter(&mut self, app: &AppId) -> Result<(), Error> {
        if self.is_postgres() {
            let entering = self
                .query("SELECT set_config('heimdall.app', $1, TRUE)")
                .bind(app);
            entering.one::<(String,)>().await?;
        }
        Ok(())
    }

    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::PostgresTx(_))
    }
}

#[derive(Debug)]
enum Bound {
    Sqlite(SqliteArguments),
    Postgres(PgArguments),
}

/// A statement with what is bound to it so far.
#[derive(Debug)]
pub struct Query<'c> {
    conn: &'c mut Conn,
    text: &'static str,
    arguments: Bound,
    failed: Option<sqlx::Error>,
}

/// Runs one of sqlx's verbs on whichever connection it is.
macro_rules! run {
    ($query:ident, $make:ident, $verb:ident) => {{
        $query.check()?;
        match ($query.conn, $query.arguments) {
            (Conn::Sqlite(conn), Bound::Sqlite(bound)) => {
                sqlx::$make($query.text, bound).$verb(&mut **conn).await?
            }
            (Conn::SqliteTx(tx), Bound::Sqlite(bound)) => {
                sqlx::$make($query.text, bound).$verb(&mut **tx).await?
            }
            (Conn::PostgresTx(tx), Bound::Postgres(bound)) => {
                sqlx::$make($query.text, bound).$verb(&mut **tx).await?
            }
            _ => return Err(mixed().into()),
        }
    }};
}

impl Query<'_> {
    /// Binds the next `$n`.
    pub fn bind<'q>(mut self, value: impl Value<'q>) -> Self {
        let added = match &mut self.arguments {
            Bound::Sqlite(bound) => bound.add(value),
            Bound::Postgres(bound) => bound.add(value),
        };
        if let Err(error) = added {
            self.failed = Some(sqlx::Error::Encode(error));
        }
        self
    }

    /// All rows.
    pub async fn all<T: Row>(mut self) -> Result<Vec<T>, Error> {
        Ok(run!(self, query_as_with, fetch_all))
    }

    /// The row, or that there is none.
    pub async fn optional<T: Row>(mut self) -> Result<Option<T>, Error> {
        Ok(run!(self, query_as_with, fetch_optional))
    }

    /// The row; an error when there is none.
    pub async fn one<T: Row>(mut self) -> Result<T, Error> {
        Ok(run!(self, query_as_with, fetch_one))
    }

    /// How many rows it changed.
    pub async fn execute(mut self) -> Result<u64, Error> {
        self.check()?;
        Ok(match (self.conn, self.arguments) {
            (Conn::Sqlite(conn), Bound::Sqlite(bound)) => {
                let done = sqlx::query_with(self.text, bound).execute(&mut **conn);
                done.await?.rows_affected()
            }
            (Conn::SqliteTx(tx), Bound::Sqlite(bound)) => {
                let done = sqlx::query_with(self.text, bound).execute(&mut **tx);
                done.await?.rows_affected()
            }
            (Conn::PostgresTx(tx), Bound::Postgres(bound)) => {
                let done = sqlx::query_with(self.text, bound).execute(&mut **tx);
                done.await?.rows_affected()
            }
            _ => return Err(mixed().into()),
        })
    }

    /// SQLite takes a `$n` without a value for NULL and says nothing; here it is an error.
    fn check(&mut self) -> Result<(), Error> {
        if let Some(error) = self.failed.take() {
            return Err(error.into());
        }
        let bound = match &self.arguments {
            Bound::Sqlite(bound) => bound.len(),
            Bound::Postgres(bound) => bound.len(),
        };
        let named = parameters(self.text);
        if named == bound {
            return Ok(());
        }
        let message = format!("{named} parameters, {bound} bound: {}", self.text);
        Err(sqlx::Error::Protocol(message).into())
    }
}

/// The highest `$n` in a statement.
fn parameters(sql: &str) -> usize {
    let after_dollar = sql.split('$').skip(1);
    let numbers = after_dollar.filter_map(|rest| {
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest[..end].parse().ok()
    });
    numbers.max().unwrap_or(0)
}

fn mixed() -> sqlx::Error {
    sqlx::Error::Protocol("arguments of one database on a connection of the other".into())
}

#[cfg(test)]
mod tests {
    use super::parameters;

    #[test]
    fn parameters_are_counted_by_the_highest() {
        assert_eq!(parameters("SELECT 1"), 0);
        assert_eq!(parameters("… $1 … $2 … $1 …"), 2);
        assert_eq!(parameters("… $12)"), 12);
    }
}

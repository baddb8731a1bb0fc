//! Bringing the schema up to date.

use sqlx::migrate::{MigrateError, Migrator};

use super::{Db, Error, Pools, row_security};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    #[error(
        "the database was last used by a newer heimdall (its schema has step {0}, which this \
         binary does not know): start that version, or a later one"
    )]
    Newer(i64),
    #[error(
        "step {0} of the schema was begun by an earlier start and not finished: restore the \
         database from a backup, or ask for help before going on"
    )]
    HalfDone(i64),
    #[error("the schema could not be brought up to date: {0}")]
    Failed(MigrateError),
    #[error("the schema could not be brought up to date: {0}")]
    Database(#[from] Error),
}

impl Db {
    /// Runs the steps that are missing. Nodes that start at once wait for one another.
    pub async fn migrate(&self) -> Result<(), MigrationError> {
        let outcome = match &self.0 {
            Pools::Sqlite { writer, .. } => MIGRATIONS.run(writer).await,
            Pools::Postgres(pool) => MIGRATIONS.run(pool).await,
        };
        outcome.map_err(|error| match error {
            MigrateError::VersionMissing(step) => MigrationError::Newer(step),
            MigrateError::Dirty(step) => MigrationError::HalfDone(step),
            other => MigrationError::Failed(other),
        })?;
        if let Pools::Postgres(pool) = &self.0 {
            row_security::enforce(pool).await?;
        }
        Ok(())
    }

    /// Whether the schema is exactly the one that this binary knows.
    pub async fn is_current(&self) -> Result<bool, Error> {
        let mut conn = self.read().await?;
        let done =
            conn.query("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version");
        let done: Vec<(i64,)> = done.all().await?;
        let known = MIGRATIONS.iter().map(|step| step.version);
        Ok(done.into_iter().map(|(step,)| step).eq(known))
    }
}

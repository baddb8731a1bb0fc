//! PostgreSQL's row-level security: the second wall between tenants.
//!
//! Every statement names the App in its WHERE; should one ever forget it, a transaction that has
//! entered an App ([`super::Conn::enter`]) still sees no other App's rows. A transaction that has
//! entered none (looking up a token, sealing, cleaning) sees all.
//!
//! Not in the migrations, since those are the same files for SQLite.

use sqlx::{AssertSqlSafe, PgPool};

use super::Error;

/// The tables whose rows belong to an App.
pub(super) const TENANT_TABLES: &[&str] = &[
    "users",
    "roles",
    "user_roles",
    "credentials",
    "credential_secrets",
    "sessions",
    "invites",
    "links",
    "webhooks",
    "deliveries",
    "delivery_attempts",
    "events",
    "event_heads",
    "revocations",
    "login_failures",
];

/// Turns it on for each table, for the tables' owner too. Safe to repeat, and at once on several
/// nodes: a lock lets one do it.
pub(super) async fn enforce(pool: &PgPool) -> Result<(), Error> {
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock(7421889063)")
        .execute(&mut *tx)
        .await?;
    let guarded: Vec<(String,)> =
        sqlx::query_as("SELECT tablename::TEXT FROM pg_policies WHERE policyname = 'one_app' AND schemaname = current_schema()")
            .fetch_all(&mut *tx)
            .await?;
    for table in TENANT_TABLES {
        if guarded.iter().any(|(name,)| name == table) {
            continue;
        }
        let sql = format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; \
             ALTER TABLE {table} FORCE ROW LEVEL SECURITY; \
             CREATE POLICY one_app ON {table} USING ( \
               COALESCE(current_setting('heimdall.app', TRUE), '') IN ('', app_id))"
        );
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

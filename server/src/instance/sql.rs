//! Every statement about the instance.

use crate::db::{Conn, Error};

pub(super) async fn get(conn: &mut Conn, name: &str) -> Result<Option<String>, Error> {
    let stored = conn.query("SELECT value FROM instance WHERE name = $1");
    let stored: Option<(String,)> = stored.bind(name).optional().await?;
    Ok(stored.map(|(value,)| value))
}

/// What is stored under the name; `fresh`, if there was nothing.
pub(super) async fn get_or_set(conn: &mut Conn, name: &str, fresh: &str) -> Result<String, Error> {
    let stored = conn.query(
        "INSERT INTO instance (name, value) VALUES ($1, $2)
         ON CONFLICT (name) DO UPDATE SET value = instance.value RETURNING value",
    );
    Ok(stored.bind(name).bind(fresh).one::<(String,)>().await?.0)
}

//! Everything that the database holds, as text: to find what should not be there.

use heimdall_server::db::Conn;

use crate::support::TestServer;

/// The statement, for ever: the tables are known only now, and the facade takes no text but that of the program.
fn statement(sql: String) -> &'static str {
    Box::leak(sql.into_boxed_str())
}

async fn column(conn: &mut Conn, sql: String) -> Vec<String> {
    let rows: Vec<(String,)> = conn.query(statement(sql)).all().await.unwrap();
    rows.into_iter().map(|(text,)| text).collect()
}

/// Each row of each table as `table: values`; bytes in hex.
pub(crate) async fn dump(server: &TestServer) -> Vec<String> {
    let mut conn = server.heimdall().db.read().await.unwrap();
    let conn = &mut conn;
    let tables = if conn.is_postgres() {
        "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = current_schema()"
    } else {
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    };
    let mut rows = Vec::new();
    for table in column(conn, tables.into()).await {
        let all = if conn.is_postgres() {
            format!("SELECT CAST(t AS TEXT) FROM {table} t")
        } else {
            let names = format!("SELECT name FROM pragma_table_info('{table}')");
            let quoted = column(conn, names).await;
            let quoted: Vec<_> = quoted
                .iter()
                .map(|name| format!("quote(\"{name}\")"))
                .collect();
            format!("SELECT {} FROM {table}", quoted.join(" || ',' || "))
        };
        let found = column(conn, all).await;
        rows.extend(found.into_iter().map(|row| format!("{table}: {row}")));
    }
    rows
}

/// The rows that hold a text, as it is or as bytes.
pub(crate) fn holding<'d>(dump: &'d [String], text: &str) -> Vec<&'d String> {
    let text = text.to_lowercase();
    let bytes = heimdall_server::events::hash::hex(text.as_bytes());
    let holds = |row: &&String| {
        let row = row.to_lowercase();
        row.contains(&text) || row.contains(&bytes)
    };
    dump.iter().filter(holds).collect()
}

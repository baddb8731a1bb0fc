//! PostgreSQL's row-level security, the second wall: a statement that forgot its App sees no foreign row.

use heimdall_server::kernel::ids::AppId;

use crate::support::TestServer;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_without_its_app_sees_and_changes_no_other() {
    let server = TestServer::postgres().await;
    let acme = server.app("acme").await;
    server.app("globex").await;
    let mut tx = server.heimdall().db.begin().await.unwrap();
    tx.enter(&AppId::parse(&acme.app.id).unwrap())
        .await
        .unwrap();

    let seen: Vec<(String,)> = tx
        .query("SELECT DISTINCT app_id FROM users")
        .all()
        .await
        .unwrap();
    assert_eq!(seen, [(acme.app.id.clone(),)]);
    let renamed = tx
        .query("UPDATE users SET display_name = 'x'")
        .execute()
        .await
        .unwrap();
    assert_eq!(renamed, 3);
    let moved = tx
        .query("UPDATE roles SET app_id = 'app_x'")
        .execute()
        .await;
    assert!(
        moved
            .unwrap_err()
            .to_string()
            .contains("row-level security")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_of_an_apps_rows_has_the_wall() {
    let server = TestServer::postgres().await;
    let mut conn = server.heimdall().db.read().await.unwrap();
    let open: Vec<(String,)> = conn
        .query(
            "SELECT c.table_name::TEXT FROM information_schema.columns c
             JOIN pg_class t ON t.relname = c.table_name AND t.relnamespace = current_schema()::regnamespace
             WHERE c.table_schema = current_schema() AND c.column_name = 'app_id'
               AND NOT (t.relrowsecurity AND t.relforcerowsecurity)",
        )
        .all()
        .await
        .unwrap();
    // An admin key belongs to the instance, even one that is bound to an App.
    assert_eq!(open, [("admin_keys".to_owned(),)]);
}

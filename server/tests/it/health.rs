//! What answers outside the base path, for whoever runs the server.

use crate::support::{Raw, TestServer};

async fn get(server: &TestServer, path: &str) -> Raw {
    let url = format!("http://{}{path}", server.address());
    Raw::of(server.http.get(url).send().await.unwrap()).await
}

on_both! {
    async fn a_server_that_answers_is_alive_and_ready(server) {
        for path in ["/healthz", "/readyz"] {
            assert_eq!(get(&server, path).await.status, 200, "{path}");
        }
        let unknown = get(&server, "/nothing").await;
        assert_eq!((unknown.status, &*unknown.code()), (404, "NOT_FOUND"));
        let posted = server.http.post(format!("http://{}/healthz", server.address())).send().await.unwrap();
        assert_eq!(posted.status(), 405);
        assert_eq!(posted.headers()["allow"], "GET, HEAD");
    }

    async fn the_metrics_count_requests_by_operation_and_hold_no_id_or_token(server) {
        let tenant = server.app("acme").await;
        server.admin.app("acme").users().get(&tenant.users[0].id).await.unwrap();
        let unknown = server.admin.invites().preview("hdi_secret_of_an_invite").await;
        unknown.unwrap_err();
        let metrics = get(&server, "/metrics").await;
        assert_eq!(metrics.status, 200);
        assert!(metrics.text.contains("get_user"), "{}", metrics.text);
        for hidden in ["hdi_", "usr_", "acme", "hdk_"] {
            assert!(!metrics.text.contains(hidden), "{hidden} in {}", metrics.text);
        }
    }
}

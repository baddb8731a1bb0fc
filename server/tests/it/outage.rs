//! The database goes away and comes back: whoever asks meanwhile is told so, and nobody has to restart anything.

use std::time::Duration;

use crate::postgres::Cluster;
use crate::support::{ADMIN_KEY, TestServer};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_away_requests_are_answered_503_and_then_it_is_found_again() {
    let cluster = Cluster::durable();
    let server = TestServer::over_cluster(&cluster).await;
    server.app("acme").await;
    let origin = server.base.trim_end_matches("/heimdall").to_owned();
    let probe = |path: &str| {
        let answer = server.http.get(format!("{origin}{path}")).send();
        async { answer.await.unwrap().status().as_u16() }
    };

    cluster.kill();
    let create = r#"{"email": "late@acme.example"}"#;
    for (method, path, body) in [
        ("GET", "/v1/apps/acme", None),
        ("POST", "/v1/apps/acme/users", Some(create)),
    ] {
        let answer = server.raw(method, path, ADMIN_KEY, body).await;
        assert_eq!((answer.status, answer.code()), (503, "UNAVAILABLE".into()));
    }
    assert_eq!(probe("/readyz").await, 503);
    assert_eq!(probe("/healthz").await, 200);

    cluster.start();
    let recovered = tokio::time::timeout(Duration::from_secs(60), async {
        loop {
            let answer = server
                .raw("POST", "/v1/apps/acme/users", ADMIN_KEY, Some(create))
                .await;
            if answer.status == 201 {
                return;
            }
            assert_eq!((answer.status, answer.code()), (503, "UNAVAILABLE".into()));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    recovered.await.expect("it finds its database again");
    assert_eq!(probe("/readyz").await, 200);
    let events = server.events_of("acme").await;
    let late = events.iter().filter(|event| {
        event
            .data
            .get("email")
            .is_some_and(|email| email == "late@acme.example")
    });
    assert_eq!(late.count(), 1);
}

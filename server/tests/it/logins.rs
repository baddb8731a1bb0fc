//! Signing in: what a guesser learns, and when they have to wait.

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use heimdall_sdk::{AppChanges, NewUser, SettingsChanges};

use crate::support::{PASSWORD, Raw, TestServer};

/// Guesses allowed in a row.
const MOST: u64 = 3;

/// A guess from a new address each time: that does not help.
async fn guess(server: &TestServer, email: &str, password: &str) -> Raw {
    static GUESSES: AtomicU8 = AtomicU8::new(0);
    let from = format!("192.0.2.{}", GUESSES.fetch_add(1, Ordering::Relaxed));
    let body =
        serde_json::json!({ "grant_type": "password", "email": email, "password": password });
    let url = format!("{}/v1/apps/acme/tokens", server.base);
    let sent = server.http.post(url).header("x-request-id", "guess");
    let sent = sent.header("x-forwarded-for", from).json(&body);
    Raw::of(sent.send().await.unwrap()).await
}

/// With limits on and few guesses.
async fn limited(server: TestServer) -> TestServer {
    server.app("acme").await;
    let few = SettingsChanges::default().with_max_failed_logins(MOST);
    server
        .admin
        .apps()
        .update("acme", &AppChanges::default().with_settings(few))
        .await
        .unwrap();
    server
}

#[track_caller]
fn seconds_to_wait(answer: &Raw) -> u64 {
    assert_eq!(
        (answer.status, &*answer.code()),
        (429, "RATE_LIMITED"),
        "{}",
        answer.text
    );
    answer.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap()
}

on_both! {
    async fn a_guesser_learns_nothing_about_who_has_an_account(server) {
        let tenant = server.app("acme").await;
        server.app("globex").await;
        let users = server.admin.app("acme").users();
        users.create(&NewUser::new("no-password@acme.example")).await.unwrap();
        users.deactivate(&tenant.users[1].id).await.unwrap();
        let wrong = guess(&server, "viewer@acme.example", "not the password").await;
        assert_eq!((wrong.status, &*wrong.code()), (401, "INVALID_CREDENTIALS"));
        assert!(wrong.headers.contains_key("www-authenticate"));
        for (email, password) in [
            ("nobody@acme.example", PASSWORD),
            ("no-password@acme.example", PASSWORD),
            ("editor@acme.example", PASSWORD),
            ("viewer@globex.example", PASSWORD),
        ] {
            let answer = guess(&server, email, password).await;
            assert_eq!((answer.status, &answer.text), (401, &wrong.text), "{email}");
            let names = |raw: &Raw| raw.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
            assert_eq!(names(&answer), names(&wrong), "{email}");
        }
    }

    async fn an_address_is_compared_without_case_and_a_password_with_it(server) {
        server.app("acme").await;
        assert_eq!(guess(&server, "Viewer@ACME.example", PASSWORD).await.status, 200);
        assert_eq!(guess(&server, "viewer@acme.example", &PASSWORD.to_uppercase()).await.status, 401);
        assert_eq!(guess(&server, "viewer@acme.example", &format!("{PASSWORD} ")).await.status, 401);
    }
}

async fn too_many_guesses_have_to_wait(server: TestServer) {
    let server = limited(server).await;
    let mut bodies = Vec::new();
    for email in ["viewer@acme.example", "nobody@acme.example"] {
        for _ in 0..MOST {
            assert_eq!(guess(&server, email, "not the password").await.status, 401);
        }
        let locked = guess(&server, email, "not the password").await;
        assert!((1..=60).contains(&seconds_to_wait(&locked)), "{email}");
        bodies.push(locked.text);
    }
    assert_eq!(
        bodies[0], bodies[1],
        "an address that nobody has locks alike"
    );
    // Not even the right password is looked at, and other addresses are free.
    seconds_to_wait(&guess(&server, "viewer@acme.example", PASSWORD).await);
    assert_eq!(
        guess(&server, "editor@acme.example", PASSWORD).await.status,
        200
    );
    server.advance(Duration::from_secs(61));
    assert_eq!(
        guess(&server, "viewer@acme.example", PASSWORD).await.status,
        200
    );
    assert_eq!(
        guess(&server, "viewer@acme.example", "not the password")
            .await
            .status,
        401
    );
    assert_eq!(
        guess(&server, "viewer@acme.example", PASSWORD).await.status,
        200
    );
}

async fn parallel_guesses_are_all_counted(server: TestServer) {
    let server = limited(server).await;
    let guesses: Vec<_> = (0..12)
        .map(|_| guess(&server, "viewer@acme.example", "not the password"))
        .collect();
    let answers = futures_util::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(looked_at as u64, MOST);
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer.status, 401 | 429))
    );
}

const LIMITS: &[(&str, &str)] = &[("RATE_LIMITS", "on"), ("TRUSTED_PROXIES", "127.0.0.0/8")];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_guesses_have_to_wait_on_sqlite() {
    too_many_guesses_have_to_wait(TestServer::sqlite_with(LIMITS).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_guesses_have_to_wait_on_postgres() {
    too_many_guesses_have_to_wait(TestServer::postgres_with(LIMITS).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_guesses_are_all_counted_on_sqlite() {
    parallel_guesses_are_all_counted(TestServer::sqlite_with(LIMITS).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parallel_guesses_are_all_counted_on_postgres() {
    parallel_guesses_are_all_counted(TestServer::postgres_with(LIMITS).await).await;
}

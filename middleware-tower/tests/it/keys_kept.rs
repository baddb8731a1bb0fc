//! The keys that are at hand when Heimdall is not: for how long, and over a restart.

use std::time::Duration;

use axum::http::StatusCode;
use heimdall_tower::{Fault, Refusal, Verifier};
use serde_json::json;

use crate::support::{APP, Issuer, Jwks, OTHER_P256, P256, TestClock, claims, until};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn with_heimdall_dead_good_tokens_go_on_and_bad_ones_do_not() {
    let issuer = Issuer::start(&[&P256]).await;
    let clock = TestClock::new();
    let verifier = issuer.verifier().clock(clock.clone()).build().unwrap();
    verifier.ready().await;
    let claims = claims(&issuer.base, clock.seconds());
    let seen = P256.token(&claims);
    verifier.verify(&seen).await.unwrap();
    issuer.stop().await;
    clock.advance(HOUR / 2);
    verifier.verify(&seen).await.unwrap();
    let mut unseen = claims.clone();
    unseen["jti"] = json!("tok_2");
    verifier.verify(&P256.token(&unseen)).await.unwrap();
    assert_eq!(
        verifier
            .verify(&OTHER_P256.token(&claims))
            .await
            .unwrap_err(),
        Refusal::Invalid(Fault::UnknownKey)
    );
    let forged = OTHER_P256.named(&P256.kid).token(&claims);
    assert_eq!(
        verifier.verify(&forged).await.unwrap_err(),
        Refusal::Invalid(Fault::Signature)
    );
    clock.advance(HOUR);
    assert_eq!(verifier.verify(&seen).await.unwrap_err(), Refusal::Expired);
}

#[tokio::test]
async fn without_a_single_key_nothing_can_be_said() {
    let issuer = Issuer::start(&[]).await;
    let verifier = issuer.verifier().build().unwrap();
    let claims = claims(&issuer.base, TestClock::new().seconds());
    let token = P256.token(&claims);
    assert_eq!(
        verifier.verify(&token).await.unwrap_err(),
        Refusal::Unavailable
    );
    issuer.publish(&[&P256]);
    until("the key is there", async || {
        verifier.verify(&token).await.is_ok()
    })
    .await;
}

#[tokio::test]
async fn the_first_request_waits_for_the_first_keys() {
    let issuer = Issuer::start(&[&P256]).await;
    let verifier = issuer.verifier().build().unwrap();
    let claims = claims(&issuer.base, TestClock::new().seconds());
    verifier.verify(&P256.token(&claims)).await.unwrap();
    assert_eq!(issuer.fetches(), 1);
}

#[tokio::test]
async fn keys_may_be_given_an_age_after_which_nothing_is_let_in() {
    let issuer = Issuer::start(&[&P256]).await;
    let clock = TestClock::new();
    let verifier = issuer
        .verifier()
        .max_key_age(HOUR / 2)
        .clock(clock.clone())
        .build()
        .unwrap();
    verifier.ready().await;
    let token = P256.token(&claims(&issuer.base, clock.seconds()));
    verifier.verify(&token).await.unwrap();
    issuer.answer_keys(Jwks::Text(StatusCode::BAD_GATEWAY, "text/plain", ""));
    clock.advance(HOUR / 2);
    verifier.verify(&token).await.unwrap();
    clock.advance(Duration::from_secs(1));
    assert_eq!(
        verifier.verify(&token).await.unwrap_err(),
        Refusal::Unavailable
    );
    issuer.publish(&[&P256]);
    clock.advance(HOUR / 60);
    verifier.verify(&token).await.unwrap();
}

#[tokio::test]
async fn a_restart_while_heimdall_is_dead_finds_the_keys_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heimdall-keys.json");
    let issuer = Issuer::start(&[&P256]).await;
    let base = issuer.base.clone();
    let builder = || Verifier::builder(&base).app(APP).key_file(&file);
    let verifier = builder().build().unwrap();
    verifier.ready().await;
    until("the file is there", async || file.exists()).await;
    drop(verifier);
    issuer.stop().await;

    let restarted = builder().build().unwrap();
    let claims = claims(&base, TestClock::new().seconds());
    restarted.verify(&P256.token(&claims)).await.unwrap();
    assert_eq!(
        restarted
            .verify(&OTHER_P256.token(&claims))
            .await
            .unwrap_err(),
        Refusal::Invalid(Fault::UnknownKey)
    );

    // Their age counts on over the restart.
    let clock = TestClock::new();
    clock.advance(HOUR);
    let strict = builder()
        .max_key_age(HOUR / 2)
        .clock(clock)
        .build()
        .unwrap();
    assert_eq!(
        strict.verify(&P256.token(&claims)).await.unwrap_err(),
        Refusal::Unavailable
    );
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_of_keys_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heimdall-keys.json");
    let issuer = Issuer::start(&[&P256]).await;
    let _verifier = issuer.verifier().key_file(&file).build().unwrap();
    until("the file is there", async || file.exists()).await;
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        folder.path().read_dir().unwrap().count(),
        1,
        "nothing is left beside it"
    );
}

#[tokio::test]
async fn a_file_of_keys_that_is_anothers_or_broken_is_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    let dead = "http://127.0.0.1:1/heimdall";
    let jwks = json!({"keys": [P256.jwk]});
    let now_us = TestClock::new().seconds() * 1_000_000;
    for content in [
        json!({"issuer": "https://other.example", "fetched_at_us": now_us, "jwks": jwks})
            .to_string(),
        json!({"issuer": dead, "jwks": jwks}).to_string(),
        json!({"issuer": dead, "fetched_at_us": now_us, "jwks": {"keys": []}}).to_string(),
        "{".to_owned(),
        String::new(),
    ] {
        std::fs::write(&file, &content).unwrap();
        let verifier = Verifier::builder(dead)
            .app(APP)
            .key_file(&file)
            .build()
            .unwrap();
        let token = P256.token(&claims(dead, TestClock::new().seconds()));
        assert_eq!(
            verifier.verify(&token).await.unwrap_err(),
            Refusal::Unavailable,
            "{content}"
        );
    }
}

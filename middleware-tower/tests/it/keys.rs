//! The keys: fetched seldom, kept when Heimdall is away or talks nonsense, changed when Heimdall changes them.

use std::time::Duration;

use axum::http::StatusCode;
use heimdall_tower::{Fault, Principal, Refusal, Verifier};
use jwks_client_rs::source::{JwksSource, WebSource};
use jwks_client_rs::{JsonWebKeySet, JwksClientError};
use serde_json::{Value, json};

use crate::support::{
    ED25519, Issuer, Jwks, OTHER_P256, P256, SigningKey, TestClock, claims, poll_once, until,
};

const COOLDOWN: Duration = Duration::from_secs(30);
const HOUR: Duration = Duration::from_secs(3600);

struct Case {
    issuer: Issuer,
    verifier: Verifier,
    clock: TestClock,
    claims: Value,
}

impl Case {
    async fn start() -> Self {
        let issuer = Issuer::start(&[&P256]).await;
        let clock = TestClock::new();
        let verifier = issuer
            .verifier()
            .key_cooldown(COOLDOWN)
            .clock(clock.clone())
            .build()
            .unwrap();
        verifier.ready().await;
        let claims = claims(&issuer.base, clock.seconds());
        Self {
            issuer,
            verifier,
            clock,
            claims,
        }
    }

    async fn verify(&self, key: &SigningKey) -> Result<Principal, Refusal> {
        self.verifier.verify(&key.token(&self.claims)).await
    }

    /// Each with another `jti`, so that none is remembered.
    fn fresh_token(&self, key: &SigningKey, n: usize) -> String {
        let mut claims = self.claims.clone();
        claims["jti"] = json!(format!("tok_{n}"));
        key.token(&claims)
    }
}

#[tokio::test]
async fn ten_thousand_unknown_keys_cost_one_fetch_per_cooldown() {
    let case = Case::start().await;
    assert_eq!(case.issuer.fetches(), 1);
    case.clock.advance(COOLDOWN);
    let payload = case.claims.to_string();
    let flood = (0..10_000).map(|n| {
        let header = json!({"typ": "at+jwt", "alg": "ES256", "kid": format!("kid_{n}")});
        let part = |text: &Value| crate::support::segment(text);
        let token = format!(
            "{}.{}.{}",
            part(&header),
            part(&json!(payload)),
            "A".repeat(86)
        );
        let verifier = case.verifier.clone();
        async move { verifier.verify(&token).await }
    });
    let good = P256.token(&case.claims);
    let (refused, admitted) = tokio::join!(
        futures_util::future::join_all(flood),
        case.verifier.verify(&good)
    );
    admitted.unwrap();
    assert!(
        refused
            .iter()
            .all(|refused| refused.as_ref().err() == Some(&Refusal::Invalid(Fault::UnknownKey)))
    );
    assert_eq!(case.issuer.fetches(), 2);
    case.verify(&OTHER_P256).await.unwrap_err();
    assert_eq!(case.issuer.fetches(), 2);
    case.clock.advance(COOLDOWN);
    case.verify(&OTHER_P256).await.unwrap_err();
    assert_eq!(case.issuer.fetches(), 3);
}

#[tokio::test]
async fn the_cooldown_holds_whatever_the_fetch_brought() {
    for answer in [
        Jwks::Keys(vec![]),
        Jwks::Text(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", "oh"),
        Jwks::Text(StatusCode::OK, "text/html", "<html>"),
        Jwks::Redirect("/jwks.json"),
    ] {
        let case = Case::start().await;
        case.issuer.answer_keys(answer);
        case.clock.advance(COOLDOWN);
        for _ in 0..20 {
            let refused = case.verify(&OTHER_P256).await;
            assert_eq!(refused.unwrap_err(), Refusal::Invalid(Fault::UnknownKey));
        }
        assert_eq!(case.issuer.fetches(), 2);
    }
}

#[tokio::test]
async fn the_client_that_asks_and_hangs_up_spends_no_fetch() {
    let case = Case::start().await;
    case.issuer.publish(&[&P256, &OTHER_P256]);
    case.clock.advance(COOLDOWN);
    let token = OTHER_P256.token(&case.claims);
    {
        let mut asking = std::pin::pin!(case.verifier.verify(&token));
        // Polled once, so that it asks, and dropped.
        assert!(poll_once(asking.as_mut()).await.is_pending());
    }
    case.issuer.fetched(2).await;
    until("the key is there", async || {
        case.verifier.verify(&token).await.is_ok()
    })
    .await;
    assert_eq!(case.issuer.fetches(), 2);
}

#[tokio::test]
async fn nonsense_in_place_of_keys_changes_nothing() {
    let two_hundred = Jwks::Keys(
        (0..200)
            .map(|n| OTHER_P256.named(&format!("k{n}")).jwk)
            .collect(),
    );
    let mut private = P256.jwk.clone();
    private["d"] = "AAAA".into();
    let mut encrypts = P256.jwk.clone();
    encrypts["use"] = "enc".into();
    for answer in [
        Jwks::Keys(vec![]),
        Jwks::Keys(vec![private]),
        Jwks::Keys(vec![encrypts]),
        Jwks::Keys(vec![json!({"kty": "oct", "kid": P256.kid, "k": "AAAA"})]),
        two_hundred,
        Jwks::Text(
            StatusCode::OK,
            "text/html",
            "<html><body>Sign in to the Wi-Fi</body></html>",
        ),
        Jwks::Text(StatusCode::OK, "application/json", "{\"keys\":"),
        Jwks::Text(StatusCode::OK, "application/json", ""),
        Jwks::Text(StatusCode::INTERNAL_SERVER_ERROR, "application/json", "{}"),
        Jwks::Text(StatusCode::NO_CONTENT, "application/json", ""),
        Jwks::Redirect("/stray.json"),
        Jwks::Endless,
    ] {
        let case = Case::start().await;
        let shown = format!("{answer:?}");
        case.issuer.answer_keys(answer);
        case.clock.advance(COOLDOWN);
        case.verify(&OTHER_P256).await.unwrap_err();
        assert_eq!(case.issuer.fetches(), 2, "{shown}");
        case.verifier
            .verify(&case.fresh_token(&P256, 1))
            .await
            .expect(&shown);
        assert_eq!(case.issuer.strays(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_fetch_that_never_ends_holds_up_no_good_token() {
    let case = Case::start().await;
    case.issuer.answer_keys(Jwks::Silent);
    case.clock.advance(COOLDOWN);
    let token = OTHER_P256.token(&case.claims);
    let mut asking = std::pin::pin!(case.verifier.verify(&token));
    assert!(poll_once(asking.as_mut()).await.is_pending());
    case.issuer.fetched(2).await;
    // Judged in one poll, with the fetch under way.
    let good = case.fresh_token(&P256, 1);
    let mut admitted = std::pin::pin!(case.verifier.verify(&good));
    assert!(poll_once(admitted.as_mut()).await.is_ready());
}

#[tokio::test]
async fn a_new_key_is_learned_from_its_first_token() {
    let case = Case::start().await;
    case.issuer.publish(&[&ED25519, &P256]);
    case.clock.advance(COOLDOWN);
    case.verify(&ED25519).await.unwrap();
    case.verify(&P256).await.unwrap();
}

#[tokio::test]
async fn a_key_that_is_published_no_more_takes_its_tokens_along() {
    let case = Case::start().await;
    let seen = P256.token(&case.claims);
    case.verifier.verify(&seen).await.unwrap();
    case.issuer.publish(&[&OTHER_P256]);
    case.clock.advance(COOLDOWN);
    case.verify(&OTHER_P256).await.unwrap();
    for token in [seen, case.fresh_token(&P256, 1)] {
        let refused = case.verifier.verify(&token).await;
        assert_eq!(refused.unwrap_err(), Refusal::Invalid(Fault::UnknownKey));
    }
}

#[tokio::test]
async fn a_key_replaced_under_its_own_name_takes_its_tokens_along() {
    let case = Case::start().await;
    let seen = P256.token(&case.claims);
    case.verifier.verify(&seen).await.unwrap();
    let replacement = OTHER_P256.named(&P256.kid);
    case.issuer.publish(&[&replacement, &ED25519]);
    case.clock.advance(COOLDOWN);
    case.verify(&ED25519).await.unwrap();
    assert_eq!(
        case.verifier.verify(&seen).await.unwrap_err(),
        Refusal::Invalid(Fault::Signature)
    );
    case.verify(&replacement).await.unwrap();
}

#[tokio::test]
async fn keys_are_fetched_anew_without_a_reason() {
    let issuer = Issuer::start(&[&P256]).await;
    let second = Duration::from_secs(1);
    let verifier = issuer
        .verifier()
        .key_refresh(second)
        .key_cooldown(HOUR)
        .build()
        .unwrap();
    verifier.ready().await;
    issuer.publish(&[&OTHER_P256]);
    let claims = claims(&issuer.base, TestClock::new().seconds());
    let (old, new) = (P256.token(&claims), OTHER_P256.token(&claims));
    until("the new key is there", async || {
        verifier.verify(&new).await.is_ok()
    })
    .await;
    assert_eq!(
        verifier.verify(&old).await.unwrap_err(),
        Refusal::Invalid(Fault::UnknownKey)
    );
}

#[tokio::test]
async fn keys_can_come_from_any_source_of_jwks_client_rs() {
    let issuer = Issuer::start(&[&P256]).await;
    let url = format!("{}/v1/.well-known/jwks.json", issuer.base)
        .parse()
        .unwrap();
    let source = WebSource::builder().build(url).unwrap();
    // Heimdall itself is nowhere: the keys come from the source.
    let iss = "http://127.0.0.1:1/heimdall";
    let verifier = Verifier::builder(iss)
        .app(crate::support::APP)
        .key_source(source)
        .build()
        .unwrap();
    verifier.ready().await;
    let claims = claims(iss, TestClock::new().seconds());
    verifier.verify(&P256.token(&claims)).await.unwrap();
}

/// Fetches nothing, and tells when it is dropped.
struct Source {
    _alive: tokio::sync::mpsc::Sender<()>,
}

#[async_trait::async_trait]
impl JwksSource for Source {
    async fn fetch_keys(&self) -> Result<JsonWebKeySet, JwksClientError> {
        Ok(Vec::new().into())
    }
}

#[tokio::test]
async fn with_the_last_verifier_the_fetching_ends() {
    let (_alive, mut dropped) = tokio::sync::mpsc::channel(1);
    let issuer = Issuer::start(&[]).await;
    let verifier = issuer
        .verifier()
        .key_source(Source { _alive })
        .build()
        .unwrap();
    let clone = verifier.clone();
    drop(verifier);
    assert!(poll_once(std::pin::pin!(dropped.recv())).await.is_pending());
    drop(clone);
    assert_eq!(dropped.recv().await, None);
}

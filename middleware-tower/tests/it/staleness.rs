//! What happens when the feed has been silent for too long.

use std::time::Duration;

use axum::http::StatusCode;
use heimdall_tower::{Clock, OnStale, Principal, Refusal, Verifier};
use serde_json::{Value, json};

use crate::support::{APP, FeedAnswer, Issuer, P256, TestClock, USER, claims, until};

const LIMIT: Duration = Duration::from_secs(10);

struct Case {
    issuer: Issuer,
    verifier: Verifier,
    clock: TestClock,
    claims: Value,
}

impl Case {
    async fn start(on_stale: OnStale) -> Self {
        let case = Self::unready(on_stale, FeedAnswer::Entries).await;
        case.verifier.ready().await;
        case
    }

    async fn unready(on_stale: OnStale, feed: FeedAnswer) -> Self {
        let issuer = Issuer::start(&[&P256]).await;
        issuer.answer_feed(feed);
        let clock = TestClock::new();
        let builder = issuer.following().max_staleness(LIMIT).on_stale(on_stale);
        let verifier = builder.clock(clock.clone()).build().unwrap();
        let claims = claims(&issuer.base, clock.seconds());
        Self {
            issuer,
            verifier,
            clock,
            claims,
        }
    }

    async fn verify(&self) -> Result<Principal, Refusal> {
        self.verifier.verify(&P256.token(&self.claims)).await
    }

    /// The feed is silent, and its last answer as old as allowed.
    async fn fall_silent(&self) {
        let answer = FeedAnswer::Status(StatusCode::SERVICE_UNAVAILABLE);
        self.issuer.answer_feed(answer);
        let asked = self.issuer.times_asked();
        self.issuer.asked(asked + 1).await;
        self.clock.advance(LIMIT);
    }
}

#[tokio::test]
async fn unless_told_otherwise_a_service_goes_on_without_heimdall() {
    let case = Case::start(OnStale::default()).await;
    case.fall_silent().await;
    case.clock.advance(LIMIT);
    case.verify().await.unwrap();
    assert!(case.verifier.feed_staleness().unwrap() >= 2 * LIMIT);
}

#[tokio::test]
async fn deny_lets_nobody_in_while_the_feed_is_stale_and_everybody_when_it_is_back() {
    let case = Case::start(OnStale::Deny).await;
    case.fall_silent().await;
    case.verify().await.unwrap();
    case.clock.advance(Duration::from_micros(1));
    assert_eq!(case.verify().await.unwrap_err(), Refusal::Unavailable);
    case.issuer.answer_feed(FeedAnswer::Entries);
    until("the feed is back", async || case.verify().await.is_ok()).await;
}

#[tokio::test]
async fn what_is_known_to_be_revoked_is_refused_as_such_whatever_the_policy() {
    for policy in [OnStale::Allow, OnStale::Deny, OnStale::Introspect] {
        let case = Case::start(policy).await;
        case.issuer.revoke(
            "user",
            USER,
            case.clock.unix_micros() + 1_000_000,
            "revoked",
        );
        until("it has come", async || {
            case.verifier.revocations_in_force() == 1
        })
        .await;
        case.fall_silent().await;
        case.clock.advance(LIMIT);
        assert_eq!(
            case.verify().await.unwrap_err(),
            Refusal::Revoked,
            "{policy:?}"
        );
        assert!(case.issuer.introspections().is_empty());
    }
}

#[tokio::test]
async fn introspect_asks_heimdall_about_each_token_while_the_feed_is_stale() {
    let case = Case::start(OnStale::Introspect).await;
    case.verify().await.unwrap();
    assert!(
        case.issuer.introspections().is_empty(),
        "a fresh feed is enough"
    );
    case.fall_silent().await;
    case.clock.advance(LIMIT);
    let principal = case.verify().await.unwrap();
    assert_eq!(principal.subject(), USER);
    let token = P256.token(&case.claims);
    let asked = case.issuer.introspections();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["app"], APP);
    assert_eq!(asked[0]["token"].as_str().unwrap().len(), token.len());
    case.issuer.answer_introspection(Ok(false));
    assert_eq!(case.verify().await.unwrap_err(), Refusal::Revoked);
    case.issuer
        .answer_introspection(Err(StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(case.verify().await.unwrap_err(), Refusal::Unavailable);
}

#[tokio::test]
async fn heimdall_is_not_asked_about_a_token_that_is_bad_anyway() {
    let case = Case::start(OnStale::Introspect).await;
    case.fall_silent().await;
    case.clock.advance(LIMIT);
    let mut expired = case.claims.clone();
    expired["exp"] = json!(case.clock.seconds() - 60);
    for token in ["nonsense".to_owned(), P256.token(&expired)] {
        case.verifier.verify(&token).await.unwrap_err();
    }
    assert!(case.issuer.introspections().is_empty());
}

#[tokio::test]
async fn a_feed_that_never_answered_is_stale_from_the_start() {
    let gone = || FeedAnswer::Status(StatusCode::SERVICE_UNAVAILABLE);
    let allow = Case::unready(OnStale::Allow, gone()).await;
    allow.verify().await.unwrap();
    assert_eq!(allow.verifier.feed_staleness(), None);
    let deny = Case::unready(OnStale::Deny, gone()).await;
    assert_eq!(deny.verify().await.unwrap_err(), Refusal::Unavailable);
    let introspect = Case::unready(OnStale::Introspect, gone()).await;
    introspect.verify().await.unwrap();
    assert_eq!(introspect.issuer.introspections().len(), 1);
}

#[tokio::test]
async fn the_wrong_credential_is_a_silent_feed() {
    let issuer = Issuer::start(&[&P256]).await;
    let builder = issuer
        .verifier()
        .feed_credential("hdk_wrong")
        .on_stale(OnStale::Deny);
    let verifier = builder.build().unwrap();
    let token = P256.token(&claims(&issuer.base, TestClock::new().seconds()));
    assert_eq!(
        verifier.verify(&token).await.unwrap_err(),
        Refusal::Unavailable
    );
}

//! What was revoked is refused, from when the feed says so.

use std::time::Duration;

use axum::http::StatusCode;
use heimdall_tower::{Clock, FeedCredential, Principal, Refusal, Verifier};
use serde_json::{Value, json};

use crate::support::{APP, FeedAnswer, Issuer, OTHER_P256, P256, TestClock, USER, claims, until};

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
        let verifier = issuer.following().clock(clock.clone()).build().unwrap();
        verifier.ready().await;
        let claims = claims(&issuer.base, clock.seconds());
        Self {
            issuer,
            verifier,
            clock,
            claims,
        }
    }

    fn issued_us(&self) -> i64 {
        self.claims["iat_us"].as_i64().unwrap()
    }

    async fn verify(&self) -> Result<Principal, Refusal> {
        self.verifier.verify(&P256.token(&self.claims)).await
    }

    /// Waits until all entries of the feed have come.
    async fn in_force(&self, entries: usize) {
        until("the feed has come", async || {
            self.verifier.revocations_in_force() >= entries
        })
        .await;
    }
}

fn names(claims: &Value) -> [(&'static str, String); 6] {
    let text = |claim: &str| claims[claim].as_str().unwrap().to_owned();
    [
        ("session", text("sid")),
        ("user", text("user_id")),
        ("credential", text("client_id")),
        ("app", text("app_id")),
        ("key", P256.kid.clone()),
        ("token", text("jti")),
    ]
}

#[tokio::test]
async fn each_kind_of_entry_refuses_the_tokens_that_it_names() {
    let claims = Case::start().await.claims;
    for (kind, id) in names(&claims) {
        let case = Case::start().await;
        case.verify().await.unwrap();
        case.issuer
            .revoke(kind, &id, case.issued_us() + 1, "revoked");
        case.in_force(1).await;
        assert_eq!(case.verify().await.unwrap_err(), Refusal::Revoked, "{kind}");
    }
}

#[tokio::test]
async fn an_entry_about_somebody_else_refuses_nobody() {
    let case = Case::start().await;
    let us = case.issued_us() + 1;
    let names = names(&case.claims);
    for (kind, id) in &names {
        case.issuer.revoke(kind, &format!("{id}X"), us, "revoked");
        // The id of one kind is none of another.
        for (_, other) in names.iter().filter(|(_, other)| other != id) {
            case.issuer
                .revoke(kind, &format!("not_{other}"), us, "revoked");
        }
    }
    case.issuer.revoke("session", USER, us, "revoked");
    case.issuer
        .revoke("user", "ses_01JD8QZJ4T9V6M3W2X7Y5N0KRE", us, "revoked");
    case.issuer.revoke("planet", USER, us, "revoked");
    case.issuer.revoke("token", "tok_last", us, "revoked");
    until("the feed has come", async || {
        case.issuer.times_asked() > 1 && case.verifier.revocations_in_force() > 30
    })
    .await;
    case.verify().await.unwrap();
}

#[tokio::test]
async fn a_token_issued_in_the_same_second_but_after_is_let_in() {
    let case = Case::start().await;
    case.issuer
        .revoke("user", USER, case.issued_us(), "revoked");
    case.in_force(1).await;
    case.verify().await.unwrap();
    let mut before = case.claims.clone();
    before["iat_us"] = json!(case.issued_us() - 1);
    let refused = case.verifier.verify(&P256.token(&before)).await;
    assert_eq!(refused.unwrap_err(), Refusal::Revoked);
}

#[tokio::test]
async fn without_the_microseconds_the_second_counts_from_its_beginning() {
    let case = Case::start().await;
    let iat = case.claims["iat"].as_i64().unwrap();
    case.issuer
        .revoke("user", USER, iat * 1_000_000 + 1, "revoked");
    case.in_force(1).await;
    let mut claims = case.claims.clone();
    claims.as_object_mut().unwrap().remove("iat_us");
    assert_eq!(
        case.verifier
            .verify(&P256.token(&claims))
            .await
            .unwrap_err(),
        Refusal::Revoked
    );
    claims["iat"] = json!(iat + 1);
    claims["nbf"] = json!(iat);
    case.verifier.verify(&P256.token(&claims)).await.unwrap();
}

#[tokio::test]
async fn changed_rights_are_told_from_ended_ones_and_the_ended_ones_prevail() {
    let case = Case::start().await;
    case.issuer
        .revoke("user", USER, case.issued_us() + 1, "stale");
    case.in_force(1).await;
    assert_eq!(case.verify().await.unwrap_err(), Refusal::Stale);
    let mut refreshed = case.claims.clone();
    refreshed["iat_us"] = json!(case.issued_us() + 1);
    case.verifier.verify(&P256.token(&refreshed)).await.unwrap();
    // A later change of rights does not make the ended session a stale one.
    case.issuer.revoke(
        "session",
        case.claims["sid"].as_str().unwrap(),
        case.issued_us() + 1,
        "revoked",
    );
    case.issuer
        .revoke("user", USER, case.issued_us() + 9, "stale");
    case.in_force(2).await;
    until("both have come", async || {
        case.verify().await.err() == Some(Refusal::Revoked)
    })
    .await;
}

#[tokio::test]
async fn a_reason_that_is_not_known_yet_refuses() {
    let case = Case::start().await;
    case.issuer
        .revoke("user", USER, case.issued_us() + 1, "suspended");
    case.in_force(1).await;
    assert_eq!(case.verify().await.unwrap_err(), Refusal::Revoked);
}

#[tokio::test]
async fn an_entry_never_loosens_an_earlier_one() {
    let case = Case::start().await;
    case.issuer
        .revoke("user", USER, case.issued_us() + 1, "revoked");
    case.in_force(1).await;
    case.issuer
        .revoke("user", USER, case.issued_us() - 1_000, "revoked");
    case.issuer
        .revoke("token", "tok_last", case.issued_us(), "revoked");
    case.in_force(2).await;
    assert_eq!(case.verify().await.unwrap_err(), Refusal::Revoked);
}

#[tokio::test]
async fn the_feed_begins_with_the_state_in_force_page_by_page() {
    let issuer = Issuer::start(&[&P256]).await;
    let clock = TestClock::new();
    let us = clock.unix_micros();
    for n in 0..25 {
        issuer.revoke("user", &format!("usr_{n}"), us, "revoked");
    }
    issuer.page_by(10);
    let verifier = issuer.following().clock(clock).build().unwrap();
    verifier.ready().await;
    assert_eq!(verifier.revocations_in_force(), 25);
    let asked = issuer.asked(4).await;
    let after: Vec<_> = asked
        .iter()
        .map(|query| query.get("after").map(String::as_str))
        .collect();
    assert_eq!(after[..4], [None, Some("10"), Some("20"), Some("25")]);
    assert!(
        asked[3]["wait"].parse::<u64>().unwrap() > 0,
        "the question is left open"
    );
}

#[tokio::test]
async fn the_first_request_waits_for_the_first_answer_of_the_feed() {
    let issuer = Issuer::start(&[&P256]).await;
    let clock = TestClock::new();
    issuer.revoke("user", USER, clock.unix_micros() + 1_000_000, "revoked");
    let verifier = issuer.following().clock(clock.clone()).build().unwrap();
    let token = P256.token(&claims(&issuer.base, clock.seconds()));
    assert_eq!(verifier.verify(&token).await.unwrap_err(), Refusal::Revoked);
}

#[tokio::test]
async fn a_feed_that_broke_off_is_taken_up_where_it_was() {
    let case = Case::start().await;
    case.issuer
        .revoke("user", "usr_1", case.issued_us(), "revoked");
    case.in_force(1).await;
    case.issuer
        .answer_feed(FeedAnswer::Status(StatusCode::BAD_GATEWAY));
    let asked = case.issuer.times_asked();
    case.issuer.asked(asked + 2).await;
    case.issuer
        .revoke("user", USER, case.issued_us() + 1, "revoked");
    case.issuer.answer_feed(FeedAnswer::Entries);
    case.in_force(2).await;
    assert_eq!(case.verify().await.unwrap_err(), Refusal::Revoked);
    let last = case.issuer.asked(1).await;
    assert!(
        last.iter().skip(1).all(|query| query.contains_key("after")),
        "{last:?}"
    );
}

#[tokio::test]
async fn nonsense_in_place_of_the_feed_loses_nothing() {
    let case = Case::start().await;
    for nonsense in [
        "<html>",
        "{}",
        "",
        r#"{"data": [{"kind": "user"}], "next_cursor": "9"}"#,
    ] {
        case.issuer.answer_feed(FeedAnswer::Text(nonsense));
        let asked = case.issuer.times_asked();
        case.issuer.asked(asked + 1).await;
    }
    case.issuer
        .revoke("user", USER, case.issued_us() + 1, "revoked");
    case.issuer.answer_feed(FeedAnswer::Entries);
    until("the entry has come", async || {
        case.verify().await.err() == Some(Refusal::Revoked)
    })
    .await;
}

#[tokio::test]
async fn after_a_long_outage_the_state_is_read_anew() {
    let case = Case::start().await;
    for n in 0..3 {
        case.issuer
            .revoke("user", &format!("usr_{n}"), case.issued_us(), "revoked");
    }
    case.in_force(3).await;
    // The database is restored meanwhile: its numbers begin below those that were seen.
    case.issuer
        .answer_feed(FeedAnswer::Status(StatusCode::BAD_GATEWAY));
    let asked = case.issuer.times_asked();
    case.issuer.asked(asked + 1).await;
    case.issuer.forget_revocations();
    case.issuer
        .revoke("user", USER, case.issued_us() + 1, "revoked");
    case.clock.advance(Duration::from_secs(61));
    let asked = case.issuer.times_asked();
    case.issuer.asked(asked + 1).await;
    case.issuer.answer_feed(FeedAnswer::Entries);
    until("the entry has come", async || {
        case.verify().await.err() == Some(Refusal::Revoked)
    })
    .await;
}

#[tokio::test]
async fn an_entry_is_forgotten_when_no_token_can_be_concerned() {
    let case = Case::start().await;
    let at = |us| chrono::DateTime::from_timestamp_micros(us).unwrap();
    let entry = |id: &str, expires_us| json!({"kind": "user", "id": id, "reason": "revoked", "not_before": at(case.issued_us()), "expires_at": at(expires_us)});
    case.issuer
        .revoke_raw(entry("usr_1", case.issued_us() + 60_000_000));
    case.in_force(1).await;
    case.clock.advance(Duration::from_secs(62));
    case.issuer
        .revoke_raw(entry("usr_2", case.issued_us() + 600_000_000));
    case.in_force(2).await;
    // A token may be used for the leeway beyond its end, and so long is its entry kept.
    case.clock.advance(Duration::from_secs(5));
    case.issuer
        .revoke_raw(entry("usr_3", case.issued_us() + 600_000_000));
    until("the first is gone", async || {
        case.verifier.revocations_in_force() == 2
    })
    .await;
}

#[tokio::test]
async fn a_leaked_keys_tokens_are_refused_and_its_successors_are_not() {
    let case = Case::start().await;
    case.verify().await.unwrap();
    // Another key signs from now on, well within the cooldown.
    case.issuer.publish(&[&OTHER_P256]);
    case.issuer
        .revoke("key", &P256.kid, case.issued_us(), "revoked");
    let next = OTHER_P256.token(&case.claims);
    until("the next key is known", async || {
        case.verifier.verify(&next).await.is_ok()
    })
    .await;
    assert_eq!(case.verify().await.unwrap_err(), Refusal::Revoked);
}

#[tokio::test]
async fn the_credential_is_shown_to_heimdall_and_to_nobody_else() {
    let case = Case::start().await;
    assert!(
        case.issuer
            .bearers()
            .iter()
            .all(|bearer| bearer == "hdk_the-key-of-the-verifier")
    );
    let printed = format!(
        "{:?} {:?}",
        FeedCredential::bearer("hdk_canary"),
        FeedCredential::client("hci_1", "hds_canary")
    );
    assert!(!printed.contains("canary"), "{printed}");
    assert!(!format!("{:?}", case.verifier).contains("hdk_the-key"));
}

#[tokio::test]
async fn a_services_credential_gets_a_token_and_the_next_when_it_is_refused() {
    let issuer = Issuer::start(&[&P256]).await;
    issuer.expect_bearer("service-token-1");
    let credential = FeedCredential::client("hci_1", "hds_1");
    let verifier = issuer
        .verifier()
        .feed_credential(credential)
        .build()
        .unwrap();
    verifier.ready().await;
    assert_eq!(issuer.sign_ins(), 1);
    issuer.expect_bearer("service-token-2");
    // The open question is answered; the next is refused, and asked again with another token.
    issuer.revoke("user", "usr_1", TestClock::new().unix_micros(), "revoked");
    until("the token was renewed", async || issuer.sign_ins() == 2).await;
    issuer.revoke("user", "usr_2", TestClock::new().unix_micros(), "revoked");
    until("the feed goes on", async || {
        verifier.revocations_in_force() == 2
    })
    .await;
    assert_eq!(issuer.sign_ins(), 2);
}

#[tokio::test]
async fn a_verifier_of_many_apps_follows_them_all() {
    let issuer = Issuer::start(&[&P256]).await;
    let clock = TestClock::new();
    let verifier = Verifier::builder(&issuer.base)
        .app_from(|parts| parts.uri.path().split('/').nth(1).map(str::to_owned))
        .feed_credential("hdk_the-key-of-the-verifier")
        .clock(clock.clone())
        .build()
        .unwrap();
    verifier.ready().await;
    let token = P256.token(&claims(&issuer.base, clock.seconds()));
    verifier.verify_for(APP, &token).await.unwrap();
    issuer.revoke("user", USER, clock.unix_micros() + 1_000_000, "revoked");
    until("it is refused", async || {
        verifier.verify_for(APP, &token).await.err() == Some(Refusal::Revoked)
    })
    .await;
}

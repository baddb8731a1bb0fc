//! What a token says, once it is known that Heimdall said it.

use std::time::{Duration, UNIX_EPOCH};

use heimdall_tower::{Clock, Fault, Principal, Refusal, Verifier};
use serde_json::{Value, json};

use crate::support::{APP, Issuer, P256, TestClock, USER, claims, forge};

struct Case {
    _issuer: Issuer,
    verifier: Verifier,
    clock: TestClock,
    claims: Value,
}

impl Case {
    async fn start() -> Self {
        let issuer = Issuer::start(&[&P256]).await;
        let clock = TestClock::new();
        let verifier = issuer.verifier().clock(clock.clone()).build().unwrap();
        verifier.ready().await;
        let claims = claims(&issuer.base, clock.seconds());
        Self {
            _issuer: issuer,
            verifier,
            clock,
            claims,
        }
    }

    async fn with(&self, name: &str, value: Value) -> Result<Principal, Refusal> {
        let mut claims = self.claims.clone();
        claims[name] = value;
        self.verifier.verify(&P256.token(&claims)).await
    }
}

#[tokio::test]
async fn a_principal_is_what_the_token_says() {
    let case = Case::start().await;
    let mut claims = case.claims.clone();
    claims["act"] = json!({"sub": "key_01JD"});
    claims["plan"] = json!({"tier": 3});
    let principal = case.verifier.verify(&P256.token(&claims)).await.unwrap();
    assert_eq!(principal.subject(), USER);
    assert_eq!(principal.app_id(), APP);
    assert_eq!(principal.app(), "acme-corp");
    assert_eq!(principal.user_id(), Some(USER));
    assert_eq!(principal.client_id(), APP);
    assert_eq!(
        principal.session_id(),
        Some("ses_01JD8QZJ4T9V6M3W2X7Y5N0KRE")
    );
    assert_eq!(principal.token_id(), "tok_01JD8QZJ4T9V6M3W2X7Y5N0KRD");
    assert_eq!(principal.roles(), ["editor"]);
    assert_eq!(principal.permissions(), ["billing:read", "users:invite"]);
    assert_eq!(principal.scope(), "billing:read users:invite");
    assert_eq!(principal.actor(), Some("key_01JD"));
    assert_eq!(principal.extra()["plan"]["tier"], 3);
    assert_eq!(principal.extra().len(), 1);
    let issued = Duration::from_secs(u64::try_from(case.clock.seconds()).unwrap());
    assert_eq!(principal.issued_at(), UNIX_EPOCH + issued);
    assert_eq!(
        principal.expires_at(),
        UNIX_EPOCH + issued + Duration::from_secs(3600)
    );
    assert!(!principal.is_service());
}

#[tokio::test]
async fn a_service_is_told_from_a_user() {
    let case = Case::start().await;
    let mut claims = case.claims.clone();
    let members = claims.as_object_mut().unwrap();
    members.retain(|name, _| name != "user_id" && name != "sid");
    members.insert("sub".into(), "hci_1".into());
    members.insert("client_id".into(), "hci_1".into());
    members.insert("roles".into(), json!([]));
    let principal = case.verifier.verify(&P256.token(&claims)).await.unwrap();
    assert!(principal.is_service());
    assert_eq!(principal.user_id(), None);
    assert_eq!(principal.session_id(), None);
    assert_eq!(principal.client_id(), "hci_1");
}

#[tokio::test]
async fn a_principal_prints_neither_token_nor_claims() {
    let case = Case::start().await;
    let principal = case.with("plan", json!("canary")).await.unwrap();
    let printed = format!("{principal:?}");
    assert!(printed.contains(USER) && printed.contains(APP), "{printed}");
    assert!(
        !printed.contains("canary") && !printed.contains("billing"),
        "{printed}"
    );
}

#[tokio::test]
async fn a_time_that_is_no_integer_is_refused_and_never_skipped() {
    let case = Case::start().await;
    let now = case.clock.seconds();
    for name in ["exp", "nbf", "iat"] {
        for value in [
            json!(now.to_string()),
            json!((now + 60) as f64),
            json!(now as f64 + 0.5),
            json!(null),
            json!([now]),
            json!({"t": now}),
            json!(true),
            json!(u64::MAX),
            json!(""),
        ] {
            let refused = case.with(name, value.clone()).await;
            assert_eq!(
                refused.unwrap_err(),
                Refusal::Invalid(Fault::Claims),
                "{name}: {value}"
            );
        }
        let mut absent = case.claims.clone();
        absent.as_object_mut().unwrap().remove(name);
        let refused = case.verifier.verify(&P256.token(&absent)).await;
        assert_eq!(
            refused.unwrap_err(),
            Refusal::Invalid(Fault::Claims),
            "no {name}"
        );
        for number in [
            "1e308",
            "-1e308",
            "9223372036854775808",
            "1E3",
            "-0.0",
            "1e400",
            "NaN",
            "0x7f",
            "01",
        ] {
            let text = case.claims.to_string();
            let text = text.replace(
                &format!("\"{name}\":{}", case.claims[name]),
                &format!("\"{name}\":{number}"),
            );
            let token = forge(&P256.header(), &json!(text), &P256);
            let refused = case.verifier.verify(&token).await;
            assert_eq!(
                refused.unwrap_err(),
                Refusal::Invalid(Fault::Claims),
                "{name}: {number}"
            );
        }
    }
    for ended in [0, -1, i64::MIN] {
        assert_eq!(
            case.with("exp", json!(ended)).await.unwrap_err(),
            Refusal::Expired
        );
    }
    case.with("exp", json!(i64::MAX)).await.unwrap();
    for name in ["nbf", "iat"] {
        let refused = case.with(name, json!(i64::MAX)).await;
        assert_eq!(refused.unwrap_err(), Refusal::Invalid(Fault::NotYet));
    }
}

#[tokio::test]
async fn clocks_may_differ_by_the_leeway_and_not_by_a_microsecond_more() {
    let case = Case::start().await;
    let second = Duration::from_secs(1);
    // The clock stands within this second; move it to the next.
    let into = u64::try_from(case.clock.unix_micros() % 1_000_000).unwrap();
    case.clock.advance(second - Duration::from_micros(into));
    let now = case.clock.seconds();
    case.with("exp", json!(now - 4)).await.unwrap();
    assert_eq!(
        case.with("exp", json!(now - 5)).await.unwrap_err(),
        Refusal::Expired
    );
    for name in ["nbf", "iat"] {
        case.with(name, json!(now + 5)).await.unwrap();
        let refused = case.with(name, json!(now + 6)).await;
        assert_eq!(refused.unwrap_err(), Refusal::Invalid(Fault::NotYet));
    }
}

#[tokio::test]
async fn a_token_expires_however_often_it_was_seen() {
    let case = Case::start().await;
    let token = P256.token(&case.claims);
    case.verifier.verify(&token).await.unwrap();
    case.clock.advance(Duration::from_secs(3600));
    case.verifier.verify(&token).await.unwrap();
    case.clock.advance(Duration::from_secs(5));
    assert_eq!(
        case.verifier.verify(&token).await.unwrap_err(),
        Refusal::Expired
    );
}

#[tokio::test]
async fn permissions_are_a_list_of_texts_or_nothing_is_let_in() {
    let case = Case::start().await;
    for name in ["permissions", "roles"] {
        for value in [
            json!("billing:read"),
            json!(null),
            json!([["billing:read"]]),
            json!([1]),
            json!([null]),
            json!({"billing:read": true}),
        ] {
            let refused = case.with(name, value.clone()).await;
            assert_eq!(
                refused.unwrap_err(),
                Refusal::Invalid(Fault::Claims),
                "{name}: {value}"
            );
        }
    }
    let none = case.with("permissions", json!([])).await.unwrap();
    assert!(!none.has("billing:read"));
}

#[tokio::test]
async fn a_permission_is_held_letter_for_letter() {
    let case = Case::start().await;
    let principal = case
        .with("permissions", json!(["billing:read", "users:*", "a:b*"]))
        .await
        .unwrap();
    assert!(principal.has("billing:read"));
    for lacking in [
        "billing:read:all",
        "billing:rea",
        "billing:*",
        "billing",
        "Billing:Read",
        "billing:read ",
        " billing:read",
        "",
        "*",
        "users:write",
        "billing.read",
        "a:bc",
    ] {
        assert!(!principal.has(lacking), "{lacking:?}");
    }
}

#[tokio::test]
async fn a_claim_that_is_there_twice_is_refused() {
    let case = Case::start().await;
    let claims = case.claims.as_object().unwrap();
    let text = case.claims.to_string();
    for (name, value) in claims {
        for doubled in [
            format!("{{\"{name}\":{value},{}", &text[1..]),
            format!("{},\"{name}\":{value}}}", &text[..text.len() - 1]),
            // The same name, written otherwise.
            format!(
                "{},\"\\u{:04x}{}\":{value}}}",
                &text[..text.len() - 1],
                name.as_bytes()[0],
                &name[1..]
            ),
        ] {
            let token = forge(&P256.header(), &json!(doubled), &P256);
            let refused = case.verifier.verify(&token).await;
            assert_eq!(
                refused.unwrap_err(),
                Refusal::Invalid(Fault::Claims),
                "{doubled}"
            );
        }
    }
    let extra = format!("{},\"plan\":1,\"plan\":2}}", &text[..text.len() - 1]);
    let refused = case
        .verifier
        .verify(&forge(&P256.header(), &json!(extra), &P256))
        .await;
    assert_eq!(refused.unwrap_err(), Refusal::Invalid(Fault::Claims));
}

#[tokio::test]
async fn a_claim_that_an_access_token_must_have_is_missed() {
    let case = Case::start().await;
    for name in [
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "nbf",
        "jti",
        "app_id",
        "app",
        "client_id",
        "roles",
        "permissions",
        "scope",
    ] {
        let mut claims = case.claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        let refused = case.verifier.verify(&P256.token(&claims)).await;
        assert_eq!(
            refused.unwrap_err(),
            Refusal::Invalid(Fault::Claims),
            "{name}"
        );
        assert_eq!(
            case.with(name, json!(null)).await.unwrap_err(),
            Refusal::Invalid(Fault::Claims),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_payload_that_is_no_object_is_refused() {
    let case = Case::start().await;
    for payload in ["", "null", "[]", "7", "\"x\"", "{}", "{", "[[[["] {
        let token = forge(&P256.header(), &json!(payload), &P256);
        let refused = case.verifier.verify(&token).await;
        assert_eq!(
            refused.unwrap_err(),
            Refusal::Invalid(Fault::Claims),
            "{payload}"
        );
    }
}

//! What can't work is said when the verifier is built, and says what would.

use std::time::Duration;

use heimdall_tower::{AppRule, BuildError, Builder, FeedCredential, OnStale, Verifier};

use crate::support::APP;

fn builder() -> Builder<AppRule> {
    Verifier::builder("http://127.0.0.1:1/heimdall").app(APP)
}

fn refusal(builder: Builder<AppRule>) -> String {
    builder.build().expect_err("refused").to_string()
}

#[tokio::test]
async fn an_app_is_named_by_its_id() {
    for app in [
        "acme-corp",
        "",
        "app_",
        "app",
        "APP_01JD",
        "app_../x",
        "app_01JD?x",
        "usr_01JD8QZJ4T9V6M3W2X7Y5N0KRC",
        "app_*",
    ] {
        let error = Verifier::builder("http://127.0.0.1:1/heimdall")
            .app(app)
            .build();
        assert!(matches!(error, Err(BuildError::AppId(_))), "{app}");
    }
}

#[tokio::test]
async fn the_base_url_is_one_of_http() {
    for base in [
        "",
        "heimdall",
        "ftp://x/heimdall",
        "https://",
        "unix:/run/heimdall",
        "/heimdall",
    ] {
        let error = Verifier::builder(base).app(APP).build();
        assert!(matches!(error, Err(BuildError::Url(_))), "{base}");
        let error = builder().reached_at(base).build();
        assert!(matches!(error, Err(BuildError::Url(_))), "{base}");
    }
}

#[tokio::test]
async fn plain_http_is_for_this_host_unless_it_is_allowed() {
    for base in [
        "http://auth.example.com/heimdall",
        "http://10.0.0.7:8080/heimdall",
        "http://localhost.example.com/",
    ] {
        let error = Verifier::builder(base).app(APP).build();
        assert!(matches!(error, Err(BuildError::PlainHttp(_))), "{base}");
        Verifier::builder(base)
            .app(APP)
            .allow_plain_http()
            .build()
            .unwrap();
        let error = Verifier::builder("https://auth.example.com")
            .app(APP)
            .reached_at(base)
            .build();
        assert!(matches!(error, Err(BuildError::PlainHttp(_))), "{base}");
    }
    for base in [
        "http://localhost:8080/heimdall",
        "http://127.0.0.1/heimdall",
        "http://[::1]:8080",
        "https://auth.example.com",
    ] {
        Verifier::builder(base).app(APP).build().unwrap();
    }
}

#[tokio::test]
async fn a_policy_for_a_stale_feed_needs_a_feed() {
    let error = refusal(builder().max_staleness(Duration::from_secs(30)));
    assert!(
        error.contains("max_staleness") && error.contains("feed_credential"),
        "{error}"
    );
    let error = refusal(builder().on_stale(OnStale::Deny));
    assert!(
        error.contains("on_stale") && error.contains("feed_credential"),
        "{error}"
    );
}

#[tokio::test]
async fn a_services_credential_needs_its_app() {
    let builder = Verifier::builder("http://127.0.0.1:1/heimdall").app_from(|_| None);
    let error = builder
        .feed_credential(FeedCredential::client("hci_1", "hds_1"))
        .build();
    assert!(matches!(error, Err(BuildError::ClientWithoutApp)));
}

#[tokio::test]
async fn settings_have_limits() {
    assert!(matches!(
        builder().algorithms([]).build(),
        Err(BuildError::NoAlgorithms)
    ));
    assert!(matches!(
        builder().leeway(Duration::from_secs(61)).build(),
        Err(BuildError::Leeway)
    ));
    assert!(matches!(
        builder().key_cooldown(Duration::ZERO).build(),
        Err(BuildError::KeySchedule)
    ));
    assert!(matches!(
        builder().key_refresh(Duration::ZERO).build(),
        Err(BuildError::KeySchedule)
    ));
    let hasty = builder()
        .feed_credential("hdk_x")
        .max_staleness(Duration::from_secs(1));
    assert!(matches!(hasty.build(), Err(BuildError::MaxStaleness)));
}

#[test]
fn outside_of_a_runtime_nothing_is_built() {
    assert!(matches!(builder().build(), Err(BuildError::NoRuntime)));
}

//! What goes on in the background: the keys are kept fresh, the revocations are followed.
//!
//! Either holds the verifier only weakly, and ends once nobody else does.

use std::sync::Weak;
use std::time::Duration;

use serde::Deserialize;

use crate::revoked::Entry;
use crate::verifier::{Expected, Inner};

/// How long the feed is held open at the most, in seconds.
const WAIT: u64 = 25;
/// The waits between attempts while Heimdall can't be reached.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

pub(crate) async fn refresh_keys(verifier: Weak<Inner>, every: Duration) {
    let mut soon = BACKOFF.0;
    while let Some(inner) = verifier.upgrade() {
        let worked = inner.jwks.refresh((inner.now_us)() / 1000).await;
        drop(inner);
        let wait = if worked { every } else { soon };
        soon = if worked {
            BACKOFF.0
        } else {
            (soon * 2).min(BACKOFF.1)
        };
        tokio::time::sleep(wait).await;
    }
}

/// An answer of the feed.
#[derive(Deserialize)]
struct Answer {
    data: Vec<Entry>,
    next_cursor: String,
    #[serde(default)]
    more: bool,
}

pub(crate) async fn follow(verifier: Weak<Inner>) {
    let mut after = None;
    let mut caught_up = false;
    let mut soon = BACKOFF.0;
    while let Some(inner) = verifier.upgrade() {
        // Until all that is in force has been read, nothing is waited for.
        let wait = if caught_up { wait(&inner) } else { 0 };
        match ask(&inner, after.as_deref(), wait).await {
            Some(answer) => {
                let now_us = (inner.now_us)();
                let had_news = !answer.data.is_empty();
                inner.revoked.apply(&answer.data, now_us);
                caught_up = !answer.more;
                after = Some(answer.next_cursor);
                soon = BACKOFF.0;
                if had_news && inner.revoked.names_a_key() {
                    inner.jwks.refresh(now_us / 1000).await;
                }
            }
            None => {
                drop(inner);
                tokio::time::sleep(jittered(soon)).await;
                soon = (soon * 2).min(BACKOFF.1);
            }
        }
    }
}

/// Shorter where news must not be old: an open request is no news.
fn wait(inner: &Inner) -> u64 {
    let half = inner.max_staleness.map_or(WAIT, |most| most.as_secs() / 2);
    half.clamp(1, WAIT)
}

async fn ask(inner: &Inner, after: Option<&str>, wait: u64) -> Option<Answer> {
    let base = inner.base.as_str().trim_end_matches('/');
    let url = match &inner.expected {
        Expected::Named(app) => format!("{base}/v1/apps/{app}/revocations"),
        Expected::FromRoute(_) => format!("{base}/v1/revocations"),
    };
    let mut query = vec![("limit", "200".to_owned()), ("wait", wait.to_string())];
    query.extend(after.map(|after| ("after", after.to_owned())));
    let credential = inner.credential.as_deref()?;
    let asked = inner.http.get(url).bearer_auth(credential).query(&query);
    let answer = match asked.timeout(Duration::from_secs(wait + 10)).send().await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(%error, "the revocation feed can't be reached; trying again");
            return None;
        }
    };
    if !answer.status().is_success() {
        tracing::warn!(status = %answer.status(), "the revocation feed refused; trying again");
        return None;
    }
    answer.json().await.ok()
}

/// Between a half and the whole, so that many verifiers don't come back at once.
fn jittered(wait: Duration) -> Duration {
    let mut byte = [0];
    // Without randomness there is no jitter, and no harm.
    let _ = aws_lc_rs::rand::fill(&mut byte);
    wait.mul_f64(0.5 + f64::from(byte[0]) / 512.0)
}

//! The key set, kept fresh.
//!
//! Old keys serve until new ones are at hand: a Heimdall that is down, or answers nonsense, changes nothing for tokens that
//! verify already. An unknown key id is looked up at once, but at most once per cooldown for all requests together, whatever
//! the last look-up brought.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::Mutex;
use url::Url;

use crate::keys::{self, Keys};

/// The largest set that is read, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

pub(crate) struct Jwks {
    http: reqwest::Client,
    url: Url,
    keys: ArcSwap<Keys>,
    /// Lets one fetch at a time; the others wait and see what it brought.
    fetching: Mutex<()>,
    /// When a fetch was last begun, in milliseconds since the Unix epoch.
    tried_at: AtomicI64,
    cooldown: Duration,
    kept_in: Option<PathBuf>,
}

impl Jwks {
    pub(crate) fn new(
        http: reqwest::Client,
        url: Url,
        cooldown: Duration,
        kept_in: Option<PathBuf>,
    ) -> Self {
        let kept = kept_in.as_ref().and_then(|file| std::fs::read(file).ok());
        let keys = kept.and_then(|json| keys::read(&json)).unwrap_or_default();
        Self {
            http,
            url,
            keys: ArcSwap::from_pointee(keys),
            fetching: Mutex::new(()),
            tried_at: AtomicI64::new(i64::MIN),
            cooldown,
            kept_in,
        }
    }

    pub(crate) fn keys(&self) -> arc_swap::Guard<Arc<Keys>> {
        self.keys.load()
    }

    /// Looks an unknown key id up, unless somebody has just done so. Whether it is worth looking again.
    pub(crate) async fn look_up(&self, kid: &str, now_ms: i64) -> bool {
        let _turn = self.fetching.lock().await;
        if self.keys.load().contains_key(kid) {
            return true;
        }
        let cooldown = i64::try_from(self.cooldown.as_millis()).unwrap_or(i64::MAX);
        if now_ms.saturating_sub(self.tried_at.load(Ordering::Acquire)) < cooldown {
            return false;
        }
        self.fetch(now_ms).await && self.keys.load().contains_key(kid)
    }

    /// Fetches the set anew. Whether that worked; if not, the old keys stay.
    pub(crate) async fn refresh(&self, now_ms: i64) -> bool {
        let _turn = self.fetching.lock().await;
        self.fetch(now_ms).await
    }

    async fn fetch(&self, now_ms: i64) -> bool {
        self.tried_at.store(now_ms, Ordering::Release);
        let Some(json) = self.download().await else {
            tracing::warn!(url = %self.url, "the key set can't be fetched; going on with the keys at hand");
            return false;
        };
        // A set without a usable key is a mishap too: it would refuse everyone.
        let Some(keys) = keys::read(&json).filter(|keys| !keys.is_empty()) else {
            tracing::warn!(url = %self.url, "what came is no key set; going on with the keys at hand");
            return false;
        };
        self.keys.store(Arc::new(keys));
        self.keep(json).await;
        true
    }

    async fn download(&self) -> Option<Vec<u8>> {
        let mut response = self.http.get(self.url.clone()).send().await.ok()?;
        if !response.status().is_success() {
            return None;
        }
        let mut json = Vec::new();
        while let Some(chunk) = response.chunk().await.ok()? {
            if json.len() + chunk.len() > MAX_BYTES {
                return None;
            }
            json.extend_from_slice(&chunk);
        }
        Some(json)
    }

    /// Writes the set beside its place and moves it there, so that a crash leaves the old one.
    async fn keep(&self, json: Vec<u8>) {
        let Some(file) = self.kept_in.clone() else {
            return;
        };
        let kept = tokio::task::spawn_blocking(move || {
            let draft = file.with_extension("new");
            std::fs::write(&draft, json).and_then(|()| std::fs::rename(&draft, &file))
        });
        if !matches!(kept.await, Ok(Ok(()))) {
            tracing::warn!("the key set could not be kept on disk");
        }
    }
}

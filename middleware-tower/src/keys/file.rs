//! The keys on disk, so that a restart needs no Heimdall.
//!
//! Who can write the file can have tokens of their own accepted: it belongs into a folder of the service's alone. It is written
//! beside and moved into place, readable and writable by its owner.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{VerificationKey, set};
use crate::Clock;

#[derive(Clone, Debug)]
pub(crate) struct KeyFile {
    path: PathBuf,
    issuer: Arc<str>,
    clock: Arc<dyn Clock>,
}

#[derive(Serialize, Deserialize)]
struct Content {
    issuer: String,
    /// Microseconds since the Unix epoch.
    fetched_at_us: i64,
    jwks: Box<RawValue>,
}

impl KeyFile {
    pub(crate) fn new(path: PathBuf, issuer: &str, clock: Arc<dyn Clock>) -> Self {
        Self {
            path,
            issuer: issuer.into(),
            clock,
        }
    }

    /// The keys, and how long ago they were fetched. None of a file that is not there, not ours, or of another issuer.
    pub(crate) fn read(&self) -> Option<(Vec<Arc<VerificationKey>>, Duration)> {
        let json = match std::fs::read(&self.path) {
            Ok(json) => json,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                tracing::warn!(%error, path = %self.path.display(), "the file of keys can't be read");
                return None;
            }
        };
        let content: Content = serde_json::from_slice(&json).ok()?;
        if *content.issuer != *self.issuer {
            return None;
        }
        let jwks = content.jwks.get().as_bytes();
        let keys = set::read(jwks).and_then(set::prepare).ok()?;
        let age_us = self
            .clock
            .unix_micros()
            .saturating_sub(content.fetched_at_us);
        Some((
            keys,
            Duration::from_micros(u64::try_from(age_us).unwrap_or(0)),
        ))
    }

    pub(super) async fn write(&self, jwks: Vec<u8>) {
        let file = self.clone();
        let written = tokio::task::spawn_blocking(move || file.write_now(&jwks)).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(%error, path = %self.path.display(), "the file of keys can't be written");
        }
    }

    fn write_now(&self, jwks: &[u8]) -> io::Result<()> {
        let content = Content {
            issuer: self.issuer.to_string(),
            fetched_at_us: self.clock.unix_micros(),
            jwks: serde_json::from_slice(jwks)?,
        };
        let beside = self
            .path
            .with_extension(format!("{}.new", std::process::id()));
        let written = create(&beside).and_then(|mut file| {
            file.write_all(&serde_json::to_vec(&content)?)?;
            file.sync_all()?;
            std::fs::rename(&beside, &self.path)
        });
        if written.is_err() {
            let _ = std::fs::remove_file(&beside);
        }
        written
    }
}

fn create(path: &Path) -> io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

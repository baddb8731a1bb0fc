//! Where the keys come from.

use std::fmt;
use std::sync::Arc;

use jwks_client_rs::source::JwksSource;

use super::{VerificationKey, set};
use crate::fetch::{self, FetchError, Heimdall};

/// Heimdall over HTTP, or a source that the application brings.
pub(crate) enum Source {
    Heimdall(Heimdall),
    Given(Box<dyn JwksSource + Send + Sync>),
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Heimdall(_) => "Heimdall",
            Self::Given(_) => "Given",
        })
    }
}

/// The keys, and the set as it was published where it is known.
pub(super) struct Fetched {
    pub(super) keys: Vec<Arc<VerificationKey>>,
    pub(super) json: Option<Vec<u8>>,
}

impl Source {
    pub(super) async fn fetch(&self) -> Result<Fetched, FetchError> {
        match self {
            Self::Heimdall(heimdall) => {
                let json = fetch::body(heimdall.get(&["v1", ".well-known", "jwks.json"])).await?;
                Ok(Fetched {
                    keys: set::prepare(set::read(&json)?)?,
                    json: Some(json),
                })
            }
            Self::Given(source) => Ok(Fetched {
                keys: set::prepare(source.fetch_keys().await?)?,
                json: None,
            }),
        }
    }
}

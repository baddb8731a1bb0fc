//! Asking Heimdall about one token (`POST …/tokens/verify`), for when the revocation feed is stale.

use std::sync::Arc;

use reqwest::StatusCode;
use serde::Deserialize;

use crate::credential::Credential;
use crate::fetch::{self, FetchError, Heimdall, with_bearer};

#[derive(Debug)]
pub(crate) struct Introspection {
    pub(crate) heimdall: Heimdall,
    pub(crate) credential: Arc<Credential>,
}

/// Of the answer only this is of use: what the token says was verified here already.
#[derive(Deserialize)]
struct Answer {
    valid: bool,
}

impl Introspection {
    /// Whether the token is good at this moment.
    pub(crate) async fn is_valid(&self, app: &str, token: &str) -> Result<bool, FetchError> {
        let bearer = self.credential.bearer(&self.heimdall).await?;
        let request = self.heimdall.post(&["v1", "apps", app, "tokens", "verify"]);
        let request = request.json(&serde_json::json!({ "token": token }));
        let answer = fetch::body(with_bearer(request, bearer)).await;
        if matches!(answer, Err(FetchError::Status(StatusCode::UNAUTHORIZED))) {
            self.credential.forget().await;
        }
        let answer: Answer = serde_json::from_slice(&answer?)?;
        Ok(answer.valid)
    }
}

//! What an access token says (RFC 9068, and Heimdall's own claims).

use serde::{Deserialize, Serialize};

use crate::kernel::ids::{AppId, SessionId, UserId};
use crate::permissions::Permissions;

/// The claims. All times but `iat_us` are whole seconds since the Unix epoch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claims {
    pub iss: String,
    /// The user's or the client's id.
    pub sub: String,
    /// The App's id: who the token is for.
    pub aud: AppId,
    pub exp: i64,
    pub iat: i64,
    pub nbf: i64,
    pub jti: String,
    pub app_id: AppId,
    /// The App's name.
    pub app: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
    pub client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<SessionId>,
    pub roles: Vec<String>,
    pub permissions: Permissions,
    pub scope: String,
    /// Who issued it for the user (RFC 8693, section 4.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
    /// The instant of issue in microseconds: tells a token issued just after a revocation from
    /// one issued just before.
    pub iat_us: i64,
}

/// Who acts for the subject.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Act {
    pub sub: String,
}

impl Claims {
    /// Whether it is a service's and not a user's.
    pub fn is_service(&self) -> bool {
        self.user_id.is_none()
    }
}

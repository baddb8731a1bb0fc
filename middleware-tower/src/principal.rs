//! Who a request is from.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Who a verified token stands for. Cheap to clone.
///
/// ```
/// # fn invoices(principal: &heimdall_tower::Principal) -> bool {
/// principal.has("billing:read") && principal.user_id().is_some()
/// # }
/// ```
#[derive(Clone)]
pub struct Principal(pub(crate) Arc<Facts>);

/// What is kept of a token.
pub(crate) struct Facts {
    pub(crate) subject: String,
    pub(crate) app_id: String,
    pub(crate) app: Option<String>,
    pub(crate) user_id: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) session_id: Option<String>,
    pub(crate) roles: Vec<String>,
    /// Sorted.
    pub(crate) permissions: Vec<String>,
    pub(crate) scope: String,
    pub(crate) act: Option<String>,
    pub(crate) jti: String,
    pub(crate) kid: String,
    /// Seconds since the Unix epoch.
    pub(crate) not_before: i64,
    pub(crate) expires: i64,
    /// Microseconds since the Unix epoch.
    pub(crate) issued_us: i64,
}

impl Principal {
    /// The user's or the client's id (`sub`).
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The App's id.
    pub fn app_id(&self) -> &str {
        &self.0.app_id
    }

    /// The App's name.
    pub fn app(&self) -> Option<&str> {
        self.0.app.as_deref()
    }

    /// The user's id; nothing for a service.
    pub fn user_id(&self) -> Option<&str> {
        self.0.user_id.as_deref()
    }

    /// The service's client id; nothing for a user.
    pub fn client_id(&self) -> Option<&str> {
        self.0
            .client_id
            .as_deref()
            .filter(|_| self.0.user_id.is_none())
    }

    /// The session's id; nothing for a service.
    pub fn session_id(&self) -> Option<&str> {
        self.0.session_id.as_deref()
    }

    /// Names of the user's roles.
    pub fn roles(&self) -> &[String] {
        &self.0.roles
    }

    /// All that it may do, sorted.
    pub fn permissions(&self) -> &[String] {
        &self.0.permissions
    }

    /// Whether it holds exactly this permission. There are no wildcards.
    pub fn has(&self, permission: &str) -> bool {
        self.0
            .permissions
            .binary_search_by(|held| held.as_str().cmp(permission))
            .is_ok()
    }

    /// The permissions with a space between them, as OAuth 2.0 has it.
    pub fn scope(&self) -> &str {
        &self.0.scope
    }

    /// Who issued the token for the user, when they did not sign in themselves (`act`).
    pub fn acting(&self) -> Option<&str> {
        self.0.act.as_deref()
    }

    /// The token's own id (`jti`).
    pub fn token_id(&self) -> &str {
        &self.0.jti
    }

    /// When the token expires.
    pub fn expires_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(u64::try_from(self.0.expires).unwrap_or(0))
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("subject", &self.0.subject)
            .field("app_id", &self.0.app_id)
            .field("permissions", &self.0.permissions)
            .finish_non_exhaustive()
    }
}

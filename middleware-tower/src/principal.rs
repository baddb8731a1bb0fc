//! Who a request comes from.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::token::Claims;

/// Who a request comes from, and what they may do: the claims of a token that was found good.
///
/// The layer puts it into the request's extensions. A clone is a pointer's.
///
/// ```
/// use heimdall_tower::Principal;
///
/// fn invoices(principal: &Principal) -> Result<String, http::StatusCode> {
///     if !principal.has("billing:read") {
///         return Err(http::StatusCode::FORBIDDEN);
///     }
///     Ok(format!("the invoices of {}", principal.app_id()))
/// }
/// ```
#[derive(Clone)]
pub struct Principal(Arc<Claims>);

impl Principal {
    pub(crate) fn new(claims: Claims) -> Self {
        Self(Arc::new(claims))
    }

    pub(crate) fn claims(&self) -> &Claims {
        &self.0
    }

    /// The id of the user (`usr_…`) or, of a service, its `client_id`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.sub
    }

    /// The immutable id of the App (`app_…`): what tenants' data is keyed with.
    #[must_use]
    pub fn app_id(&self) -> &str {
        &self.0.app_id
    }

    /// The App's name. For people; key nothing with it.
    #[must_use]
    pub fn app(&self) -> &str {
        &self.0.app
    }

    /// The user's id (`usr_…`); none of a service.
    #[must_use]
    pub fn user_id(&self) -> Option<&str> {
        self.0.user_id.as_deref()
    }

    /// The client's id; of a user's token, the App's id.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.0.client_id
    }

    /// The session's id (`ses_…`); none of a service.
    #[must_use]
    pub fn session_id(&self) -> Option<&str> {
        self.0.sid.as_deref()
    }

    /// The token's own id (`jti`).
    #[must_use]
    pub fn token_id(&self) -> &str {
        &self.0.jti
    }

    /// Whether it is a service's token (`client_credentials`) and no user's.
    #[must_use]
    pub fn is_service(&self) -> bool {
        self.0.user_id.is_none()
    }

    /// The names of the user's roles; none of a service.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.0.roles
    }

    /// The permissions, such as `billing:read`.
    #[must_use]
    pub fn permissions(&self) -> &[String] {
        &self.0.permissions
    }

    /// The permissions as OAuth has them: one text, with a space between them.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.0.scope
    }

    /// Whether the permission is among those of the token, letter for letter: there are no wildcards.
    #[must_use]
    pub fn has(&self, permission: &str) -> bool {
        self.0.permissions.iter().any(|held| held == permission)
    }

    /// When the token was issued, to the second.
    #[must_use]
    pub fn issued_at(&self) -> SystemTime {
        time(self.0.iat)
    }

    /// When the token expires.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        time(self.0.exp)
    }

    /// Who got the token for the user, when it was not the user (RFC 8693 §4.1).
    #[must_use]
    pub fn actor(&self) -> Option<&str> {
        self.0.act.as_ref().map(|act| act.sub.as_str())
    }

    /// The claims that have no method here.
    #[must_use]
    pub fn extra(&self) -> &Map<String, Value> {
        &self.0.extra
    }
}

/// Who it is, and neither the token nor its other claims: this ends up in logs.
impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("subject", &self.0.sub)
            .field("app_id", &self.0.app_id)
            .finish_non_exhaustive()
    }
}

fn time(seconds: i64) -> SystemTime {
    let since_epoch = Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    UNIX_EPOCH.checked_add(since_epoch).unwrap_or(UNIX_EPOCH)
}

//! Sessions: what a signed-in user refreshes.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::lenient::or_default;
use crate::{Call, InApp, operations as op};

/// Sessions of an App's users: [`InApp::sessions`]. They are listed by
/// [`Users::sessions`](crate::Users::sessions).
#[derive(Clone, Copy, Debug)]
pub struct Sessions<'a>(pub(crate) InApp<'a>);

impl Sessions<'_> {
    /// Ends a session: its refresh token and its access tokens are refused.
    pub fn revoke(&self, session: &str) -> Call<()> {
        self.0
            .draft(op::REVOKE_SESSION, &[session])
            .returning_nothing()
    }
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Session {
    /// `ses_` and a ULID: the `sid` of its tokens.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last refreshed.
    pub last_used_at: DateTime<Utc>,
    /// When it ends, however often it is refreshed.
    pub expires_at: DateTime<Utc>,
    /// Where it began.
    pub ip: Option<String>,
    /// What it began with.
    pub user_agent: Option<String>,
    /// Whether it is the one that asks: of one's own sessions only.
    #[serde(default, deserialize_with = "or_default")]
    pub current: bool,
}

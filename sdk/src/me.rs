//! What a signed-in user may do for themselves, with no permission at all.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::lenient::or_default;
use crate::{Call, Client, Field, ListQuery, Page, Secret, Session, User, operations as op};

/// One's own: [`Client::me`]. The bearer is the user's access token.
#[derive(Clone, Copy, Debug)]
pub struct Myself<'a>(pub(crate) &'a Client);

impl Myself<'_> {
    /// Who one is, and what one may do.
    pub fn get(&self) -> Call<Me> {
        self.0.draft(op::GET_ME, &[]).returning()
    }

    /// Changes oneself.
    pub fn update(&self, changes: &MeChanges) -> Call<Me> {
        self.0.draft(op::UPDATE_ME, &[]).json(changes).returning()
    }

    /// Changes one's password, which ends one's other sessions.
    pub fn change_password(&self, current: impl Into<Secret>, new: impl Into<Secret>) -> Call<()> {
        let change = json!({ "current_password": current.into(), "new_password": new.into() });
        self.0
            .draft(op::CHANGE_MY_PASSWORD, &[])
            .json(&change)
            .returning_nothing()
    }

    /// Lists one's sessions.
    pub fn sessions(&self, query: &ListQuery) -> Call<Page<Session>> {
        self.0
            .draft(op::LIST_MY_SESSIONS, &[])
            .query(query)
            .returning()
    }

    /// Ends all one's sessions, this one too.
    pub fn revoke_sessions(&self) -> Call<()> {
        self.0
            .draft(op::REVOKE_MY_SESSIONS, &[])
            .returning_nothing()
    }
}

/// Oneself.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Me {
    /// Who one is.
    #[serde(flatten)]
    pub user: User,
    /// What one's roles permit.
    #[serde(default, deserialize_with = "or_default")]
    pub permissions: Vec<String>,
}

/// What is to be changed of oneself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MeChanges {
    /// One's name for people.
    #[serde(skip_serializing_if = "Field::is_keep")]
    pub display_name: Field<String>,
}

impl MeChanges {
    with!(with_display_name, display_name: String);
    with!(clear_display_name, display_name: clear);
}

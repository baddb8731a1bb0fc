//! What a signed-in user may do for themselves, with no permission at all.

use serde::Serialize;
use serde_json::json;

use crate::{Call, Client, Field, ListQuery, Page, Secret, Session, User, operations as op};

/// One's own: [`Client::me`]. The bearer is the user's access token.
#[derive(Clone, Copy, Debug)]
pub struct Myself<'a>(pub(crate) &'a Client);

impl Myself<'_> {
    /// Who one is.
    pub fn get(&self) -> Call<User> {
        self.0.draft(op::GET_ME, &[]).returning()
    }

    /// Changes oneself.
    pub fn update(&self, changes: &MeChanges) -> Call<User> {
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

    /// Ends one's other sessions. For this one: [`Tokens::revoke`](crate::Tokens::revoke) by the backend.
    pub fn revoke_sessions(&self) -> Call<()> {
        self.0
            .draft(op::REVOKE_MY_SESSIONS, &[])
            .returning_nothing()
    }
}

/// What is to be changed of oneself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MeChanges {
    /// One's name for people.
    #[serde(skip_serializing_if = "Field::is_keep")]
    pub display_name: Field<String>,
}

impl MeChanges {
    with!(with_display_name, display_name: into String);
    with!(clear_display_name, display_name: clear);
}

//! Users of an App.

mod import;
mod model;

pub use import::{ImportResult, ImportRow, ImportStatus, ImportUser, RowError};
pub use model::{NewUser, User, UserChanges, UserQuery, UserStatus};
use serde_json::json;

use crate::{Call, InApp, ListQuery, Page, Secret, Session, TokenResponse, operations as op};

/// Users of an App: [`InApp::users`].
#[derive(Clone, Copy, Debug)]
pub struct Users<'a>(pub(crate) InApp<'a>);

impl Users<'_> {
    /// Creates a user.
    ///
    /// ```no_run
    /// # async fn f(client: heimdall_sdk::Client, temporary_password: String) -> Result<(), heimdall_sdk::Error> {
    /// use heimdall_sdk::NewUser;
    ///
    /// let ada = NewUser::new("ada@acme.example").with_password(temporary_password).with_role("admin");
    /// let ada = client.app("acme").users().create(&ada).await?;
    /// let tokens = client.app("acme").users().issue_token(&ada.id).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(&self, user: &NewUser) -> Call<User> {
        self.0.draft(op::CREATE_USER, &[]).json(user).returning()
    }

    /// Lists users.
    pub fn list(&self, query: &UserQuery) -> Call<Page<User>> {
        self.0.draft(op::LIST_USERS, &[]).query(query).returning()
    }

    /// A user, by id.
    pub fn get(&self, user: &str) -> Call<User> {
        self.0.draft(op::GET_USER, &[user]).returning()
    }

    /// Changes a user. Tokens issued before are refused where it takes rights, and stale where it
    /// gives them.
    pub fn update(&self, user: &str, changes: &UserChanges) -> Call<User> {
        self.0
            .draft(op::UPDATE_USER, &[user])
            .json(changes)
            .returning()
    }

    /// Deactivates a user, and ends their sessions and tokens.
    pub fn deactivate(&self, user: &str) -> Call<()> {
        self.0.draft(op::DELETE_USER, &[user]).returning_nothing()
    }

    /// Erases a person for ever. The audit log keeps what happened, without whom.
    pub fn purge(&self, user: &str) -> Call<()> {
        self.0
            .draft(op::DELETE_USER, &[user])
            .query(&[("purge", true)])
            .returning_nothing()
    }

    /// Creates up to 1,000 users with the password hashes they have. Each row succeeds or fails for
    /// itself; see the answer.
    pub fn import(&self, users: &[ImportUser]) -> Call<ImportResult> {
        self.0
            .draft(op::IMPORT_USERS, &[])
            .json(&json!({ "users": users }))
            .returning()
    }

    /// Gives a user a role, by its name or id; one they wear already is no error.
    pub fn assign_role(&self, user: &str, role: &str) -> Call<User> {
        self.0
            .draft(op::ASSIGN_ROLE, &[user])
            .json(&json!({ "role": role }))
            .returning()
    }

    /// Takes a role from a user; one they don't wear is no error.
    pub fn remove_role(&self, user: &str, role: &str) -> Call<()> {
        self.0
            .draft(op::REMOVE_ROLE, &[user, role])
            .returning_nothing()
    }

    /// Sets a password, and ends the user's sessions.
    pub fn set_password(&self, user: &str, password: impl Into<Secret>) -> Call<()> {
        let password = password.into();
        self.0
            .draft(op::SET_PASSWORD, &[user])
            .json(&json!({ "password": password }))
            .returning_nothing()
    }

    /// Begins a session for a user who signed in by other means. The audit log and the token's `act`
    /// claim name the caller.
    pub fn issue_token(&self, user: &str) -> Call<TokenResponse> {
        self.0.draft(op::ISSUE_USER_TOKEN, &[user]).returning()
    }

    /// Lists a user's sessions.
    pub fn sessions(&self, user: &str, query: &ListQuery) -> Call<Page<Session>> {
        self.0
            .draft(op::LIST_USER_SESSIONS, &[user])
            .query(query)
            .returning()
    }

    /// Ends all sessions of a user. For one: [`InApp::sessions`].
    pub fn revoke_sessions(&self, user: &str) -> Call<()> {
        self.0
            .draft(op::REVOKE_USER_SESSIONS, &[user])
            .returning_nothing()
    }
}

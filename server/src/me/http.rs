//! What the API promises to a signed-in user.

use poem_openapi::param::Query;
use poem_openapi::types::MaybeUndefined;
use poem_openapi::{Object, OpenApi};

use crate::api::Tag;
use crate::app::Heimdall;
use crate::apps::http::change;
use crate::error::{Refusal, Wrong};
use crate::events::Kind;
use crate::http::caller::Myself;
use crate::http::text::{DisplayName, PasswordText};
use crate::http::{
    Answer, Answered, Authenticated, Body, CursorText, Done, Invalid, Limit, Listing, Page,
};
use crate::permissions::Grants;
use crate::users::http::check_password;
use crate::users::{self, Changes};
use crate::{apps, sessions};

/// What to change of oneself.
#[derive(Debug, Object)]
#[oai(rename = "MyChanges", deny_unknown_fields)]
pub struct Patch {
    #[oai(nullable)]
    display_name: MaybeUndefined<DisplayName>,
}

/// A password to change one's own to.
#[derive(Debug, Object)]
#[oai(rename = "MyNewPassword", deny_unknown_fields)]
pub struct Password {
    current_password: PasswordText,
    new_password: PasswordText,
}

#[derive(Debug)]
pub struct MeApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1/me", tag = "Tag::Me")]
impl MeApi {
    /// Who am I
    ///
    /// The signed-in user, with the roles that they wear.
    #[oai(path = "/", method = "get", operation_id = "get_me")]
    async fn get(&self, caller: Authenticated) -> Answered<Answer<users::http::View>> {
        let me = caller.0.myself()?;
        let mut conn = self.0.db.read().await?;
        Ok(Answer(
            users::member(&mut conn, &me.app, &me.user).await?.into(),
        ))
    }

    /// Change myself
    ///
    /// What is left out stays.
    #[oai(path = "/", method = "patch", operation_id = "update_me")]
    async fn update(
        &self,
        caller: Authenticated,
        body: Body<Patch>,
    ) -> Answered<Answer<users::http::View>> {
        let me = caller.0.myself()?;
        let changes = Changes {
            display_name: change(body.0.display_name).map(|name| name.map(|name| name.0)),
            ..Changes::default()
        };
        let mut work = caller.0.begin_instance(&self.0).await?;
        work.tx.enter(&me.app).await?;
        // Of themselves everyone may change what this can change.
        let member = users::update(&mut work, &me.app, &Grants::All, &me.user, changes).await?;
        work.commit().await?;
        Ok(Answer(member.into()))
    }

    /// Change my password
    ///
    /// With the current one. Ends my other sessions.
    #[oai(
        path = "/password",
        method = "post",
        operation_id = "change_my_password"
    )]
    async fn change_password(&self, caller: Authenticated, body: Body<Password>) -> Answered<Done> {
        let me = caller.0.myself()?;
        let mut conn = self.0.db.read().await?;
        let app = apps::find(&mut conn, &me.app)
            .await?
            .ok_or(Refusal::NotFound)?;
        let user = users::find(&mut conn, &me.app, &me.user)
            .await?
            .ok_or(Refusal::NotFound)?;
        drop(conn);
        let current = users::password(&body.0.current_password.0);
        let right = self
            .0
            .passwords
            .verify(current, user.password_hash.clone())
            .await?;
        let mut wrong = Invalid::new();
        wrong.check(right, "current_password", "is not the password");
        let min_length = app.settings.password_min_length;
        let password = check_password(&body.0.new_password, "new_password", min_length, &mut wrong);
        wrong.into_result()?;
        let hash = self.0.passwords.hash(password).await?;
        let mut work = caller.0.begin_instance(&self.0).await?;
        work.tx.enter(&me.app).await?;
        let locked = users::lock(&mut work.tx, &me.app, &me.user)
            .await?
            .ok_or(Refusal::NotFound)?;
        // Looked at again under the lock: of two changes from the same password one wins.
        if locked.password_hash != user.password_hash {
            let changed = Wrong::new("current_password", "has been changed meanwhile");
            return Err(Refusal::Invalid(vec![changed]).into());
        }
        let at = work.at;
        users::set_password_hash(&mut work.tx, &me.app, &me.user, &hash, at).await?;
        work.record(&me.app, users::event(Kind::UserPasswordChanged, &locked))
            .await?;
        sessions::revoke_all(&mut work, &me.app, &me.user, me.session.as_ref()).await?;
        work.commit().await?;
        Ok(Done)
    }

    /// List my sessions
    ///
    /// Those that have not ended, newest first.
    #[oai(path = "/sessions", method = "get", operation_id = "list_my_sessions")]
    async fn sessions(
        &self,
        caller: Authenticated,
        limit: Query<Limit>,
        cursor: Query<CursorText>,
    ) -> Answered<Answer<Page<sessions::http::View>>> {
        let Myself { app, user, session } = caller.0.myself()?;
        let mut conn = self.0.db.read().await?;
        let list = Listing::new(
            &self.0,
            format!("{app}/users/{user}/sessions"),
            limit.0,
            &cursor.0,
        )?;
        let now = self.0.clock.now();
        let rows = sessions::list(&mut conn, &app, &user, now, list.before(), list.most()).await?;
        let page = list.page(rows, |session| session.id.to_string());
        Ok(Answer(page.map(|row| {
            sessions::http::View::new(row, session.as_ref())
        })))
    }

    /// End my other sessions
    ///
    /// All but the one that the access token is of.
    #[oai(
        path = "/sessions",
        method = "delete",
        operation_id = "revoke_my_sessions"
    )]
    async fn revoke_sessions(&self, caller: Authenticated) -> Answered<Done> {
        let me = caller.0.myself()?;
        let mut work = caller.0.begin_instance(&self.0).await?;
        work.tx.enter(&me.app).await?;
        sessions::revoke_all(&mut work, &me.app, &me.user, me.session.as_ref()).await?;
        work.commit().await?;
        Ok(Done)
    }
}

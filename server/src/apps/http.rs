//! What the API promises of Apps.

use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::MaybeUndefined;
use poem_openapi::{Enum, Object, OpenApi};

use super::{App, Changes, NewApp, Settings, SettingsChanges, Status};
use crate::api::Tag;
use crate::app::Heimdall;
use crate::error::Wrong;
use crate::http::metadata::Metadata;
use crate::http::text::{DisplayName, KeyText, Reference, Slug, WebAddress};
use crate::http::{
    Answer, Answered, Authenticated, Body, CursorText, Done, Invalid, Kept, Limit, Listing, Page,
    Repeatable,
};
use crate::kernel::Timestamp;
use crate::permissions::{APP_READ, APP_WRITE, APPS_CREATE, APPS_LIST};
use crate::{roles, users};

/// A tenant.
#[derive(Debug, Object)]
#[oai(rename = "App", skip_serializing_if_is_none)]
pub struct View {
    pub id: String,
    /// Unique, and the App's for ever.
    pub name: String,
    pub display_name: String,
    pub status: AppStatus,
    pub metadata: Metadata,
    pub settings: SettingsView,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The roles it was created with; only in the answer to that request.
    pub roles: Option<Vec<roles::http::View>>,
    /// The user it was created with; only in the answer to that request.
    pub owner: Option<users::http::View>,
}

impl From<App> for View {
    fn from(app: App) -> Self {
        Self {
            id: app.id.to_string(),
            name: app.name,
            display_name: app.display_name,
            status: app.status.into(),
            metadata: Metadata(app.metadata.0),
            settings: app.settings.0.into(),
            created_at: app.created_at,
            updated_at: app.updated_at,
            roles: None,
            owner: None,
        }
    }
}

/// Only an active App signs anybody in; in a suspended or archived one every token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum AppStatus {
    Active,
    Suspended,
    Archived,
}

impl From<Status> for AppStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Suspended => Self::Suspended,
            Status::Archived => Self::Archived,
        }
    }
}

impl From<AppStatus> for Status {
    fn from(status: AppStatus) -> Self {
        match status {
            AppStatus::Active => Self::Active,
            AppStatus::Suspended => Self::Suspended,
            AppStatus::Archived => Self::Archived,
        }
    }
}

/// What an App has set for itself.
#[derive(Debug, Object)]
#[oai(rename = "AppSettings", skip_serializing_if_is_none)]
pub struct SettingsView {
    access_token_ttl_seconds: u32,
    /// How long a session lasts from its beginning, however often it is refreshed.
    refresh_token_ttl_seconds: u32,
    /// Characters that a new password has at least.
    password_min_length: u32,
    /// Where invites lead instead of to Heimdall's own page: a URL with `{token}` in it.
    invite_url_template: Option<String>,
    /// Failed logins of an address in a row after which it has to wait.
    max_failed_logins: u32,
}

impl From<Settings> for SettingsView {
    fn from(settings: Settings) -> Self {
        Self {
            access_token_ttl_seconds: settings.access_token_ttl_seconds,
            refresh_token_ttl_seconds: settings.refresh_token_ttl_seconds,
            password_min_length: settings.password_min_length,
            invite_url_template: settings.invite_url_template,
            max_failed_logins: settings.max_failed_logins,
        }
    }
}

/// Settings to change; what is left out stays, `null` puts the default back.
#[derive(Clone, Debug, Object)]
#[oai(rename = "AppSettingsChanges", deny_unknown_fields)]
pub struct SettingsPatch {
    /// A minute to a day; 3600 by default.
    #[oai(nullable, validator(minimum(value = "60"), maximum(value = "86400")))]
    access_token_ttl_seconds: MaybeUndefined<u32>,
    /// A minute to a year; 30 days by default.
    #[oai(
        nullable,
        validator(minimum(value = "60"), maximum(value = "31536000"))
    )]
    refresh_token_ttl_seconds: MaybeUndefined<u32>,
    /// 8 to 64; 10 by default.
    #[oai(nullable, validator(minimum(value = "8"), maximum(value = "64")))]
    password_min_length: MaybeUndefined<u32>,
    /// An `https://` or `http://` URL with `{token}` in it once.
    #[oai(nullable)]
    invite_url_template: MaybeUndefined<WebAddress>,
    /// 1 to 100; 10 by default.
    #[oai(nullable, validator(minimum(value = "1"), maximum(value = "100")))]
    max_failed_logins: MaybeUndefined<u32>,
}

impl From<SettingsPatch> for SettingsChanges {
    fn from(patch: SettingsPatch) -> Self {
        Self {
            access_token_ttl_seconds: change(patch.access_token_ttl_seconds),
            refresh_token_ttl_seconds: change(patch.refresh_token_ttl_seconds),
            password_min_length: change(patch.password_min_length),
            invite_url_template: change(patch.invite_url_template).map(|url| url.map(|url| url.0)),
            max_failed_logins: change(patch.max_failed_logins),
        }
    }
}

/// Absent, null, or a value.
pub fn change<T>(field: MaybeUndefined<T>) -> Option<Option<T>> {
    match field {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(value)),
    }
}

/// An App to be created; with `roles` and `owner`, a tenant set up whole or not at all.
#[derive(Clone, Debug, Object)]
#[oai(rename = "NewApp", deny_unknown_fields)]
pub struct New {
    name: Slug,
    /// The name when left out.
    display_name: Option<DisplayName>,
    metadata: Option<Metadata>,
    settings: Option<SettingsPatch>,
    #[oai(validator(max_items = 100))]
    roles: Option<Vec<roles::http::New>>,
    /// The first user; may wear the roles given here.
    owner: Option<users::http::New>,
}

/// What to change of an App; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename = "AppChanges", deny_unknown_fields)]
pub struct Patch {
    display_name: Option<DisplayName>,
    status: Option<AppStatus>,
    metadata: Option<Metadata>,
    settings: Option<SettingsPatch>,
}

#[derive(Debug)]
pub struct AppsApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1", tag = "Tag::Apps")]
impl AppsApi {
    /// Create an App
    ///
    /// With `roles` and `owner` one request sets a tenant up, whole or not at all. Needs
    /// `apps:create`, which only a key of the whole instance can hold, and every permission that
    /// the roles give.
    #[oai(path = "/apps", method = "post", operation_id = "create_app")]
    async fn create(
        &self,
        caller: Authenticated,
        #[oai(name = "Idempotency-Key")] key: Header<Option<KeyText>>,
        body: Body<New>,
    ) -> Answered<Kept<View>> {
        caller.0.require_instance(APPS_CREATE)?;
        let request = Repeatable::new(caller.0.name(), key.0, &["create_app"], &body.0);
        let (app, owner) = parts(body.0.clone())?;
        let password = owner.as_ref().and_then(|owner| owner.password.clone());
        let hash = self.0.passwords.hash_optional(password).await?;
        let mut work = caller.0.begin_instance(&self.0).await?;
        if let Some(answer) = request.answered(&mut work).await? {
            return Ok(answer);
        }
        let app = super::create(&mut work, app).await?;
        let (id, by) = (app.id.clone(), caller.0.grants());
        let mut view = View::from(app);
        if let Some(new) = body.0.roles {
            let mut made = Vec::new();
            for role in new {
                made.push(roles::create(&mut work, &id, by, role.into()).await?.into());
            }
            view.roles = Some(made);
        }
        if let Some(owner) = owner {
            let owner = users::create(&mut work, &id, by, owner.user, hash).await;
            view.owner = Some(owner.map_err(|error| under("owner", error))?.into());
        }
        Ok(request.answer(work, view).await?)
    }

    /// List Apps
    ///
    /// Newest first. Needs `apps:list`, which only a key of the whole instance can hold.
    #[oai(path = "/apps", method = "get", operation_id = "list_apps")]
    async fn list(
        &self,
        caller: Authenticated,
        status: Query<Option<AppStatus>>,
        limit: Query<Limit>,
        cursor: Query<CursorText>,
    ) -> Answered<Answer<Page<View>>> {
        caller.0.require_instance(APPS_LIST)?;
        let scope = format!("apps?status={:?}", status.0);
        let list = Listing::new(&self.0, scope, limit.0, &cursor.0)?;
        let mut conn = self.0.db.read().await?;
        let status = status.0.map(Status::from);
        let rows = super::list(&mut conn, status, list.before(), list.most()).await?;
        Ok(Answer(
            list.page(rows, |app| app.id.to_string()).map(View::from),
        ))
    }

    /// Get an App
    ///
    /// By its name or its id. Needs `app:read`.
    #[oai(path = "/apps/:app", method = "get", operation_id = "get_app")]
    async fn get(&self, caller: Authenticated, app: Path<Reference>) -> Answered<Answer<View>> {
        let mut conn = self.0.db.read().await?;
        let app = caller.0.enter(&mut conn, &app.0.0, APP_READ).await?;
        Ok(Answer(app.into()))
    }

    /// Change an App
    ///
    /// `status` suspends it, archives it, or restores it; the tokens issued before stay refused.
    /// Needs `app:write`.
    #[oai(path = "/apps/:app", method = "patch", operation_id = "update_app")]
    async fn update(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        body: Body<Patch>,
    ) -> Answered<Answer<View>> {
        let patch = body.0;
        let mut wrong = Invalid::new();
        Metadata::check(patch.metadata.as_ref(), "metadata", &mut wrong);
        wrong.into_result()?;
        let changes = Changes {
            display_name: patch.display_name.map(|name| name.0),
            status: patch.status.map(Status::from),
            metadata: patch.metadata.map(|metadata| metadata.0),
            settings: patch
                .settings
                .map(SettingsChanges::from)
                .unwrap_or_default(),
        };
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, APP_WRITE).await?;
        let app = super::update(&mut work, &app, changes).await?;
        work.commit().await?;
        Ok(Answer(app.into()))
    }

    /// Archive an App
    ///
    /// Nobody signs in any more and every token is refused; nothing is lost, and a PATCH of its
    /// `status` brings it back. Its name stays taken. Needs `app:write`.
    #[oai(path = "/apps/:app", method = "delete", operation_id = "archive_app")]
    async fn archive(&self, caller: Authenticated, app: Path<Reference>) -> Answered<Done> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, APP_WRITE).await?;
        super::archive(&mut work, &app).await?;
        work.commit().await?;
        Ok(Done)
    }
}

/// What a request to create an App comes to, with all that only a human rule finds wrong in it.
fn parts(new: New) -> Result<(NewApp, Option<users::http::Checked>), crate::http::ApiError> {
    let mut wrong = Invalid::new();
    let mut settings = Settings::default();
    let changed = new
        .settings
        .map(SettingsChanges::from)
        .unwrap_or_default()
        .apply(&mut settings);
    if let Err(crate::error::Refusal::Invalid(found)) = changed {
        for Wrong { field, reason } in found {
            wrong.add(field, reason);
        }
    }
    Metadata::check(new.metadata.as_ref(), "metadata", &mut wrong);
    let owner = new
        .owner
        .map(|owner| owner.check("owner.", settings.password_min_length, &mut wrong));
    wrong.into_result()?;
    let app = NewApp {
        name: new.name.0,
        display_name: new.display_name.map(|name| name.0),
        metadata: new.metadata.map(|metadata| metadata.0).unwrap_or_default(),
        settings,
    };
    Ok((app, owner))
}

/// Names the fields of a refusal by their path from further up.
fn under(place: &str, error: crate::error::Error) -> crate::error::Error {
    use crate::error::{Error, Refusal};
    match error {
        Error::Refused(Refusal::Invalid(wrong)) => Refusal::Invalid(
            wrong
                .into_iter()
                .map(|w| Wrong::new(format!("{place}.{}", w.field), w.reason))
                .collect(),
        )
        .into(),
        other => other,
    }
}

//! Apps: the tenants.

pub mod http;
mod model;
mod sql;

pub use model::{Changes, NewApp, Settings, SettingsChanges, Status};
pub use sql::{AppRow as App, find, find_by_name_or_id, hold, list, lock};

use crate::app::Work;
use crate::error::{Refusal, Result};
use crate::events::{Kind, New};
use crate::kernel::ids::AppId;
use crate::revocations;

/// Creates an App. The name is its own for ever, also after it is archived.
pub async fn create(work: &mut Work, new: NewApp) -> Result<App> {
    let app = App {
        id: AppId::new(work.at, work.random()),
        display_name: new.display_name.unwrap_or_else(|| new.name.clone()),
        name: new.name,
        status: Status::Active,
        metadata: new.metadata.into(),
        settings: new.settings.into(),
        tokens_not_before_us: 0,
        created_at: work.at,
        updated_at: work.at,
    };
    if !sql::insert(&mut work.tx, &app).await? {
        return Err(Refusal::Taken { field: "name" }.into());
    }
    work.tx.enter(&app.id).await?;
    let event = New::of(Kind::AppCreated, "app", &app.id).data("name", &app.name);
    work.record(&app.id, event).await?;
    Ok(app)
}

/// Changes an App; its new state.
pub async fn update(work: &mut Work, app: &App, changes: Changes) -> Result<App> {
    let mut app = sql::lock(&mut work.tx, &app.id)
        .await?
        .ok_or(Refusal::NotFound)?;
    let before = app.status;
    changes.apply(&mut app)?;
    app.updated_at = work.at;
    let kind = match (before, app.status) {
        (before, after) if before == after => Kind::AppUpdated,
        (_, Status::Active) => Kind::AppRestored,
        (_, Status::Suspended) => Kind::AppSuspended,
        (_, Status::Archived) => Kind::AppArchived,
    };
    store(work, app, kind).await
}

/// Archives an App; doing it again changes nothing.
pub async fn archive(work: &mut Work, app: &App) -> Result<()> {
    let mut app = sql::lock(&mut work.tx, &app.id)
        .await?
        .ok_or(Refusal::NotFound)?;
    if app.status == Status::Archived {
        return Ok(());
    }
    app.status = Status::Archived;
    app.updated_at = work.at;
    store(work, app, Kind::AppArchived).await?;
    Ok(())
}

async fn store(work: &mut Work, mut app: App, kind: Kind) -> Result<App> {
    let mut event = New::of(kind, "app", &app.id).data("name", &app.name);
    if matches!(kind, Kind::AppSuspended | Kind::AppArchived) {
        // The App is locked only now: whoever signed in until then has a token from until then, by
        // the clock of the node that issued it, which may be ahead of this one's.
        let now = work.heimdall().clock.now().micros();
        let last_token = sql::last_token(&mut work.tx, &app.id).await?;
        app.tokens_not_before_us = now.max(last_token + 1);
        let not_before_us = app.tokens_not_before_us;
        let revoked = revocations::issued_before("app", &app.id, not_before_us, "revoked");
        event = event.revokes([revoked]);
    }
    sql::update(&mut work.tx, &app).await?;
    work.record(&app.id, event).await?;
    Ok(app)
}

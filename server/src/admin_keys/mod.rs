//! Admin keys: what the customer's backend calls with.

pub mod http;
mod sql;

use serde::{Deserialize, Serialize};

pub use sql::{AdminKeyRow as AdminKey, find, find_by_secret, list, note_use};

use crate::app::Work;
use crate::error::{Refusal, Result};
use crate::events::{Kind, New};
use crate::kernel::ids::{AdminKeyId, AppId};
use crate::kernel::{Secret, Timestamp};
use crate::permissions::{Grants, INSTANCE_ONLY, Permission, Permissions};

/// What an admin key begins with.
pub const PREFIX: &str = "hdk_";

/// The name of the key that `HEIMDALL_ADMIN_KEY` gives, or the first start makes.
pub const FIRST: &str = "first admin key";

/// What a key holds, as it is stored: `["*"]`, or permissions.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Held(Vec<String>);

impl Held {
    pub fn all() -> Self {
        Self(vec!["*".into()])
    }

    pub fn only(permissions: &Permissions) -> Self {
        Self(permissions.iter().map(ToString::to_string).collect())
    }

    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// What it comes to. A key of one App holds nothing that is the instance's, not even by `*`:
    /// see [`crate::http::Caller::require_instance`].
    pub fn grants(&self) -> Grants {
        if self.0.iter().any(|name| name == "*") {
            return Grants::All;
        }
        Grants::Only(
            self.0
                .iter()
                .filter_map(|name| Permission::parse(name))
                .collect(),
        )
    }
}

/// A key that is to be created.
#[derive(Clone, Debug)]
pub struct NewAdminKey {
    pub name: String,
    pub app: Option<AppId>,
    pub held: Held,
    pub expires_at: Option<Timestamp>,
}

/// Creates a key out of what the caller holds.
pub async fn create(work: &mut Work, by: &Grants, new: NewAdminKey) -> Result<(AdminKey, Secret)> {
    match (by, new.held.grants()) {
        (Grants::All, _) => {}
        (Grants::Only(held), Grants::All) => {
            let lacks = crate::permissions::API
                .iter()
                .filter_map(|name| Permission::parse(name));
            let lacks = lacks
                .filter(|permission| !held.contains(permission))
                .collect();
            return Err(Refusal::PermissionDenied(lacks).into());
        }
        (by, Grants::Only(given)) => by.require_all(&given)?,
    }
    if new.app.is_some()
        && let Some(name) = new
            .held
            .names()
            .iter()
            .find(|name| INSTANCE_ONLY.contains(&name.as_str()))
    {
        let why = format!("{name} can be held only by a key of the whole instance");
        return Err(Refusal::invalid("permissions", why).into());
    }
    let secret = work.random().secret(PREFIX);
    let key = insert(work, new, &secret).await?;
    Ok((key, secret))
}

async fn insert(work: &mut Work, new: NewAdminKey, secret: &Secret) -> Result<AdminKey> {
    let key = AdminKey {
        id: AdminKeyId::new(work.at, work.random()),
        name: new.name,
        digest: secret.digest().to_vec(),
        app_id: new.app,
        permissions: new.held.into(),
        expires_at: new.expires_at,
        last_used_at: None,
        revoked_at: None,
        created_at: work.at,
    };
    sql::insert(&mut work.tx, &key).await?;
    let event = New::of(Kind::AdminKeyCreated, "admin_key", &key.id)
        .data("name", &key.name)
        .data("app", &key.app_id)
        .data("permissions", key.permissions.names());
    work.record_instance(event).await?;
    Ok(key)
}

/// Revokes a key at once; one that is revoked stays so.
pub async fn revoke(work: &mut Work, id: &AdminKeyId) -> Result<()> {
    match sql::revoke(&mut work.tx, id, work.at).await? {
        sql::Revoked::Now => {
            let event = New::of(Kind::AdminKeyRevoked, "admin_key", id);
            work.record_instance(event).await?;
            Ok(())
        }
        sql::Revoked::Before => Ok(()),
        sql::Revoked::Unknown => Err(Refusal::NotFound.into()),
    }
}

/// Makes the first key where there is none, or takes the one that the settings give. The secret,
/// when it was made here and is to be shown.
pub async fn ensure_first(work: &mut Work, given: Option<&Secret>) -> Result<Option<Secret>> {
    let keys = list(&mut work.tx, None, 1000).await?;
    let first = NewAdminKey {
        name: FIRST.into(),
        app: None,
        held: Held::all(),
        expires_at: None,
    };
    let Some(given) = given else {
        if !keys.is_empty() {
            return Ok(None);
        }
        return Ok(Some(create(work, &Grants::All, first).await?.1));
    };
    let in_force = |key: &&AdminKey| key.name == FIRST && key.revoked_at.is_none();
    let before: Vec<_> = keys.iter().filter(in_force).collect();
    if before.iter().any(|key| given.matches(&key.digest)) {
        return Ok(None);
    }
    // Another key than last time: that one is not in force any more.
    for key in before {
        revoke(work, &key.id).await?;
    }
    if find_by_secret(&mut work.tx, given).await?.is_none() {
        insert(work, first, given).await?;
    }
    Ok(None)
}

//! Service credentials: what a program signs in with (OAuth 2.0 `client_credentials`).
//!
//! A credential has one or two secrets. Two, so that one can be exchanged without an outage: make a
//! second, roll it out, see by its `last_used_at` that the first is unused, drop it.

pub mod http;
mod model;
mod sql;

pub use model::{Changes, NewCredential, Status};
pub use sql::{
    CredentialRow as Credential, SecretRow, find, find_by_client, list, secrets, stamp_token,
};

use crate::app::Work;
use crate::error::{Refusal, Result};
use crate::events::{Kind, New, Revoked};
use crate::kernel::Secret;
use crate::kernel::ids::{AppId, ClientId, CredentialId, SecretId};
use crate::permissions::Grants;
use crate::revocations;

/// Live secrets at the most.
const MAX_SECRETS: usize = 2;

/// What a secret begins with.
pub const SECRET_PREFIX: &str = "hds_";

/// Creates a credential and its first secret, out of permissions that the caller holds.
pub async fn create(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    new: NewCredential,
) -> Result<(Credential, Secret)> {
    by.require_all(&new.permissions)?;
    let credential = Credential {
        app_id: app.clone(),
        id: CredentialId::new(work.at, work.random()),
        client_id: ClientId::new(work.at, work.random()),
        name: new.name,
        permissions: new.permissions.into(),
        status: Status::Active,
        last_used_at: None,
        tokens_not_before_us: 0,
        expires_at: new.expires_at,
        created_at: work.at,
        updated_at: work.at,
    };
    sql::insert(&mut work.tx, &credential).await?;
    let (_, secret) = add_secret(work, &credential).await?;
    work.record(app, event(Kind::CredentialCreated, &credential))
        .await?;
    Ok((credential, secret))
}

/// Changes a credential. The caller must hold what it has and what it gets.
pub async fn update(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    client: &str,
    changes: Changes,
) -> Result<Credential> {
    let mut credential = lock_within(work, app, by, client).await?;
    refuse_revoked(&credential)?;
    if let Some(permissions) = &changes.permissions {
        by.require_all(permissions)?;
    }
    let before = credential.permissions.clone();
    changes.apply(&mut credential);
    credential.updated_at = work.at;
    sql::update(&mut work.tx, &credential).await?;
    let mut event = event(Kind::CredentialUpdated, &credential);
    if before.0 != credential.permissions.0 {
        event = event.revokes([refuse_tokens(work, &credential, "stale").await?]);
    }
    work.record(app, event).await?;
    Ok(credential)
}

/// Revokes a credential, and with it every token it was given; doing it again changes nothing.
pub async fn revoke(work: &mut Work, app: &AppId, by: &Grants, client: &str) -> Result<()> {
    let mut credential = lock_within(work, app, by, client).await?;
    if credential.status == Status::Revoked {
        return Ok(());
    }
    credential.status = Status::Revoked;
    credential.updated_at = work.at;
    sql::update(&mut work.tx, &credential).await?;
    sql::delete_secrets(&mut work.tx, app, &credential.id).await?;
    let revoked = refuse_tokens(work, &credential, "revoked").await?;
    let event = event(Kind::CredentialRevoked, &credential).revokes([revoked]);
    work.record(app, event).await?;
    Ok(())
}

/// Makes the second secret.
pub async fn create_secret(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    client: &str,
) -> Result<(SecretRow, Secret)> {
    let credential = lock_within(work, app, by, client).await?;
    refuse_revoked(&credential)?;
    if secrets(&mut work.tx, app, &credential.id).await?.len() >= MAX_SECRETS {
        let why = "there are two live secrets already; delete the one that is no longer used";
        return Err(Refusal::Conflict(why).into());
    }
    let made = add_secret(work, &credential).await?;
    let event = event(Kind::CredentialUpdated, &credential).data("secret_added", &made.0.id);
    work.record(app, event).await?;
    Ok(made)
}

/// Deletes a secret, but never the last: a credential without one is to be revoked.
pub async fn delete_secret(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    client: &str,
    secret: &SecretId,
) -> Result<()> {
    let credential = lock_within(work, app, by, client).await?;
    let live = secrets(&mut work.tx, app, &credential.id).await?;
    if !live.iter().any(|other| other.id == *secret) {
        return Err(Refusal::NotFound.into());
    }
    if live.len() == 1 {
        let why =
            "it is the last secret of the credential; make another first, or revoke the credential";
        return Err(Refusal::Conflict(why).into());
    }
    sql::delete_secret(&mut work.tx, app, &credential.id, secret).await?;
    let event = event(Kind::CredentialUpdated, &credential).data("secret_deleted", secret);
    work.record(app, event).await?;
    Ok(())
}

/// The credential that this id and secret are right for, and notes the use of both. All the ways
/// to be wrong are one.
pub async fn authenticate(
    work: &mut Work,
    app: &AppId,
    client: &str,
    secret: &Secret,
) -> Result<Credential> {
    let credential = sql::lock(&mut work.tx, app, client).await?;
    let credential = credential.ok_or(Refusal::InvalidCredentials)?;
    let live = secrets(&mut work.tx, app, &credential.id).await?;
    let used = live.iter().find(|live| secret.matches(&live.digest));
    let used = used.ok_or(Refusal::InvalidCredentials)?;
    let expired = credential.expires_at.is_some_and(|at| at <= work.at);
    if credential.status != Status::Active || expired {
        return Err(Refusal::InvalidCredentials.into());
    }
    sql::note_use(&mut work.tx, app, &credential.id, &used.id, work.at).await?;
    Ok(credential)
}

async fn lock_within(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    client: &str,
) -> Result<Credential> {
    let credential = sql::lock(&mut work.tx, app, client)
        .await?
        .ok_or(Refusal::NotFound)?;
    by.require_all(credential.permissions.iter())?;
    Ok(credential)
}

fn refuse_revoked(credential: &Credential) -> Result<(), Refusal> {
    match credential.status {
        Status::Active => Ok(()),
        Status::Revoked => Err(Refusal::Conflict("the credential is revoked")),
    }
}

async fn add_secret(work: &mut Work, credential: &Credential) -> Result<(SecretRow, Secret)> {
    let secret = work.random().secret(SECRET_PREFIX);
    let row = SecretRow {
        id: SecretId::new(work.at, work.random()),
        digest: secret.digest().to_vec(),
        last_used_at: None,
        created_at: work.at,
    };
    sql::insert_secret(&mut work.tx, credential, &row).await?;
    Ok((row, secret))
}

async fn refuse_tokens(work: &mut Work, credential: &Credential, reason: &str) -> Result<Revoked> {
    let at = work.at.micros();
    let not_before_us =
        sql::refuse_tokens(&mut work.tx, &credential.app_id, &credential.id, at).await?;
    let client = &credential.client_id;
    Ok(revocations::issued_before(
        "credential",
        client,
        not_before_us,
        reason,
    ))
}

fn event(kind: Kind, credential: &Credential) -> New {
    New::of(kind, "credential", &credential.id)
        .data("credential_id", &credential.id)
        .data("client_id", &credential.client_id)
        .data("name", &credential.name)
}

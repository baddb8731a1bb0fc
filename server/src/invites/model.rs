//! What an invite is.

use std::time::Duration;

use super::Invite;
use crate::admin_keys;
use crate::credentials;
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::Timestamp;
use crate::kernel::ids::{AdminKeyId, AppId, UserId};
use crate::permissions::Grants;
use crate::roles;
use crate::users;

/// An invite that is to be created.
#[derive(Clone, Debug)]
pub struct NewInvite {
    /// Nothing: an open link, and the invitee supplies one.
    pub email: Option<String>,
    pub roles: Vec<String>,
    /// Where the roles were given: `role` or `roles`.
    pub roles_field: &'static str,
    pub expires_in: Duration,
    pub max_uses: u32,
}

/// Where an invite is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Pending,
    /// All its uses are taken.
    Accepted,
    Expired,
    Revoked,
}

impl Invite {
    pub fn status(&self, now: Timestamp) -> Status {
        if self.revoked_at.is_some() {
            Status::Revoked
        } else if self.uses >= self.max_uses {
            Status::Accepted
        } else if self.expires_at <= now {
            Status::Expired
        } else {
            Status::Pending
        }
    }

    pub fn inviter(&self) -> Inviter<'_> {
        Inviter {
            kind: &self.invited_by_type,
            id: &self.invited_by_id,
        }
    }
}

/// Who invited.
#[derive(Clone, Copy, Debug)]
pub struct Inviter<'i> {
    kind: &'i str,
    id: &'i str,
}

impl Inviter<'_> {
    /// What they may give by now; nothing when they may not call any more at all.
    pub async fn grants_now(
        &self,
        conn: &mut Conn,
        app: &AppId,
        now: Timestamp,
    ) -> Result<Option<Grants>> {
        match self.kind {
            "user" => {
                let Some(id) = UserId::parse(self.id) else {
                    return Ok(None);
                };
                let user = users::find(conn, app, &id).await?;
                if user.is_none_or(|user| user.status != users::Status::Active) {
                    return Ok(None);
                }
                Ok(Some(Grants::Only(
                    roles::permissions_of_user(conn, app, &id).await?,
                )))
            }
            "service" => {
                let credential = credentials::find(conn, app, self.id).await?;
                let good = credential.filter(|credential| {
                    let expired = credential.expires_at.is_some_and(|at| at <= now);
                    credential.status == credentials::Status::Active && !expired
                });
                Ok(good.map(|credential| Grants::Only(credential.permissions.0)))
            }
            "admin_key" => {
                let Some(id) = AdminKeyId::parse(self.id) else {
                    return Ok(None);
                };
                let key = admin_keys::find(conn, &id).await?;
                let good = key.filter(|key| {
                    key.revoked_at.is_none() && key.expires_at.is_none_or(|at| at > now)
                });
                Ok(good.map(|key| key.permissions.grants()))
            }
            _ => Ok(None),
        }
    }
}

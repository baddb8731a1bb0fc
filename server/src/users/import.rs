//! Users who come from elsewhere, with the password hashes they have.
//!
//! Each row is its own: one that is refused is told why and leaves nothing, and the others come in.

use super::{Member, NewUser};
use crate::app::Work;
use crate::error::{Error, Refusal, Result};
use crate::kernel::ids::AppId;
use crate::permissions::Grants;

/// A user to be imported, or what is wrong with them already.
#[derive(Debug)]
pub struct Row {
    pub user: Result<NewUser, Refusal>,
    pub password_hash: Option<String>,
}

/// Imports each row; what came of it, in the same order.
pub async fn import(
    work: &mut Work,
    app: &AppId,
    by: &Grants,
    rows: Vec<Row>,
) -> Result<Vec<Result<Member, Refusal>>> {
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        let outcome = match row.user {
            Ok(user) => match super::create(work, app, by, user, row.password_hash).await {
                Ok(member) => Ok(member),
                Err(Error::Refused(refusal)) => Err(refusal),
                Err(failed) => return Err(failed),
            },
            Err(refusal) => Err(refusal),
        };
        outcomes.push(outcome);
    }
    Ok(outcomes)
}

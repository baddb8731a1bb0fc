//! What the API promises of importing users.

use poem_openapi::param::{Header, Path};
use poem_openapi::{Enum, Object, OpenApi};

use super::{View, check_email};
use crate::api::Tag;
use crate::app::Heimdall;
use crate::error::Refusal;
use crate::http::code::Code;
use crate::http::error_body::ErrorDetail;
use crate::http::metadata::Metadata;
use crate::http::text::{DisplayName, EmailAddress, KeyText, Reference, SecretText};
use crate::http::{Answered, ApiError, Authenticated, Body, Invalid, Kept, Repeatable};
use crate::passwords;
use crate::permissions::USERS_WRITE;
use crate::users::import::{Row, import};
use crate::users::{Member, NewUser};

/// A user to be imported.
#[derive(Clone, Debug, Object)]
#[oai(rename = "ImportUser", deny_unknown_fields)]
pub struct ImportUser {
    email: EmailAddress,
    email_verified: Option<bool>,
    display_name: Option<DisplayName>,
    /// By argon2, bcrypt, scrypt or pbkdf2, in PHC or modular crypt form; replaced at the next login.
    password_hash: Option<SecretText>,
    /// One role, by its name or its id; or else `roles`.
    role: Option<Reference>,
    #[oai(validator(max_items = 100))]
    roles: Option<Vec<Reference>>,
    metadata: Option<Metadata>,
}

impl From<ImportUser> for Row {
    fn from(user: ImportUser) -> Self {
        let mut wrong = Invalid::new();
        check_email(&user.email, "email", &mut wrong);
        Metadata::check(user.metadata.as_ref(), "metadata", &mut wrong);
        let one = user.role.is_none() || user.roles.is_none();
        wrong.check(one, "roles", "can't be given beside role");
        let password_hash = user.password_hash.map(|hash| hash.0);
        if let Some(Err(reason)) = password_hash.as_deref().map(passwords::check_imported) {
            wrong.add("password_hash", reason);
        }
        let roles_field = if user.role.is_some() { "role" } else { "roles" };
        let roles = user.role.into_iter().chain(user.roles.unwrap_or_default());
        let new = NewUser {
            email: user.email.0,
            email_verified: user.email_verified.unwrap_or(false),
            display_name: user.display_name.map(|name| name.0),
            roles: roles.map(|role| role.0).collect(),
            roles_field,
            metadata: user.metadata.map(|metadata| metadata.0).unwrap_or_default(),
        };
        Self {
            user: if wrong.is_empty() {
                Ok(new)
            } else {
                Err(Refusal::Invalid(wrong.into_inner()))
            },
            password_hash,
        }
    }
}

/// Users to be imported.
#[derive(Clone, Debug, Object)]
#[oai(rename = "UserImport", deny_unknown_fields)]
pub struct Import {
    #[oai(validator(min_items = 1, max_items = 1000))]
    users: Vec<ImportUser>,
}

/// What came of one row.
#[derive(Debug, Object)]
#[oai(rename = "ImportRow", skip_serializing_if_is_none)]
pub struct ImportRow {
    /// Its place in the request, from 0.
    index: u64,
    status: ImportStatus,
    user: Option<View>,
    error: Option<RowError>,
}

/// Whether a row came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub enum ImportStatus {
    Created,
    Failed,
}

/// Why a row did not come in.
#[derive(Debug, Object)]
#[oai(rename = "ImportRowError")]
pub struct RowError {
    code: Code,
    message: String,
    details: Vec<ErrorDetail>,
}

/// What came of each row, in order.
#[derive(Debug, Object)]
#[oai(rename = "ImportResult")]
pub struct Imported {
    data: Vec<ImportRow>,
}

impl ImportRow {
    fn new(index: usize, outcome: Result<Member, Refusal>) -> Self {
        let index = index as u64;
        match outcome {
            Ok(member) => Self {
                index,
                status: ImportStatus::Created,
                user: Some(member.into()),
                error: None,
            },
            Err(refusal) => {
                let error = ApiError::from(refusal);
                let error = RowError {
                    code: error.code,
                    message: error.message.to_string(),
                    details: error.details.iter().map(ErrorDetail::from).collect(),
                };
                Self {
                    index,
                    status: ImportStatus::Failed,
                    user: None,
                    error: Some(error),
                }
            }
        }
    }
}

#[derive(Debug)]
pub struct ImportApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1/apps", tag = "Tag::Users")]
impl ImportApi {
    /// Import users
    ///
    /// Up to 1,000 with the password hashes they have. Each row is told what came of it; one that is refused keeps no other
    /// out. Needs `users:write`, and every permission that the roles give.
    #[oai(
        path = "/:app/users/import",
        method = "post",
        operation_id = "import_users"
    )]
    async fn import(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<KeyText>>,
        body: Body<Import>,
    ) -> Answered<Kept<Imported>> {
        let request = Repeatable::new(caller.0.name(), key.0, &["import_users", &app.0.0], &body.0);
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, USERS_WRITE).await?;
        if let Some(answer) = request.answered(&mut work).await? {
            return Ok(answer);
        }
        let rows = body.0.users.into_iter().map(Row::from).collect();
        let outcomes = import(&mut work, &app.id, caller.0.grants(), rows).await?;
        let data = outcomes
            .into_iter()
            .enumerate()
            .map(|(index, outcome)| ImportRow::new(index, outcome));
        let imported = Imported {
            data: data.collect(),
        };
        Ok(request.answer(work, imported).await?)
    }
}

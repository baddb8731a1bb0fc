//! What the API promises of admin keys.

use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi};

use super::{AdminKey, Held, NewAdminKey};
use crate::api::Tag;
use crate::app::Heimdall;
use crate::apps;
use crate::error::Refusal;
use crate::http::text::{DisplayName, KeyText, Reference, SearchText};
use crate::http::{
    Answer, Answered, Authenticated, Body, CursorText, Done, Invalid, Kept, Limit, Listing, Page,
    Repeatable,
};
use crate::kernel::Timestamp;
use crate::kernel::ids::AdminKeyId;
use crate::permissions::{ADMIN_KEYS_WRITE, Permission};

/// A key for the customer's backend.
#[derive(Debug, Object)]
#[oai(rename = "AdminKey", skip_serializing_if_is_none)]
pub struct View {
    pub id: String,
    pub name: String,
    /// The key itself; only in the answer to the request that made it.
    pub key: Option<String>,
    /// The App it is bound to; absent for a key of the whole instance.
    pub app_id: Option<String>,
    /// `*` alone, or permissions.
    pub permissions: Vec<String>,
    pub expires_at: Option<Timestamp>,
    /// To the minute.
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl From<AdminKey> for View {
    fn from(key: AdminKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            key: None,
            app_id: key.app_id.map(|app| app.to_string()),
            permissions: key.permissions.names().to_vec(),
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
            created_at: key.created_at,
        }
    }
}

/// A key to be created.
#[derive(Clone, Debug, Object)]
#[oai(rename = "NewAdminKey", deny_unknown_fields)]
pub struct New {
    name: DisplayName,
    /// The App to bind it to, by its name or its id; the whole instance when left out.
    app: Option<Reference>,
    /// `["*"]`, or permissions. The caller must hold each of them.
    #[oai(validator(min_items = 1, max_items = 1000))]
    permissions: Vec<SearchText>,
    /// Never when left out.
    expires_at: Option<Timestamp>,
}

impl New {
    fn held(&self) -> Result<Held, crate::http::ApiError> {
        if self.permissions.iter().any(|name| name.0 == "*") {
            let mut wrong = Invalid::new();
            wrong.check(
                self.permissions.len() == 1,
                "permissions",
                "must be * alone, or permissions",
            );
            wrong.into_result()?;
            return Ok(Held::all());
        }
        let mut wrong = Invalid::new();
        let mut held = crate::permissions::Permissions::new();
        for (place, name) in self.permissions.iter().enumerate() {
            match Permission::parse(&name.0) {
                Some(permission) => {
                    held.insert(permission);
                }
                None => wrong.add(
                    format!("permissions[{place}]"),
                    "must be a permission such as users:read, or * alone",
                ),
            }
        }
        wrong.into_result()?;
        Ok(Held::only(&held))
    }
}

#[derive(Debug)]
pub struct AdminKeysApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1/admin-keys", tag = "Tag::AdminKeys")]
impl AdminKeysApi {
    /// Create an admin key
    ///
    /// Shown once. Needs `admin_keys:write`, which only a key of the whole instance can hold, and
    /// every permission that it gives.
    #[oai(path = "/", method = "post", operation_id = "create_admin_key")]
    async fn create(
        &self,
        caller: Authenticated,
        #[oai(name = "Idempotency-Key")] key: Header<Option<KeyText>>,
        body: Body<New>,
    ) -> Answered<Kept<View>> {
        caller.0.require_instance(ADMIN_KEYS_WRITE)?;
        let request = Repeatable::new(caller.0.name(), key.0, &["create_admin_key"], &body.0);
        let held = body.0.held()?;
        let mut work = caller.0.begin_instance(&self.0).await?;
        if let Some(answer) = request.answered(&mut work).await? {
            return Ok(answer);
        }
        if body.0.expires_at.is_some_and(|at| at <= work.at) {
            return Err(Refusal::invalid("expires_at", "must be in the future").into());
        }
        let app = match &body.0.app {
            Some(app) => {
                let found = apps::find_by_name_or_id(&mut work.tx, &app.0).await?;
                Some(
                    found
                        .ok_or_else(|| Refusal::invalid("app", "there is no such App"))?
                        .id,
                )
            }
            None => None,
        };
        let new = NewAdminKey {
            name: body.0.name.0,
            app,
            held,
            expires_at: body.0.expires_at,
        };
        let (made, secret) = super::create(&mut work, caller.0.grants(), new).await?;
        let mut view = View::from(made);
        view.key = Some(secret.expose().to_owned());
        Ok(request.answer(work, view).await?)
    }

    /// List admin keys
    ///
    /// Newest first, the revoked ones too. Needs `admin_keys:write`.
    #[oai(path = "/", method = "get", operation_id = "list_admin_keys")]
    async fn list(
        &self,
        caller: Authenticated,
        limit: Query<Limit>,
        cursor: Query<CursorText>,
    ) -> Answered<Answer<Page<View>>> {
        caller.0.require_instance(ADMIN_KEYS_WRITE)?;
        let list = Listing::new(&self.0, "admin-keys".into(), limit.0, &cursor.0)?;
        let mut conn = self.0.db.read().await?;
        let rows = super::list(&mut conn, list.before(), list.most()).await?;
        Ok(Answer(
            list.page(rows, |key| key.id.to_string()).map(View::from),
        ))
    }

    /// Revoke an admin key
    ///
    /// At once. Needs `admin_keys:write`.
    #[oai(path = "/:key", method = "delete", operation_id = "revoke_admin_key")]
    async fn revoke(&self, caller: Authenticated, key: Path<Reference>) -> Answered<Done> {
        caller.0.require_instance(ADMIN_KEYS_WRITE)?;
        let key = AdminKeyId::parse(&key.0.0).ok_or(Refusal::NotFound)?;
        let mut work = caller.0.begin_instance(&self.0).await?;
        super::revoke(&mut work, &key).await?;
        work.commit().await?;
        Ok(Done)
    }
}

//! What the API promises of service credentials.

use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::MaybeUndefined;
use poem_openapi::{Enum, Object, OpenApi};

use super::{Changes, Credential, NewCredential, SecretRow, Status};
use crate::api::Tag;
use crate::app::Heimdall;
use crate::apps::http::change;
use crate::db::Conn;
use crate::error::{Refusal, Result};
use crate::http::text::{DisplayName, KeyText, PermissionName, Reference};
use crate::http::{
    Answer, Answered, Authenticated, Body, CursorText, Done, Invalid, Kept, Limit, Listing, Page,
    Repeatable,
};
use crate::kernel::ids::SecretId;
use crate::kernel::{Secret, Timestamp};
use crate::permissions::{CREDENTIALS_READ, CREDENTIALS_WRITE};
use crate::roles::http::permissions;

/// What a service signs in with.
#[derive(Debug, Object)]
#[oai(rename = "Credential", skip_serializing_if_is_none)]
pub struct View {
    pub id: String,
    pub app_id: String,
    /// The public half.
    pub client_id: String,
    /// The secret half; only in the answer to the request that made it.
    pub client_secret: Option<String>,
    pub name: String,
    pub permissions: Vec<String>,
    pub status: CredentialStatus,
    /// The live secrets, oldest first; two at the most.
    pub secrets: Vec<SecretView>,
    pub last_used_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl View {
    fn new(credential: Credential, secrets: Vec<SecretRow>) -> Self {
        Self {
            id: credential.id.to_string(),
            app_id: credential.app_id.to_string(),
            client_id: credential.client_id.to_string(),
            client_secret: None,
            name: credential.name,
            permissions: credential
                .permissions
                .iter()
                .map(ToString::to_string)
                .collect(),
            status: credential.status.into(),
            secrets: secrets.into_iter().map(SecretView::from).collect(),
            last_used_at: credential.last_used_at,
            expires_at: credential.expires_at,
            created_at: credential.created_at,
            updated_at: credential.updated_at,
        }
    }

    async fn load(conn: &mut Conn, credential: Credential) -> Result<Self> {
        let secrets = super::secrets(conn, &credential.app_id, &credential.id).await?;
        Ok(Self::new(credential, secrets))
    }
}

/// A credential is of use until it is revoked.
#[derive(Clone, Copy, Debug, Enum)]
#[oai(rename_all = "snake_case")]
pub enum CredentialStatus {
    Active,
    Revoked,
}

impl From<Status> for CredentialStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Revoked => Self::Revoked,
        }
    }
}

/// One secret of a credential.
#[derive(Debug, Object)]
#[oai(rename = "ClientSecret", skip_serializing_if_is_none)]
pub struct SecretView {
    pub id: String,
    /// Only in the answer to the request that made it.
    pub client_secret: Option<String>,
    /// One that is unused can be dropped.
    pub last_used_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl From<SecretRow> for SecretView {
    fn from(secret: SecretRow) -> Self {
        Self {
            id: secret.id.to_string(),
            client_secret: None,
            last_used_at: secret.last_used_at,
            created_at: secret.created_at,
        }
    }
}

impl From<(SecretRow, Secret)> for SecretView {
    fn from((row, secret): (SecretRow, Secret)) -> Self {
        Self {
            client_secret: Some(secret.expose().to_owned()),
            ..row.into()
        }
    }
}

/// A credential to be created.
#[derive(Clone, Debug, Object)]
#[oai(rename = "NewCredential", deny_unknown_fields)]
pub struct New {
    name: DisplayName,
    /// The caller must hold each of them.
    #[oai(validator(max_items = 1000))]
    permissions: Vec<PermissionName>,
    /// Never when left out.
    expires_at: Option<Timestamp>,
}

/// What to change of a credential; what is left out stays.
#[derive(Debug, Object)]
#[oai(rename = "CredentialChanges", deny_unknown_fields)]
pub struct Patch {
    name: Option<DisplayName>,
    #[oai(validator(max_items = 1000))]
    permissions: Option<Vec<PermissionName>>,
    /// `null`: it does not expire.
    #[oai(nullable)]
    expires_at: MaybeUndefined<Timestamp>,
}

#[derive(Debug)]
pub struct CredentialsApi(pub Heimdall);

#[OpenApi(prefix_path = "/v1/apps", tag = "Tag::Credentials")]
impl CredentialsApi {
    /// Create a credential
    ///
    /// The secret is shown once. Needs `credentials:write`, and every permission that it gives.
    #[oai(
        path = "/:app/credentials",
        method = "post",
        operation_id = "create_credential"
    )]
    async fn create(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<KeyText>>,
        body: Body<New>,
    ) -> Answered<Kept<View>> {
        let request = Repeatable::new(
            caller.0.name(),
            key.0,
            &["create_credential", &app.0.0],
            &body.0,
        );
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, CREDENTIALS_WRITE).await?;
        if let Some(answer) = request.answered(&mut work).await? {
            return Ok(answer);
        }
        let new = body.0;
        if new.expires_at.is_some_and(|at| at <= work.at) {
            return Err(Refusal::invalid("expires_at", "must be in the future").into());
        }
        let new = NewCredential {
            name: new.name.0,
            permissions: permissions(new.permissions),
            expires_at: new.expires_at,
        };
        let (credential, secret) =
            super::create(&mut work, &app.id, caller.0.grants(), new).await?;
        let mut view = View::load(&mut work.tx, credential).await?;
        view.client_secret = Some(secret.expose().to_owned());
        Ok(request.answer(work, view).await?)
    }

    /// List credentials
    ///
    /// Newest first, the revoked ones too. Needs `credentials:read`.
    #[oai(
        path = "/:app/credentials",
        method = "get",
        operation_id = "list_credentials"
    )]
    async fn list(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        limit: Query<Limit>,
        cursor: Query<CursorText>,
    ) -> Answered<Answer<Page<View>>> {
        let mut conn = self.0.db.read().await?;
        let app = caller
            .0
            .enter(&mut conn, &app.0.0, CREDENTIALS_READ)
            .await?;
        let list = Listing::new(
            &self.0,
            format!("{}/credentials", app.id),
            limit.0,
            &cursor.0,
        )?;
        let rows = super::list(&mut conn, &app.id, list.before(), list.most()).await?;
        let page = list.page(rows, |credential| credential.id.to_string());
        let mut data = Vec::with_capacity(page.data.len());
        for credential in page.data {
            data.push(View::load(&mut conn, credential).await?);
        }
        Ok(Answer(Page {
            data,
            next_cursor: page.next_cursor,
        }))
    }

    /// Get a credential
    ///
    /// Needs `credentials:read`.
    #[oai(
        path = "/:app/credentials/:client_id",
        method = "get",
        operation_id = "get_credential"
    )]
    async fn get(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        client_id: Path<Reference>,
    ) -> Answered<Answer<View>> {
        let mut conn = self.0.db.read().await?;
        let app = caller
            .0
            .enter(&mut conn, &app.0.0, CREDENTIALS_READ)
            .await?;
        let credential = super::find(&mut conn, &app.id, &client_id.0.0)
            .await?
            .ok_or(Refusal::NotFound)?;
        Ok(Answer(View::load(&mut conn, credential).await?))
    }

    /// Change a credential
    ///
    /// Its tokens become stale when its permissions change. Needs `credentials:write`, and every
    /// permission that it had and has.
    #[oai(
        path = "/:app/credentials/:client_id",
        method = "patch",
        operation_id = "update_credential"
    )]
    async fn update(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        client_id: Path<Reference>,
        body: Body<Patch>,
    ) -> Answered<Answer<View>> {
        let patch = body.0;
        let changes = Changes {
            name: patch.name.map(|name| name.0),
            permissions: patch.permissions.map(permissions),
            expires_at: change(patch.expires_at),
        };
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, CREDENTIALS_WRITE).await?;
        let mut wrong = Invalid::new();
        let past = changes.expires_at.flatten().is_some_and(|at| at <= work.at);
        wrong.check(
            !past,
            "expires_at",
            "must be in the future; to end it now, revoke the credential",
        );
        wrong.into_result()?;
        let credential = super::update(
            &mut work,
            &app.id,
            caller.0.grants(),
            &client_id.0.0,
            changes,
        )
        .await?;
        let view = View::load(&mut work.tx, credential).await?;
        work.commit().await?;
        Ok(Answer(view))
    }

    /// Revoke a credential
    ///
    /// At once, with every token it was given. Needs `credentials:write`, and every permission that
    /// it gives.
    #[oai(
        path = "/:app/credentials/:client_id",
        method = "delete",
        operation_id = "revoke_credential"
    )]
    async fn revoke(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        client_id: Path<Reference>,
    ) -> Answered<Done> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, CREDENTIALS_WRITE).await?;
        super::revoke(&mut work, &app.id, caller.0.grants(), &client_id.0.0).await?;
        work.commit().await?;
        Ok(Done)
    }

    /// Make a second secret
    ///
    /// Shown once; the first goes on working until it is deleted. Needs `credentials:write`, and
    /// every permission that the credential gives.
    #[oai(
        path = "/:app/credentials/:client_id/secrets",
        method = "post",
        operation_id = "create_credential_secret"
    )]
    async fn create_secret(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        client_id: Path<Reference>,
        #[oai(name = "Idempotency-Key")] key: Header<Option<KeyText>>,
    ) -> Answered<Kept<SecretView>> {
        let about = ["create_credential_secret", &app.0.0, &client_id.0.0];
        let request = Repeatable::new(caller.0.name(), key.0, &about, &String::new());
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, CREDENTIALS_WRITE).await?;
        if let Some(answer) = request.answered(&mut work).await? {
            return Ok(answer);
        }
        let made =
            super::create_secret(&mut work, &app.id, caller.0.grants(), &client_id.0.0).await?;
        Ok(request.answer(work, made.into()).await?)
    }

    /// Delete a secret
    ///
    /// Never the last one: revoke the credential instead. Needs `credentials:write`, and every
    /// permission that the credential gives.
    #[oai(
        path = "/:app/credentials/:client_id/secrets/:secret",
        method = "delete",
        operation_id = "delete_credential_secret"
    )]
    async fn delete_secret(
        &self,
        caller: Authenticated,
        app: Path<Reference>,
        client_id: Path<Reference>,
        secret: Path<Reference>,
    ) -> Answered<Done> {
        let (mut work, app) = caller.0.begin(&self.0, &app.0.0, CREDENTIALS_WRITE).await?;
        let secret = SecretId::parse(&secret.0.0).ok_or(Refusal::NotFound)?;
        super::delete_secret(
            &mut work,
            &app.id,
            caller.0.grants(),
            &client_id.0.0,
            &secret,
        )
        .await?;
        work.commit().await?;
        Ok(Done)
    }
}

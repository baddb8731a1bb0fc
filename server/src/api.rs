//! The features joined: one API, one document.

use poem_openapi::{ContactObject, LicenseObject, OpenApi, OpenApiService, ServerObject, Tags};

use crate::app::Heimdall;
use crate::{
    admin_keys, apps, audit, credentials, keys, me, revocations, roles, sessions, tokens, users,
};

/// The groups of the document, in the order of the folders that keep them.
#[derive(Clone, Copy, Debug, Tags)]
pub enum Tag {
    /// Tenants.
    Apps,
    /// Named sets of permissions.
    Roles,
    /// Who signs in.
    Users,
    /// Where users are signed in.
    Sessions,
    /// Access tokens: got, checked, revoked, and the keys that verify them.
    Tokens,
    /// What a local verifier must refuse before it expires.
    Revocations,
    /// What services sign in with.
    Credentials,
    /// Joining an App.
    Invites,
    /// One-time links: password resets, verification of addresses.
    Links,
    /// Telling your systems what happened.
    Webhooks,
    /// What happened.
    Audit,
    /// What a signed-in user may do for themselves.
    Me,
    /// OAuth 2.0, for clients that speak it.
    #[oai(rename = "OAuth")]
    OAuth,
    /// Keys for your backend.
    AdminKeys,
    /// Keys that sign tokens.
    SigningKeys,
}

/// The whole `/v1` API of a server.
pub fn api(heimdall: &Heimdall) -> OpenApiService<impl OpenApi + 'static, ()> {
    let h = || heimdall.clone();
    let apis = (
        (
            apps::http::AppsApi(h()),
            roles::http::RolesApi(h()),
            users::http::UsersApi(h()),
        ),
        (
            sessions::http::SessionsApi(h()),
            tokens::http::TokensApi(h()),
            keys::http::JwksApi(h()),
            revocations::http::RevocationsApi(h()),
        ),
        (
            credentials::http::CredentialsApi(h()),
            audit::http::AuditApi(h()),
            me::http::MeApi(h()),
        ),
        (
            admin_keys::http::AdminKeysApi(h()),
            keys::http::SigningKeysApi(h()),
        ),
    );
    OpenApiService::new(apis, "Heimdall", env!("CARGO_PKG_VERSION"))
        .description(
            "Authentication and authorization for multi-tenant products. Every error has one body; \
             lists come in pages; a POST that creates may carry an `Idempotency-Key`.",
        )
        .contact(
            ContactObject::new()
                .name("Heimdall")
                .url(env!("CARGO_PKG_REPOSITORY")),
        )
        .license(LicenseObject::new("Apache-2.0").identifier("Apache-2.0"))
        .server(ServerObject::new(heimdall.config.public_url.to_string()))
}

/// The document, as it is checked in at `openapi/heimdall.json`.
pub fn document(heimdall: &Heimdall) -> Result<String, serde_json::Error> {
    let document: serde_json::Value = serde_json::from_str(&api(heimdall).spec())?;
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// The document without a server at hand: it is the same for all.
pub async fn document_of_a_fresh_server() -> Result<String, Box<dyn std::error::Error>> {
    use crate::{boot, config::Config, kernel::Clock};
    let folder = std::env::temp_dir().join(format!("heimdall-openapi-{}", std::process::id()));
    let database = (
        "DATABASE_URL".to_owned(),
        format!("sqlite://{}/heimdall.db", folder.display()),
    );
    let heimdall = boot::open(Config::read([database].into(), None)?, Clock::system()).await?;
    let document = document(&heimdall);
    heimdall.db.close().await;
    std::fs::remove_dir_all(&folder)?;
    Ok(document?)
}

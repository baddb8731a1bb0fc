//! The features joined: one API, one document.

use std::collections::BTreeSet;

use poem_openapi::{ContactObject, LicenseObject, OpenApi, OpenApiService, ServerObject, Tags};
use serde_json::{Value, json};

use crate::app::Heimdall;
use crate::http::{form, parameters::Parameters, rate_limit};
use crate::{
    admin_keys, apps, audit, credentials, invites, keys, limits, links, me, oauth, revocations,
    roles, sessions, tokens, users, webhooks,
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

/// The features, each with its operations.
fn features(heimdall: &Heimdall) -> impl OpenApi + 'static {
    let h = || heimdall.clone();
    (
        (
            apps::http::AppsApi(h()),
            roles::http::RolesApi(h()),
            users::http::UsersApi(h()),
            users::http::import::ImportApi(h()),
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
            invites::http::InvitesApi(h()),
            links::http::LinksApi(h()),
        ),
        (
            webhooks::http::WebhooksApi(h()),
            oauth::http::OAuthApi(h()),
            admin_keys::http::AdminKeysApi(h()),
            keys::http::SigningKeysApi(h()),
        ),
    )
}

/// The parameters of every operation, for the layer that checks them.
pub fn parameters(heimdall: &Heimdall) -> Parameters {
    Parameters::of(&features(heimdall))
}

/// The whole `/v1` API of a server.
pub fn api(heimdall: &Heimdall) -> OpenApiService<impl OpenApi + 'static, ()> {
    OpenApiService::new(features(heimdall), "Heimdall", env!("CARGO_PKG_VERSION"))
        .description(
            "Authentication and authorization for multi-tenant products. Every error has one body; \
             lists come in pages; a POST that creates may carry an `Idempotency-Key`. What can be guessed at without a \
             bearer (logins by password, invites, links) is counted by address: at most 30 at once, and one more each second. \
             `RateLimit-Policy` and `RateLimit` say how it stands, and `Retry-After` when to come again; an address of an account \
             that fails too often in a row has to wait as well.",
        )
        .contact(
            ContactObject::new()
                .name("Heimdall")
                .url(env!("CARGO_PKG_REPOSITORY")),
        )
        .license(
            LicenseObject::new("Apache-2.0").url("https://www.apache.org/licenses/LICENSE-2.0"),
        )
        .server(ServerObject::new(heimdall.config.public_url.to_string()))
}

/// The OpenAPI document of a server.
pub fn document(heimdall: &Heimdall) -> Value {
    let mut document: Value = serde_json::from_str(&api(heimdall).spec()).unwrap_or_default();
    close_requests(&mut document);
    tell_of_limits(&mut document);
    say_once(&mut document);
    document
}

/// A reference with a description of its own is `allOf: [{$ref}]` beside a `description`. poem-openapi repeats the description
/// within the `allOf`, which generators take for a second schema.
fn say_once(part: &mut Value) {
    match part {
        Value::Object(fields) => {
            if let Some(Value::Array(parts)) = fields.get_mut("allOf") {
                let says_something = |part: &Value| {
                    let fields = part.as_object();
                    fields.is_none_or(|fields| fields.keys().any(|key| key != "description"))
                };
                parts.retain(says_something);
            }
            fields.values_mut().for_each(say_once);
        }
        Value::Array(items) => items.iter_mut().for_each(say_once),
        _ => {}
    }
}

/// Says of every object that a request is made of that it has no other fields: poem-openapi refuses
/// them, but can't say so.
fn close_requests(document: &mut Value) {
    let mut names = BTreeSet::new();
    for operation in document["paths"]
        .as_object()
        .into_iter()
        .flat_map(|paths| paths.values())
    {
        for operation in operation
            .as_object()
            .into_iter()
            .flat_map(|methods| methods.values())
        {
            references(
                &operation["requestBody"],
                &document["components"]["schemas"],
                &mut names,
            );
        }
    }
    for name in names {
        let schema = &mut document["components"]["schemas"][&name];
        if schema["properties"].is_object() && schema["additionalProperties"].is_null() {
            schema["additionalProperties"] = false.into();
        }
        // A form passes over what it does not know, but not without end.
        if schema["properties"].is_object() && schema["additionalProperties"].is_object() {
            schema["maxProperties"] = form::MAX_FIELDS.into();
        }
    }
}

/// Says of the operations that are counted which headers tell of it.
fn tell_of_limits(document: &mut Value) {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let operations = paths.flat_map(|(_, path)| path.as_object_mut().into_iter().flatten());
    for (_, operation) in operations {
        let id = operation["operationId"].as_str().unwrap_or_default();
        if !limits::COUNTED.contains(&id) {
            continue;
        }
        let responses = operation["responses"].as_object_mut();
        for (_, response) in responses.into_iter().flatten() {
            for (name, description, pattern) in rate_limit::HEADERS {
                let schema = json!({"type": "string", "pattern": pattern});
                response["headers"][name] = json!({"description": description, "schema": schema});
            }
        }
    }
}

/// The names of all schemas that a part of the document is made of.
fn references(part: &Value, schemas: &Value, names: &mut BTreeSet<String>) {
    match part {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str);
            if let Some(name) = name.and_then(|path| path.strip_prefix("#/components/schemas/"))
                && names.insert(name.to_owned())
            {
                references(&schemas[name], schemas, names);
            }
            fields
                .values()
                .for_each(|field| references(field, schemas, names));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|item| references(item, schemas, names)),
        _ => {}
    }
}

/// The document as it is checked in at `openapi/heimdall.json`: that of a server on its defaults.
pub async fn document_of_a_fresh_server() -> Result<String, Box<dyn std::error::Error>> {
    use crate::{boot, config::Config, kernel::Clock};
    let folder = std::env::temp_dir().join(format!("heimdall-openapi-{}", std::process::id()));
    let database = (
        "DATABASE_URL".to_owned(),
        format!("sqlite://{}/heimdall.db", folder.display()),
    );
    let heimdall = boot::open(Config::read([database].into(), None)?, Clock::system()).await?;
    let document = serde_json::to_string_pretty(&document(&heimdall));
    heimdall.db.close().await;
    std::fs::remove_dir_all(&folder)?;
    Ok(document? + "\n")
}

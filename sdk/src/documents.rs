//! The documents that describe the server. They are no operations of the API, so they have no entry in
//! [`OPERATIONS`](crate::OPERATIONS).

use serde::Deserialize;
use serde_json::Value;

use crate::lenient::or_default;
use crate::operations::{Operation, Repeat};
use crate::{Call, Client};

const OPENAPI: Operation = document("openapi", "/v1/openapi.json");
const OPENID_CONFIGURATION: Operation =
    document("openid_configuration", "/.well-known/openid-configuration");
const AUTHORIZATION_SERVER: Operation = document(
    "authorization_server",
    "/.well-known/oauth-authorization-server",
);

const fn document(id: &'static str, path: &'static str) -> Operation {
    Operation {
        id,
        method: "GET",
        path,
        repeat: Repeat::Safe,
    }
}

impl Client {
    /// The API in machine form (OpenAPI).
    pub fn openapi(&self) -> Call<Value> {
        self.draft(OPENAPI, &[]).stranger().returning()
    }
}

/// The documents by which OAuth clients find everything else: [`Client::metadata`].
#[derive(Clone, Copy, Debug)]
pub struct Metadata<'a>(pub(crate) &'a Client);

impl Metadata<'_> {
    /// As OpenID Connect Discovery has it.
    pub fn openid_configuration(&self) -> Call<ServerMetadata> {
        self.0
            .draft(OPENID_CONFIGURATION, &[])
            .stranger()
            .returning()
    }

    /// As RFC 8414 has it.
    pub fn authorization_server(&self) -> Call<ServerMetadata> {
        self.0
            .draft(AUTHORIZATION_SERVER, &[])
            .stranger()
            .returning()
    }
}

/// What an OAuth client has to know of the server (RFC 8414, section 2).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ServerMetadata {
    /// The issuer: the server's base URL, and the `iss` of its tokens.
    pub issuer: String,
    /// Where the keys are.
    pub jwks_uri: String,
    /// Where tokens are issued.
    pub token_endpoint: Option<String>,
    /// Where tokens are looked at (RFC 7662).
    pub introspection_endpoint: Option<String>,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// The grants it knows.
    #[serde(default, deserialize_with = "or_default")]
    pub grant_types_supported: Vec<String>,
    /// How clients say who they are.
    #[serde(default, deserialize_with = "or_default")]
    pub token_endpoint_auth_methods_supported: Vec<String>,
}

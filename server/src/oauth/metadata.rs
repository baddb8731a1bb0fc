//! What the server can, for clients that find out by themselves (RFC 8414).

use serde_json::{Value, json};

use crate::app::Heimdall;

/// The metadata document. Only what is true: there is no authorization endpoint, since Heimdall shows no login page.
pub fn document(heimdall: &Heimdall) -> Value {
    let issuer = heimdall.config.public_url.to_string();
    json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}/v1/oauth/token"),
        "introspection_endpoint": format!("{issuer}/v1/oauth/introspect"),
        "revocation_endpoint": format!("{issuer}/v1/oauth/revoke"),
        "jwks_uri": format!("{issuer}/v1/.well-known/jwks.json"),
        "service_documentation": format!("{issuer}/docs"),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials", "refresh_token", "password"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "EdDSA", "RS256"],
    })
}

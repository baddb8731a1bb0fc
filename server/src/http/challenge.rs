//! The `WWW-Authenticate` header: how a client learns what its bearer lacks (RFC 6750 §3).

use super::code::Code;

/// The header's value for an error, or none for errors that no other bearer would mend.
///
/// A request without any token gets the bare realm: RFC 6750 §3.1 wants no error code then.
pub(super) fn challenge(
    code: Code,
    token_was_sent: bool,
    message: &str,
    scope: &[String],
) -> Option<String> {
    let error = match code {
        Code::Unauthenticated | Code::InvalidCredentials if !token_was_sent => None,
        Code::Unauthenticated | Code::TokenExpired | Code::TokenRevoked | Code::TokenStale => {
            Some("invalid_token")
        }
        Code::InvalidCredentials => None,
        Code::PermissionDenied => Some("insufficient_scope"),
        _ => return None,
    };
    let mut value = String::from("Bearer realm=\"heimdall\"");
    if let Some(error) = error {
        value.push_str(&parameter("error", error));
        value.push_str(&parameter("error_description", message));
    }
    if code == Code::PermissionDenied && !scope.is_empty() {
        value.push_str(&parameter("scope", &scope.join(" ")));
    }
    Some(value)
}

/// Only the characters that RFC 6750 §3 lets into these values: printable ASCII without `"` and `\`.
fn parameter(name: &str, value: &str) -> String {
    let value: String = value
        .chars()
        .filter(|&c| matches!(c, ' '..='~') && c != '"' && c != '\\')
        .collect();
    format!(", {name}=\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_without_a_token_gets_the_bare_realm() {
        let value = challenge(Code::Unauthenticated, false, "A token is needed.", &[]);
        assert_eq!(value.as_deref(), Some("Bearer realm=\"heimdall\""));
    }

    #[test]
    fn a_token_that_does_not_do_is_told_why() {
        let value = challenge(
            Code::TokenExpired,
            true,
            "The \"token\"\r\nhas expired.",
            &[],
        );
        assert_eq!(
            value.as_deref(),
            Some(
                "Bearer realm=\"heimdall\", error=\"invalid_token\", \
                 error_description=\"The tokenhas expired.\""
            )
        );
    }

    #[test]
    fn a_missing_permission_is_named_as_the_scope() {
        let scope = ["users:read".to_owned(), "users:write".to_owned()];
        let value = challenge(Code::PermissionDenied, true, "No.", &scope);
        assert_eq!(
            value.as_deref(),
            Some(
                "Bearer realm=\"heimdall\", error=\"insufficient_scope\", \
                 error_description=\"No.\", scope=\"users:read users:write\""
            )
        );
    }

    #[test]
    fn a_suspended_app_and_a_missing_page_challenge_nobody() {
        for code in [Code::AppSuspended, Code::NotFound, Code::Internal] {
            assert_eq!(challenge(code, true, "", &[]), None);
        }
    }
}

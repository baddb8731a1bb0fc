//! OAuth 2.0, for clients that speak it: the same powers as `/v1/apps/{app}/tokens`, in the forms of RFC 6749, 7009 and 7662.
//!
//! What a newcomer would get wrong: there is no App in the path. The client names it: a credential belongs to one, and the id of
//! an App is the public client that its users' frontends are.

mod answer;
mod client;
pub mod http;
pub mod metadata;

pub use answer::{OAuthAnswer, OAuthError};

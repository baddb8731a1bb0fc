//! Which App a request is for.
//!
//! One set of keys signs for all Apps, so a signature says nothing of whose token it is: without an App to compare with, a token of
//! one customer opens the door of another. Hence every verifier has one, and a [`Builder`](crate::Builder) builds none without.

use std::borrow::Cow;
use std::fmt;

use http::request::Parts;

type FromRoute = dyn Fn(&Parts) -> Option<String> + Send + Sync;

/// No App was named yet: there is nothing to build.
#[derive(Debug)]
#[non_exhaustive]
pub struct NoApp;

/// What tells the App of a request.
pub struct AppRule(pub(crate) Rule);

pub(crate) enum Rule {
    One(String),
    FromRoute(Box<FromRoute>),
}

impl fmt::Debug for AppRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Rule::One(id) => f.debug_tuple("One").field(id).finish(),
            Rule::FromRoute(_) => f.write_str("FromRoute"),
        }
    }
}

impl AppRule {
    pub(crate) fn one(&self) -> Option<&str> {
        match &self.0 {
            Rule::One(id) => Some(id),
            Rule::FromRoute(_) => None,
        }
    }

    pub(crate) fn of(&self, parts: &Parts) -> Option<Cow<'_, str>> {
        match &self.0 {
            Rule::One(id) => Some(Cow::Borrowed(id)),
            Rule::FromRoute(from_route) => from_route(parts).map(Cow::Owned),
        }
    }
}

/// An App's id, and not its name: `app_` and a ULID.
pub(crate) fn is_id(text: &str) -> bool {
    let ulid = text.strip_prefix("app_");
    ulid.is_some_and(|ulid| (1..=60).contains(&ulid.len()) && ulid.bytes().all(is_plain))
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

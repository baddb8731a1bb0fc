//! Which methods a path answers, for the `Allow` header of a 405.
//!
//! poem's router knows that a method is not answered but not which ones are, so they are read from
//! the OpenAPI document; what the document doesn't hold is added by hand.

use poem::http::Method;
use serde_json::Value;

/// Every path of the server with the methods it answers.
#[derive(Clone, Debug, Default)]
pub struct Allow {
    paths: Vec<(Pattern, Vec<Method>)>,
}

/// A path in which `{name}` stands for any one segment.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Vec<Segment>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Parameter,
}

impl Allow {
    /// The operations of an OpenAPI document whose paths are mounted under `base`, such as
    /// `/heimdall`.
    pub fn from_document(base: &str, document: &Value) -> Self {
        let mut allow = Self::default();
        let paths = document.get("paths").and_then(Value::as_object);
        for (path, item) in paths.into_iter().flatten() {
            let operations = item.as_object().into_iter().flatten();
            let methods = operations.filter_map(|(name, _)| method(name));
            allow = allow.and(&format!("{base}{path}"), methods);
        }
        allow
    }

    /// Adds a path that is not in the document; `{name}` stands for any one segment. A GET is
    /// answered for HEAD too, as poem does by itself.
    #[must_use]
    pub fn and(mut self, path: &str, methods: impl IntoIterator<Item = Method>) -> Self {
        let mut methods: Vec<Method> = methods.into_iter().collect();
        if methods.contains(&Method::GET) && !methods.contains(&Method::HEAD) {
            methods.push(Method::HEAD);
        }
        methods.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        self.paths.push((Pattern::new(path), methods));
        self
    }

    /// The methods of a request's path; none when no path matches. As in the router, a literal
    /// segment wins over a parameter.
    pub fn methods(&self, path: &str) -> &[Method] {
        let segments: Vec<&str> = path.split('/').collect();
        self.paths
            .iter()
            .filter_map(|(pattern, methods)| Some((pattern.literals(&segments)?, methods)))
            .max_by(|(a, _), (b, _)| a.cmp(b))
            .map_or(&[], |(_, methods)| methods)
    }
}

fn method(name: &str) -> Option<Method> {
    match name {
        "get" => Some(Method::GET),
        "put" => Some(Method::PUT),
        "post" => Some(Method::POST),
        "delete" => Some(Method::DELETE),
        "patch" => Some(Method::PATCH),
        "head" => Some(Method::HEAD),
        "options" => Some(Method::OPTIONS),
        "trace" => Some(Method::TRACE),
        _ => None,
    }
}

impl Pattern {
    pub(super) fn new(path: &str) -> Self {
        let segments = path.split('/').map(|segment| {
            match segment.starts_with('{') && segment.ends_with('}') {
                true => Segment::Parameter,
                false => Segment::Literal(segment.to_owned()),
            }
        });
        Self(segments.collect())
    }

    /// Which segments of a matching path are literal, the first first.
    pub(super) fn literals(&self, path: &[&str]) -> Option<Vec<bool>> {
        if self.0.len() != path.len() {
            return None;
        }
        let mut literals = Vec::with_capacity(path.len());
        for (expected, actual) in self.0.iter().zip(path) {
            literals.push(match expected {
                Segment::Literal(literal) if literal == actual => true,
                Segment::Parameter if !actual.is_empty() => false,
                _ => return None,
            });
        }
        Some(literals)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn allow() -> Allow {
        let document = json!({"paths": {
            "/v1/apps": {"post": {}, "get": {}, "summary": "no method"},
            "/v1/apps/{app}": {"patch": {}, "get": {}, "delete": {}},
            "/v1/apps/new": {"put": {}},
        }});
        Allow::from_document("/heimdall", &document).and("/healthz", [Method::GET])
    }

    #[test]
    fn the_document_says_what_a_path_answers() {
        let allow = allow();
        for (path, methods) in [
            ("/heimdall/v1/apps", &["GET", "HEAD", "POST"][..]),
            (
                "/heimdall/v1/apps/acme",
                &["DELETE", "GET", "HEAD", "PATCH"],
            ),
            ("/heimdall/v1/apps/new", &["PUT"]),
            ("/healthz", &["GET", "HEAD"]),
            ("/heimdall/v1/apps/", &[]),
            ("/v1/apps", &[]),
        ] {
            assert_eq!(allow.methods(path), methods, "{path}");
        }
    }
}

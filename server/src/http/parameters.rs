//! The query and the headers of a request, checked whole by the published schemas.
//!
//! poem-openapi takes one parameter after the other and stops at the first that is wrong, takes the
//! first of two, and passes over a header that it can't read. This layer looks at all of them first,
//! so that every wrong one is named at once. What it finds is told only to those who may ask: where
//! an operation wants a bearer, it lies beside the request until the bearer has been looked at.

use std::sync::Arc;

use poem::http::{HeaderMap, Method};
use poem::{Endpoint, Middleware, Request};
use poem_openapi::OpenApi;
use poem_openapi::registry::{MetaOperation, MetaParamIn, MetaSchemaRef, Registry};
use url::form_urlencoded;

use super::allow::Pattern;
use super::error::ApiError;
use super::invalid::Invalid;
use super::schema::Published;

/// The layer: the parameters of every operation of an API.
#[derive(Clone, Debug)]
pub struct Parameters(Arc<Known>);

#[derive(Debug)]
struct Known {
    operations: Vec<Operation>,
    schemas: Published,
}

#[derive(Debug)]
struct Operation {
    path: Pattern,
    method: Method,
    needs_bearer: bool,
    parameters: Vec<Parameter>,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    place: MetaParamIn,
    required: bool,
    schema: MetaSchemaRef,
}

/// What is wrong with the parameters of a request whose bearer has not been looked at yet.
#[derive(Clone, Debug)]
pub(super) struct WrongParameters(pub(super) ApiError);

impl Parameters {
    /// Those of an API, at the paths that its operations name.
    pub fn of<T: OpenApi>(_api: &T) -> Self {
        let mut registry = Registry::new();
        T::register(&mut registry);
        let mut operations = Vec::new();
        for path in T::meta().into_iter().flat_map(|api| api.paths) {
            let pattern = Pattern::new(&path.path);
            let with_some = path
                .operations
                .into_iter()
                .map(|operation| Operation::new(pattern.clone(), operation));
            operations.extend(with_some.filter(|operation| !operation.parameters.is_empty()));
        }
        let parameters = operations
            .iter()
            .flat_map(|operation| &operation.parameters);
        let schemas = Published::of_parts(registry.schemas, parameters.map(|one| &one.schema));
        Self(Arc::new(Known {
            operations,
            schemas,
        }))
    }
}

impl Operation {
    fn new(path: Pattern, operation: MetaOperation) -> Self {
        let parameters = operation.params.into_iter();
        let parameters = parameters.map(|parameter| Parameter {
            name: parameter.name,
            place: parameter.in_type,
            required: parameter.required,
            schema: parameter.schema,
        });
        let checked_here =
            |one: &Parameter| matches!(one.place, MetaParamIn::Query | MetaParamIn::Header);
        Self {
            path,
            method: operation.method,
            needs_bearer: !operation.security.is_empty(),
            parameters: parameters.filter(checked_here).collect(),
        }
    }
}

impl Known {
    fn operation(&self, method: &Method, path: &str) -> Option<&Operation> {
        // poem answers a HEAD as it would a GET.
        let method = if method == Method::HEAD {
            &Method::GET
        } else {
            method
        };
        let segments: Vec<&str> = path.split('/').collect();
        let of_method = self
            .operations
            .iter()
            .filter(|known| known.method == *method);
        of_method
            .filter_map(|known| Some((known.path.literals(&segments)?, known)))
            .max_by(|(a, _), (b, _)| a.cmp(b))
            .map(|(_, known)| known)
    }

    fn check(&self, operation: &Operation, request: &Request) -> Invalid {
        let query = request.uri().query().unwrap_or_default();
        let query: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let mut wrong = Invalid::new();
        for parameter in &operation.parameters {
            let values = match parameter.place {
                MetaParamIn::Header => headers(request.headers(), &parameter.name),
                _ => {
                    let named = query.iter().filter(|(name, _)| *name == parameter.name);
                    named
                        .map(|(_, value)| Some(value.clone().into_owned()))
                        .collect()
                }
            };
            self.check_one(parameter, values, &mut wrong);
        }
        wrong
    }

    /// `values` as they came; one that can't be read is none.
    fn check_one(&self, parameter: &Parameter, values: Vec<Option<String>>, wrong: &mut Invalid) {
        let (name, count) = (&*parameter.name, values.len());
        match values.into_iter().next() {
            Some(_) if count > 1 => wrong.add(name, "must be given only once"),
            Some(Some(text)) => self
                .schemas
                .check_text(&parameter.schema, text, name, wrong),
            Some(None) => wrong.add(name, "must be made of printable ASCII characters"),
            None if parameter.required => wrong.add(name, "is required"),
            None => {}
        }
    }
}

fn headers(headers: &HeaderMap, name: &str) -> Vec<Option<String>> {
    let values = headers.get_all(name).iter();
    values
        .map(|value| value.to_str().ok().map(str::to_owned))
        .collect()
}

impl<E: Endpoint> Middleware<E> for Parameters {
    type Output = Checked<E>;

    fn transform(&self, inner: E) -> Self::Output {
        Checked {
            known: self.0.clone(),
            inner,
        }
    }
}

/// What [`Parameters`] makes of an endpoint.
#[derive(Debug)]
pub struct Checked<E> {
    known: Arc<Known>,
    inner: E,
}

impl<E: Endpoint> Endpoint for Checked<E> {
    type Output = E::Output;

    async fn call(&self, mut request: Request) -> poem::Result<E::Output> {
        let operation = self.known.operation(request.method(), request.uri().path());
        if let Some(operation) = operation
            && let Err(error) = self.known.check(operation, &request).into_result()
        {
            if !operation.needs_bearer {
                return Err(error.into());
            }
            request.set_data(WrongParameters(error));
        }
        self.inner.call(request).await
    }
}

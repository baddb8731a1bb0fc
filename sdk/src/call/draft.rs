//! A call as a handler writes it.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::{Call, Decode};
use crate::operations::Operation;
use crate::{Client, Error, Secret, path};

/// A call that a handler is writing.
pub(crate) struct Draft {
    client: Client,
    operation: Operation,
    request: Result<RequestBuilder, Error>,
    attempts: u32,
    with_bearer: bool,
}

impl Draft {
    pub(crate) fn new(client: &Client, operation: Operation, ids: &[&str]) -> Self {
        Self::to(
            client,
            operation,
            path::under(&client.shared.base, operation.path, ids),
        )
    }

    /// A call to what answers outside the base path.
    pub(crate) fn at_origin(client: &Client, operation: Operation) -> Self {
        let origin = client
            .shared
            .base
            .join("/")
            .map_err(|error| Error::Invalid(error.to_string()));
        Self::to(
            client,
            operation,
            origin.and_then(|origin| path::under(&origin, operation.path, &[])),
        )
    }

    fn to(client: &Client, operation: Operation, url: Result<Url, Error>) -> Self {
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap_or_default();
        let request = url.map(|url| {
            client
                .shared
                .http
                .request(method, url)
                .timeout(client.shared.timeout)
        });
        Self {
            client: client.clone(),
            operation,
            request,
            attempts: client.shared.attempts,
            with_bearer: true,
        }
    }

    fn map(mut self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        self.request = self.request.map(change);
        self
    }

    /// Carries a body of JSON.
    pub(crate) fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        self.map(|request| request.json(body))
    }

    /// Carries a body as a form does (`application/x-www-form-urlencoded`).
    pub(crate) fn form(self, pairs: &[(&str, &str)]) -> Self {
        self.map(|request| request.form(pairs))
    }

    pub(crate) fn query(self, query: &(impl Serialize + ?Sized)) -> Self {
        self.map(|request| request.query(query))
    }

    pub(crate) fn header(self, name: &'static str, value: &str) -> Self {
        self.map(|request| request.header(name, value))
    }

    /// HTTP Basic in place of a bearer.
    pub(crate) fn basic(self, user: &str, password: &Secret) -> Self {
        self.stranger()
            .map(|request| request.basic_auth(user, Some(password.expose())))
    }

    /// Goes without the bearer: a credential is not shown to what doesn't ask for it.
    pub(crate) fn stranger(mut self) -> Self {
        self.with_bearer = false;
        self
    }

    /// Takes so much longer, since it was told to wait.
    pub(crate) fn waits(self, seconds: u32) -> Self {
        let timeout = self.client.shared.timeout + Duration::from_secs(seconds.into());
        self.map(|request| request.timeout(timeout))
    }

    /// Is sent once, come what may.
    pub(crate) fn once(mut self) -> Self {
        self.attempts = 1;
        self
    }

    /// Ends it: the answer is JSON.
    pub(crate) fn returning<T: DeserializeOwned>(self) -> Call<T> {
        self.decoded_by(|_, body| serde_json::from_slice(body))
    }

    /// Ends it: nothing is expected, and whatever comes is left unread.
    pub(crate) fn returning_nothing(self) -> Call<()> {
        self.decoded_by(|_, _| Ok(()))
    }

    /// Ends it: the answer is text.
    pub(crate) fn returning_text(self) -> Call<String> {
        self.decoded_by(|_, body| Ok(String::from_utf8_lossy(body).into_owned()))
    }

    /// Ends it: the answer is JSON, or 304 where what the caller has is still true.
    pub(crate) fn returning_if_changed<T: DeserializeOwned>(self) -> Call<Option<T>> {
        self.decoded_by(|status, body| match status {
            StatusCode::NOT_MODIFIED => Ok(None),
            _ => serde_json::from_slice(body).map(Some),
        })
    }

    fn decoded_by<T>(self, decode: Decode<T>) -> Call<T> {
        let bearer = self.client.bearer.clone().filter(|_| self.with_bearer);
        let signed = match bearer {
            Some(bearer) => self.map(|request| request.bearer_auth(bearer.expose())),
            None => self,
        };
        let built = signed.request.and_then(|request| {
            request
                .build()
                .map_err(|error| Error::Invalid(error.without_url().to_string()))
        });
        Call {
            client: signed.client,
            operation: signed.operation,
            request: built,
            attempts: signed.attempts,
            decode,
        }
    }
}

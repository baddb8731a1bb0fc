//! A call: written by a handler, sent when it is awaited.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Request, RequestBuilder, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use url::Url;

use crate::client::Client;
use crate::error::request_id;
use crate::operations::{Operation, Repeat};
use crate::{Error, Secret, path, retry};

const IDEMPOTENCY_KEY: &str = "idempotency-key";

type Decode<T> = fn(StatusCode, &[u8]) -> Result<T, serde_json::Error>;

/// One request to the API. Await it for the answer, or [`send`](Call::send) it for the answer with
/// its headers.
///
/// ```no_run
/// # async fn f(client: heimdall_sdk::Client) -> Result<(), heimdall_sdk::Error> {
/// use heimdall_sdk::NewApp;
///
/// let app = client.apps().create(&NewApp::new("acme")).idempotency_key("signup-4711").await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T> {
    client: Client,
    operation: Operation,
    request: Result<Request, Error>,
    attempts: u32,
    decode: Decode<T>,
}

/// An answer with what came around it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer<T> {
    /// The HTTP status.
    pub status: u16,
    /// The headers: an `ETag`, say.
    pub headers: HeaderMap,
    /// What was asked for.
    pub body: T,
}

impl<T> Answer<T> {
    /// What the server calls the request, in its log too.
    pub fn request_id(&self) -> Option<String> {
        request_id(&self.headers)
    }

    /// Whether it is the answer to an earlier request with the same `Idempotency-Key`.
    pub fn is_replayed(&self) -> bool {
        self.headers
            .get("idempotent-replayed")
            .is_some_and(|value| value == "true")
    }
}

impl<T> Call<T> {
    /// Names the `Idempotency-Key`: within 24 hours the same key and body get the same answer, also
    /// from another process. Takes the place of a random one.
    pub fn idempotency_key(self, key: impl AsRef<str>) -> Self {
        self.header(IDEMPOTENCY_KEY, key.as_ref())
    }

    /// Names the request in the server's log and audit entries; else the server does.
    pub fn request_id(self, id: impl AsRef<str>) -> Self {
        self.header("x-request-id", id.as_ref())
    }

    /// How long one attempt may take, in place of the client's timeout.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        if let Ok(request) = &mut self.request {
            *request.timeout_mut() = Some(timeout);
        }
        self
    }

    /// Adds a header, or takes the place of what it was.
    fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(request) = &mut self.request {
            match HeaderValue::from_str(value) {
                Ok(value) => drop(
                    request
                        .headers_mut()
                        .insert(HeaderName::from_static(name), value),
                ),
                Err(_) => {
                    self.request = Err(Error::Invalid(format!("{name} holds what a header can't")))
                }
            }
        }
        self
    }

    /// Sends it, again where that is safe and helps, and gives the answer with status and headers.
    pub async fn send(mut self) -> Result<Answer<T>, Error> {
        if self.operation.repeat == Repeat::Keyed && !self.has_key() {
            let key = self
                .client
                .shared
                .keys
                .as_ref()
                .and_then(|generate| generate());
            if let Some(key) = key {
                self = self.idempotency_key(key);
            }
        }
        let repeatable = self.operation.repeat == Repeat::Safe || self.has_key();
        let request = std::mem::replace(&mut self.request, Err(Error::Invalid(String::new())))?;
        let mut attempt = 1;
        loop {
            let again = request
                .try_clone()
                .ok_or_else(|| Error::Invalid("the body can't be repeated".to_owned()))?;
            let error = match self.once(again).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match retry::wait(&error, repeatable, attempt) {
                Some(wait) if attempt < self.attempts => tokio::time::sleep(wait).await,
                _ => return Err(error),
            }
            attempt += 1;
        }
    }

    async fn once(&self, request: Request) -> Result<Answer<T>, Error> {
        let response = self
            .client
            .shared
            .http
            .execute(request)
            .await
            .map_err(Error::transport)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(Error::transport)?;
        if !status.is_success() && status != StatusCode::NOT_MODIFIED {
            return Err(Error::from_answer(status.as_u16(), &headers, &body));
        }
        match (self.decode)(status, &body) {
            Ok(body) => Ok(Answer {
                status: status.as_u16(),
                headers,
                body,
            }),
            Err(source) => Err(Error::Decode {
                operation: self.operation.id,
                status: status.as_u16(),
                request_id: request_id(&headers),
                source,
            }),
        }
    }

    fn has_key(&self) -> bool {
        self.request
            .as_ref()
            .is_ok_and(|request| request.headers().contains_key(IDEMPOTENCY_KEY))
    }

    /// The same call for the page at this cursor; `None` if the call can't be sent anyway.
    pub(crate) fn at_cursor(&self, cursor: &str) -> Option<Self> {
        let mut request = self.request.as_ref().ok()?.try_clone()?;
        let url = request.url_mut();
        let others: Vec<_> = url
            .query_pairs()
            .into_owned()
            .filter(|(name, _)| name != "cursor")
            .collect();
        url.query_pairs_mut()
            .clear()
            .extend_pairs(others)
            .append_pair("cursor", cursor);
        Some(Self {
            client: self.client.clone(),
            operation: self.operation,
            request: Ok(request),
            attempts: self.attempts,
            decode: self.decode,
        })
    }
}

impl<T: Send + 'static> IntoFuture for Call<T> {
    type Output = Result<T, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.send().await?.body) })
    }
}

/// The operation only: address and body can hold secrets.
impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("operation", &self.operation.id)
            .finish_non_exhaustive()
    }
}

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

    pub(crate) fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        self.map(|request| request.json(body))
    }

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

//! A call: written by a handler, sent when it is awaited.

mod draft;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

pub(crate) use draft::Draft;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Request, StatusCode};

use crate::client::Client;
use crate::error::request_id;
use crate::operations::{Operation, Repeat};
use crate::{Error, retry};

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
            let generate = self.client.shared.keys.clone();
            if let Some(key) = generate.and_then(|generate| generate()) {
                self = self.idempotency_key(key);
            }
        }
        let repeatable = self.operation.repeat == Repeat::Safe || self.has_key();
        let Self {
            client,
            operation,
            request,
            attempts,
            decode,
        } = self;
        let request = request?;
        let mut attempt = 1;
        loop {
            let again = request.try_clone();
            let again =
                again.ok_or_else(|| Error::Invalid("the body can't be repeated".to_owned()))?;
            let error = match exchange(&client, operation, again, decode).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match retry::wait(&error, repeatable, attempt) {
                Some(wait) if attempt < attempts => tokio::time::sleep(wait).await,
                _ => return Err(error),
            }
            attempt += 1;
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

/// One attempt.
async fn exchange<T>(
    client: &Client,
    operation: Operation,
    request: Request,
    decode: Decode<T>,
) -> Result<Answer<T>, Error> {
    let response = client
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
    let status_code = status.as_u16();
    match decode(status, &body) {
        Ok(body) => Ok(Answer {
            status: status_code,
            headers,
            body,
        }),
        Err(source) => Err(Error::Decode {
            operation: operation.id,
            status: status_code,
            request_id: request_id(&headers),
            source,
        }),
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

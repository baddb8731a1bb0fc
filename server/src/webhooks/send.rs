//! One attempt: signed, sent, and the answer read only as far as it is kept.

use std::time::Duration;

use heimdall_webhook_verify as sign;

use super::backoff::retry_after;
use super::guard::Guard;
use crate::kernel::{Clock, Timestamp};

/// Connecting and answering together.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How much of an answer is read and kept.
pub(crate) const EXCERPT_BYTES: usize = 1024;

/// Sends deliveries, over connections that are kept open per host.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    guard: Guard,
    by_tls: reqwest::Client,
    in_clear: reqwest::Client,
    clock: Clock,
}

/// What is sent.
#[derive(Debug)]
pub(crate) struct Message {
    pub url: String,
    pub event_id: String,
    pub body: Vec<u8>,
    /// All that are in force.
    pub secrets: Vec<sign::Secret>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub at: Timestamp,
    pub latency_ms: i64,
    pub status_code: Option<u16>,
    pub excerpt: Option<String>,
    pub error: Option<String>,
    pub retry_after: Option<Duration>,
}

impl Attempt {
    pub(crate) fn succeeded(&self) -> bool {
        self.status_code
            .is_some_and(|status| (200..300).contains(&status))
    }

    /// The endpoint is gone for good.
    pub(crate) fn is_gone(&self) -> bool {
        self.status_code == Some(410)
    }
}

impl Sender {
    pub(crate) fn new(guard: Guard, clock: Clock) -> Result<Self, reqwest::Error> {
        let client = |in_clear: bool| {
            reqwest::Client::builder()
                .dns_resolver(guard.resolver(in_clear))
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .timeout(TIMEOUT)
                .pool_idle_timeout(Duration::from_secs(30))
                .pool_max_idle_per_host(8)
                .user_agent(concat!("heimdall/", env!("CARGO_PKG_VERSION")))
                .build()
        };
        Ok(Self {
            by_tls: client(false)?,
            in_clear: client(true)?,
            guard,
            clock,
        })
    }

    pub(crate) async fn send(&self, message: &Message) -> Attempt {
        let at = self.clock.now();
        let outcome = tokio::time::timeout(TIMEOUT, self.try_to(message, at)).await;
        let took = self.clock.now().since(at).min(TIMEOUT);
        let mut attempt = Attempt {
            at,
            latency_ms: i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
            status_code: None,
            excerpt: None,
            error: None,
            retry_after: None,
        };
        match outcome {
            Ok(Ok(answer)) => {
                attempt.status_code = Some(answer.status);
                attempt.excerpt = Some(answer.excerpt).filter(|excerpt| !excerpt.is_empty());
                attempt.retry_after = answer.retry_after;
            }
            Ok(Err(why)) => attempt.error = Some(why),
            Err(_) => attempt.error = Some("no answer within 15 s".into()),
        }
        attempt
    }

    async fn try_to(&self, message: &Message, at: Timestamp) -> Result<Answer, String> {
        let url = url::Url::parse(&message.url).map_err(|error| error.to_string())?;
        // What is allowed may have changed since the endpoint was made; and an address is not resolved.
        self.guard.check_url(&url)?;
        let headers = sign::sign(
            &message.secrets,
            &message.event_id,
            at.datetime().into(),
            &message.body,
        );
        let headers = headers.map_err(|error| error.to_string())?;
        let client = if url.scheme() == "https" {
            &self.by_tls
        } else {
            &self.in_clear
        };
        let mut request = client.post(url).header("content-type", "application/json");
        for (name, value) in headers.pairs() {
            request = request.header(name, value);
        }
        let answer = request
            .body(message.body.clone())
            .send()
            .await
            .map_err(|error| why(&error))?;
        let header = answer
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok());
        let (status, asked) = (answer.status().as_u16(), retry_after(header));
        Ok(Answer {
            status,
            retry_after: asked,
            excerpt: excerpt(answer).await,
        })
    }
}

struct Answer {
    status: u16,
    retry_after: Option<Duration>,
    excerpt: String,
}

/// The beginning of an answer, as text that every database can hold.
async fn excerpt(mut answer: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        let room = EXCERPT_BYTES - bytes.len();
        bytes.extend(chunk.iter().take(room));
        if bytes.len() == EXCERPT_BYTES {
            break;
        }
    }
    String::from_utf8_lossy(&bytes).replace('\0', "\u{fffd}")
}

/// The cause of a failure, without the URL: it may hold a secret of the receiver's.
fn why(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "no answer within 15 s"
    } else if error.is_connect() {
        "could not connect"
    } else {
        "the connection broke"
    };
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let mut text = format!("{kind}: {cause}");
    if let Some((end, _)) = text.char_indices().nth(300) {
        text.truncate(end);
    }
    text
}

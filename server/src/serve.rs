//! The server on its socket: routes, layers, background work, and a stop that loses nothing.

use std::net::SocketAddr;
use std::time::Duration;

use poem::endpoint::make_sync;
use poem::http::Method;
use poem::listener::{Acceptor as _, Listener as _, TcpListener};
use poem::middleware::{AddData, CatchPanic, SetHeader};
use poem::{Endpoint, EndpointExt as _, IntoEndpoint as _, IntoResponse, Response, Route, get};
use tokio_util::task::TaskTracker;

use crate::app::Heimdall;
use crate::events::sealer;
use crate::http::allow::Allow;
use crate::http::boundary::{Boundary, panicked};
use crate::http::{ApiError, code::Code, watch::Watch};
use crate::kernel::ids::unique;
use crate::webhooks::dispatcher;
use crate::{api, housekeeping, jobs, keys, oauth, pages};

/// How long requests in flight get to finish once the server is asked to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// The API reference has all it needs in itself, and may reach nothing but this server.
const DOCS_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
    img-src data:; font-src data:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// A server on its socket.
#[derive(Debug)]
pub struct Server {
    pub heimdall: Heimdall,
    /// Where it listens.
    pub address: SocketAddr,
    work: TaskTracker,
}

impl Server {
    /// Binds the socket and starts to serve.
    pub async fn start(heimdall: Heimdall) -> std::io::Result<Self> {
        let acceptor = TcpListener::bind(heimdall.config.listen)
            .into_acceptor()
            .await?;
        let address = acceptor
            .local_addr()
            .into_iter()
            .find_map(|address| address.as_socket_addr().copied());
        let address = address.unwrap_or(heimdall.config.listen);

        let work = TaskTracker::new();
        let stop = || heimdall.signals.stop_token();
        work.spawn(sealer::run(heimdall.clone(), stop()));
        work.spawn(sealer::watch(heimdall.clone(), stop()));
        work.spawn(keys::follow(heimdall.clone(), stop()));
        work.spawn(dispatcher::run(heimdall.clone()));
        work.spawn(jobs::run(heimdall.clone(), housekeeping::JOBS));
        let stopping = stop();
        let served = poem::Server::new_with_acceptor(acceptor).run_with_graceful_shutdown(
            routes(&heimdall),
            async move { stopping.cancelled().await },
            Some(DRAIN),
        );
        work.spawn(async move {
            if let Err(error) = served.await {
                tracing::error!(%error, "the server's socket failed");
            }
        });
        work.close();
        Ok(Self {
            heimdall,
            address,
            work,
        })
    }

    /// Finishes what is in flight, then stops and closes the database.
    pub async fn stop(self) {
        self.heimdall.signals.stop();
        self.work.wait().await;
        self.heimdall.db.close().await;
    }
}

/// All that the server answers.
pub fn routes(heimdall: &Heimdall) -> impl Endpoint<Output = Response> + 'static {
    let base = &heimdall.config.public_url.path;
    let api = api::api(heimdall);
    let document = api::document(heimdall);
    let allow = Allow::from_document(base, &document)
        .and(&format!("{base}/v1/openapi.json"), [Method::GET])
        .and(&format!("{base}/docs"), [Method::GET])
        .and(
            &format!("{base}/invites/{{token}}"),
            [Method::GET, Method::POST],
        )
        .and(
            &format!("{base}/links/{{token}}"),
            [Method::GET, Method::POST],
        )
        .and(&format!("{base}/pages/style.css"), [Method::GET])
        .and(
            &format!("{base}/.well-known/oauth-authorization-server"),
            [Method::GET],
        )
        .and(
            &format!("{base}/.well-known/openid-configuration"),
            [Method::GET],
        )
        .and(
            &format!("/.well-known/oauth-authorization-server{base}"),
            [Method::GET],
        )
        .and(
            &format!("/.well-known/openid-configuration{base}"),
            [Method::GET],
        )
        .and("/healthz", [Method::GET])
        .and("/readyz", [Method::GET])
        .and("/metrics", [Method::GET]);

    let json = document.to_string();
    let json = get(make_sync(move |_| {
        Response::builder()
            .content_type("application/json")
            .body(json.clone())
    }));
    let docs = api.swagger_ui_html();
    let docs = get(make_sync(move |_| {
        Response::builder()
            .content_type("text/html; charset=utf-8")
            .header("content-security-policy", DOCS_POLICY)
            .body(docs.clone())
    }));
    // RFC 8414, section 3: also at the origin, with the path behind the well-known name.
    let metadata = oauth::metadata::document(heimdall).to_string();
    let metadata = || {
        let metadata = metadata.clone();
        get(make_sync(move |_| {
            let response = Response::builder().content_type("application/json");
            response
                .header("cache-control", "public, max-age=300")
                .body(metadata.clone())
        }))
    };
    let mounted = Route::new()
        .at("/.well-known/oauth-authorization-server", metadata())
        .at("/.well-known/openid-configuration", metadata())
        .at("/v1/openapi.json", json)
        .at("/docs", docs)
        .nest_no_strip("/invites", pages::http::routes())
        .nest_no_strip("/links", pages::http::routes())
        .nest_no_strip("/pages", pages::http::routes())
        .nest_no_strip("/v1", api.into_endpoint().with(api::parameters(heimdall)));
    let (ready, metrics) = (heimdall.clone(), heimdall.clone());
    let root = Route::new()
        .at("/healthz", get(make_sync(|_| "ok")))
        .at(
            "/readyz",
            get(poem::endpoint::make(move |_| readiness(ready.clone()))),
        )
        .at("/metrics", get(make_sync(move |_| metrics.metrics.text())));
    let root = if base.is_empty() {
        root
    } else {
        root.at(
            format!("/.well-known/oauth-authorization-server{base}"),
            metadata(),
        )
        .at(
            format!("/.well-known/openid-configuration{base}"),
            metadata(),
        )
    };
    let root = if base.is_empty() {
        root.nest_no_strip("/", mounted)
    } else {
        root.nest(base.as_str(), mounted)
    };

    let (clock, random) = (heimdall.clock.clone(), heimdall.random.clone());
    root.into_endpoint()
        .with(AddData::new(heimdall.clone()))
        .with(Watch::new(heimdall.clone()))
        .with(CatchPanic::new().with_handler(panicked))
        .with(Boundary::new(move || unique(clock.now(), &random), allow))
        .with(SetHeader::new().overriding("x-content-type-options", "nosniff"))
}

/// Whether requests can be answered: the database is there, its schema is ours, a key signs.
async fn readiness(heimdall: Heimdall) -> poem::Result<Response> {
    let current = heimdall.db.is_current().await.unwrap_or(false);
    if current && heimdall.keys.can_sign() {
        return Ok("ready".into_response());
    }
    Err(ApiError::with(
        Code::Unavailable,
        "The database can't be reached, or its schema is not current.",
    )
    .into())
}

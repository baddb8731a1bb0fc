//! A server for each test.

use std::collections::BTreeMap;
use std::time::Duration;

use heimdall_sdk::{
    App, Client, Code, Error, Event, EventQuery, NewApp, NewRole, NewUser, TokenResponse, User,
};
use heimdall_server::boot;
use heimdall_server::config::Config;
use heimdall_server::kernel::Clock;
use heimdall_server::serve::Server;
use tempfile::TempDir;

use crate::postgres::{self, free_port};

/// Runs each test on a server over SQLite and on one over PostgreSQL.
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($server:ident) $body:block)*) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn test($server: $crate::support::TestServer) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                test($crate::support::TestServer::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                test($crate::support::TestServer::postgres().await).await;
            }
        }
    )*};
}

/// The admin key of every test server.
pub(crate) const ADMIN_KEY: &str = "hdk_0123456789abcdefghijklmnopqrstuvwxyz";
/// The master key of every test server.
pub(crate) const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// A password that is good enough.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A running server, and a client that holds its admin key.
#[derive(Debug)]
pub(crate) struct TestServer {
    /// Calls as the first admin key: everything is allowed.
    pub(crate) admin: Client,
    /// The server's time; move it.
    pub(crate) clock: Clock,
    /// The base URL, which is the issuer too.
    pub(crate) base: String,
    /// For requests that the SDK would not send.
    pub(crate) http: reqwest::Client,
    settings: BTreeMap<String, String>,
    server: Option<Server>,
    _folder: TempDir,
}

impl TestServer {
    pub(crate) async fn sqlite() -> Self {
        Self::sqlite_with(&[]).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::postgres_with(&[]).await
    }

    /// With settings of its own, named without their `HEIMDALL_`.
    pub(crate) async fn sqlite_with(settings: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite://{}/heimdall.db", folder.path().display());
        Self::over(database, folder, settings).await
    }

    pub(crate) async fn postgres_with(settings: &[(&str, &str)]) -> Self {
        let database = postgres::cluster().database().await;
        Self::over(database, tempfile::tempdir().unwrap(), settings).await
    }

    /// Over a PostgreSQL that the test stops and starts.
    pub(crate) async fn over_cluster(cluster: &postgres::Cluster) -> Self {
        let database = cluster.database().await;
        Self::over(database, tempfile::tempdir().unwrap(), &[]).await
    }

    /// A second server over the same PostgreSQL, with the same clock.
    pub(crate) async fn another_node(&self) -> Self {
        self.another_node_by(self.clock.clone()).await
    }

    /// A second server over the same PostgreSQL, with a clock of its own.
    pub(crate) async fn another_node_by(&self, clock: Clock) -> Self {
        let mut settings = self.settings.clone();
        let port = free_port();
        settings.insert("LISTEN".into(), format!("127.0.0.1:{port}"));
        let folder = tempfile::tempdir().unwrap();
        let mut node = Self::start(settings, folder, clock).await;
        // The issuer is the same; the calls go to the other node.
        node.base = format!("http://127.0.0.1:{port}/heimdall");
        node.admin = Client::new(&node.base, ADMIN_KEY).unwrap();
        node
    }

    /// So many servers over one empty PostgreSQL, all started at once.
    pub(crate) async fn nodes(count: usize) -> Vec<Self> {
        let settings = Self::settings_over(postgres::cluster().database().await);
        let clock = Clock::movable();
        let starting = (0..count).map(|_| {
            let (mut settings, clock) = (settings.clone(), clock.clone());
            settings.insert("LISTEN".into(), format!("127.0.0.1:{}", free_port()));
            Self::start(settings, tempfile::tempdir().unwrap(), clock)
        });
        futures_util::future::join_all(starting).await
    }

    async fn over(database: String, folder: TempDir, given: &[(&str, &str)]) -> Self {
        let mut settings = Self::settings_over(database);
        settings.extend(
            given
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        Self::start(settings, folder, Clock::movable()).await
    }

    fn settings_over(database: String) -> BTreeMap<String, String> {
        let port = free_port();
        [
            ("DATABASE_URL", database),
            ("LISTEN", format!("127.0.0.1:{port}")),
            ("PUBLIC_URL", format!("http://127.0.0.1:{port}/heimdall")),
            ("ADMIN_KEY", ADMIN_KEY.to_owned()),
            ("MASTER_KEY", MASTER_KEY.to_owned()),
            ("RATE_LIMITS", "off".to_owned()),
            ("WEBHOOK_ALLOWED_NETWORKS", "127.0.0.0/8".to_owned()),
            (
                "WEBHOOK_RETRY_SCHEDULE",
                "10ms,20ms,50ms,100ms,200ms".to_owned(),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    async fn start(settings: BTreeMap<String, String>, folder: TempDir, clock: Clock) -> Self {
        let config = Config::read(settings.clone(), None).unwrap();
        // Where calls go; the issuer may be another, as behind a proxy.
        let base = format!("http://{}{}", config.listen, config.public_url.path);
        let booted = boot::boot(config, clock.clone()).await.unwrap();
        let server = Server::start(booted.heimdall).await.unwrap();
        Self {
            admin: Client::new(&base, ADMIN_KEY).unwrap(),
            clock,
            base,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            settings,
            server: Some(server),
            _folder: folder,
        }
    }

    /// Stops the server and starts it again over the same database.
    pub(crate) async fn restart(mut self) -> Self {
        let server = self.server.take().unwrap();
        server.stop().await;
        let folder = std::mem::replace(&mut self._folder, tempfile::tempdir().unwrap());
        Self::start(self.settings.clone(), folder, self.clock.clone()).await
    }

    /// Its settings as a command gets them: `HEIMDALL_…`.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let settings = self.settings.iter();
        settings
            .map(|(name, value)| (format!("HEIMDALL_{name}"), value.clone()))
            .collect()
    }

    /// The URL of its database.
    pub(crate) fn database(&self) -> String {
        self.settings["DATABASE_URL"].clone()
    }

    /// An empty database of the other kind.
    pub(crate) async fn other_database(&self) -> String {
        if self.database().starts_with("sqlite") {
            return postgres::cluster().database().await;
        }
        let folder = self._folder.path().join("other");
        format!("sqlite://{}/heimdall.db", folder.display())
    }

    /// Stops the server, to be started again with [`Self::started_over`].
    pub(crate) async fn paused(mut self) -> Self {
        self.server.take().unwrap().stop().await;
        self
    }

    /// Starts a paused server over another database.
    pub(crate) async fn started_over(mut self, database: String) -> Self {
        self.settings.insert("DATABASE_URL".into(), database);
        let folder = std::mem::replace(&mut self._folder, tempfile::tempdir().unwrap());
        Self::start(self.settings.clone(), folder, self.clock.clone()).await
    }

    /// Stops the server and boots one over the same database that differs in a setting.
    pub(crate) async fn start_again_with(
        mut self,
        name: &str,
        value: &str,
    ) -> Result<(), boot::BootError> {
        self.server.take().unwrap().stop().await;
        self.settings.insert(name.into(), value.into());
        let config = Config::read(self.settings.clone(), None).unwrap();
        boot::boot(config, self.clock.clone()).await.map(drop)
    }

    /// Stops the server; whoever still calls finds nobody.
    pub(crate) async fn stop(mut self) {
        self.server.take().unwrap().stop().await;
    }

    /// The server from within, for what no client can see.
    pub(crate) fn heimdall(&self) -> &heimdall_server::app::Heimdall {
        &self.server.as_ref().unwrap().heimdall
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> std::net::SocketAddr {
        self.server.as_ref().unwrap().address
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    /// An App with the roles `admin` (all that an App's own people can hold), `editor` and
    /// `viewer`, and a user in each.
    pub(crate) async fn app(&self, name: &str) -> Tenant {
        let roles = [
            NewRole::new("admin", ADMIN_PERMISSIONS.iter().copied()),
            NewRole::new(
                "editor",
                [
                    "users:read",
                    "users:write",
                    "users:invite",
                    "roles:read",
                    "roles:write",
                    "billing:read",
                ],
            ),
            NewRole::new("viewer", ["users:read", "roles:read", "app:read"]),
        ];
        let mut new = NewApp::new(name).with_display_name(format!("The {name} company"));
        for role in roles {
            new = new.with_role(role);
        }
        let app = self.admin.apps().create(&new).await.unwrap();
        let mut users = Vec::new();
        for role in ["admin", "editor", "viewer"] {
            let user = NewUser::new(format!("{role}@{name}.example"))
                .with_password(PASSWORD)
                .with_role(role);
            users.push(self.admin.app(name).users().create(&user).await.unwrap());
        }
        Tenant { app, users }
    }

    /// Signs a user in.
    pub(crate) async fn sign_in(&self, app: &str, email: &str) -> TokenResponse {
        self.admin
            .app(app)
            .tokens()
            .password(email, PASSWORD)
            .await
            .unwrap()
    }

    /// A client that calls as a signed-in user.
    pub(crate) async fn client_of(&self, app: &str, email: &str) -> Client {
        let tokens = self.sign_in(app, email).await;
        self.admin.with_bearer(tokens.access_token)
    }

    /// Everything that has happened in an App, oldest first.
    pub(crate) async fn events_of(&self, app: &str) -> Vec<Event> {
        events_of(&self.admin, app).await
    }

    /// A request that the SDK would not send.
    pub(crate) async fn raw(
        &self,
        method: &str,
        path: &str,
        bearer: &str,
        body: Option<&str>,
    ) -> Raw {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let url = format!("{}{path}", self.base);
        let mut request = self.http.request(method, url);
        if !bearer.is_empty() {
            request = request.bearer_auth(bearer);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_owned());
        }
        Raw::of(request.send().await.unwrap()).await
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            server.heimdall.signals.stop();
        }
    }
}

/// Everything that has happened in an App, oldest first.
pub(crate) async fn events_of(client: &Client, app: &str) -> Vec<Event> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let query = EventQuery::after(after).with_limit(200);
        let batch = client.app(app).events().list(&query).await.unwrap();
        after = batch.next_after;
        all.extend(batch.data);
        if !batch.more {
            return all;
        }
    }
}

/// Runs a program of others, which `.ci/prepare` installs; it must succeed.
pub(crate) async fn succeeds(program: &mut tokio::process::Command) {
    let output = program.stdin(std::process::Stdio::null()).output().await;
    let output = output.expect("the program runs; .ci/prepare installs it");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// All that somebody within an App can be allowed.
pub(crate) const ADMIN_PERMISSIONS: &[&str] = &[
    "app:read",
    "app:write",
    "users:read",
    "users:write",
    "users:invite",
    "roles:read",
    "roles:write",
    "credentials:read",
    "credentials:write",
    "webhooks:read",
    "webhooks:write",
    "sessions:write",
    "tokens:issue",
    "tokens:verify",
    "audit:read",
    "revocations:read",
    "billing:read",
    "billing:write",
];

/// An App with people in it.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) app: App,
    /// The admin, the editor, the viewer.
    pub(crate) users: Vec<User>,
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Raw {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The fields that an error names.
    pub(crate) fn fields(&self) -> Vec<String> {
        let details = self.json()["error"]["details"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        details
            .iter()
            .map(|detail| detail["field"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

/// The code of a refusal; it must be one.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Code {
    match outcome {
        Err(Error::Api { code, .. }) => code,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// What a user's token is refused with by an operation that takes any; nothing if it is good.
pub(crate) async fn code_of(server: &TestServer, token: &TokenResponse) -> Option<Code> {
    let me = server.admin.with_bearer(token.access_token.clone());
    let answer = me.me().get().await;
    answer.err().and_then(|error| error.code().cloned())
}

/// The next tokens of a session in acme.
pub(crate) async fn refreshed(
    server: &TestServer,
    token: &TokenResponse,
) -> Result<TokenResponse, Error> {
    let refresh = token.refresh_token.clone().unwrap();
    server.admin.app("acme").tokens().refresh(refresh).await
}

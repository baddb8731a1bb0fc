//! From settings to a running verifier.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::task::JoinSet;
use url::{Host, Url};

use crate::app::{self, AppRule};
use crate::builder::Settings;
use crate::cache::Cache;
use crate::clock::micros;
use crate::credential::Credential;
use crate::fetch::Heimdall;
use crate::introspect::Introspection;
use crate::judge::{Following, Inner};
use crate::keys::{KeyFile, Ring, Schedule, Source, keep};
use crate::policy::{OnStaleNow, Policy};
use crate::revocations::{Feed, Revocations, follow};
use crate::{BuildError, OnStale, Verifier};

const MAX_LEEWAY: Duration = Duration::from_secs(60);
const MIN_STALENESS: Duration = Duration::from_secs(2);
const DEFAULT_STALENESS: Duration = Duration::from_secs(60);

/// The longest that Heimdall is asked to hold a question.
const MAX_WAIT: Duration = Duration::from_secs(20);

impl Verifier {
    pub(crate) fn start(app: AppRule, settings: Settings) -> Result<Self, BuildError> {
        check(&app, &settings)?;
        let runtime = Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let heimdall = Heimdall::new(base(&settings)?)?;
        let clock = settings.clock;
        let mut tasks = JoinSet::new();

        let ring = Arc::new(Ring::new(
            Arc::clone(&clock),
            settings.key_cooldown,
            settings.max_key_age,
        ));
        let file = settings
            .key_file
            .map(|path| KeyFile::new(path, &settings.issuer, Arc::clone(&clock)));
        if let Some((keys, age)) = file.as_ref().and_then(KeyFile::read) {
            ring.replace(keys, age);
        }
        let source = match settings.key_source {
            Some(source) => Source::Given(source),
            None => Source::Heimdall(heimdall.clone()),
        };
        let schedule = Schedule {
            every: settings.key_refresh,
            cooldown: settings.key_cooldown,
        };
        tasks.spawn_on(keep(Arc::clone(&ring), source, schedule, file), &runtime);

        let following = settings.feed_credential.map(|credential| {
            let max_staleness = settings.max_staleness.unwrap_or(DEFAULT_STALENESS);
            let one = app.one().map(str::to_owned);
            let credential = Arc::new(Credential::new(credential, one.clone()));
            let revocations = Arc::new(Revocations::new(Arc::clone(&clock)));
            let feed = Feed {
                heimdall: heimdall.clone(),
                credential: Arc::clone(&credential),
                app: one,
                wait: (max_staleness / 2).min(MAX_WAIT),
                leeway: settings.leeway,
                clock: Arc::clone(&clock),
            };
            let following = follow(feed, Arc::clone(&revocations), Arc::clone(&ring));
            tasks.spawn_on(following, &runtime);
            let on_stale = match settings.on_stale {
                OnStale::Allow => OnStaleNow::Allow,
                OnStale::Deny => OnStaleNow::Deny,
                OnStale::Introspect => OnStaleNow::Introspect(Introspection {
                    heimdall,
                    credential,
                }),
            };
            Following {
                revocations,
                policy: Policy {
                    max_staleness,
                    on_stale,
                },
            }
        });

        Ok(Self::new(Inner {
            app,
            issuer: settings.issuer,
            algorithms: settings.algorithms,
            leeway_us: micros(settings.leeway),
            ring,
            following,
            cache: Cache::new(settings.cache_capacity),
            clock,
            _tasks: tasks,
        }))
    }
}

fn check(app: &AppRule, settings: &Settings) -> Result<(), BuildError> {
    if let Some(id) = app.one().filter(|id| !app::is_id(id)) {
        return Err(BuildError::AppId(id.to_owned()));
    }
    if settings.algorithms.is_empty() {
        return Err(BuildError::NoAlgorithms);
    }
    if settings.leeway > MAX_LEEWAY {
        return Err(BuildError::Leeway);
    }
    let second = Duration::from_secs(1);
    if settings.key_refresh < second || settings.key_cooldown < second {
        return Err(BuildError::KeySchedule);
    }
    match &settings.feed_credential {
        None if settings.max_staleness.is_some() => Err(BuildError::NoFeed("max_staleness")),
        None if settings.on_stale != OnStale::Allow => Err(BuildError::NoFeed("on_stale")),
        Some(credential) if credential.needs_an_app() && app.one().is_none() => {
            Err(BuildError::ClientWithoutApp)
        }
        _ if settings
            .max_staleness
            .is_some_and(|limit| limit < MIN_STALENESS) =>
        {
            Err(BuildError::MaxStaleness)
        }
        _ => Ok(()),
    }
}

/// Where Heimdall is reached. The base URL itself must be one as well: it is the issuer.
fn base(settings: &Settings) -> Result<Url, BuildError> {
    let issuer = parse(&settings.issuer)?;
    let base = match &settings.reached_at {
        Some(url) => parse(url)?,
        None => issuer,
    };
    let is_here = match base.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    };
    if base.scheme() == "http" && !is_here && !settings.plain_http {
        return Err(BuildError::PlainHttp(base.into()));
    }
    Ok(base)
}

fn parse(text: &str) -> Result<Url, BuildError> {
    let url = Url::parse(text).ok();
    let fits = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    url.filter(fits)
        .ok_or_else(|| BuildError::Url(text.to_owned()))
}

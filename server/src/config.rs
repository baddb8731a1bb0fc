//! Every setting, and the only place that reads the environment.
//!
//! A setting comes from the environment (`HEIMDALL_LISTEN`) or from the TOML file that
//! `HEIMDALL_CONFIG` names (`listen = "…"`); the environment wins. What is wrong stops the start,
//! all of it named at once, each with what would be right.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use ipnet::IpNet;

use crate::db;
use crate::kernel::{Cipher, Secret};
use crate::keys::Algorithm;

/// All settings, read and checked.
#[derive(Clone, Debug)]
pub struct Config {
    /// `HEIMDALL_LISTEN`: the address to listen on.
    pub listen: SocketAddr,
    /// `HEIMDALL_PUBLIC_URL`: how the world reaches the server; the issuer of its tokens.
    pub public_url: PublicUrl,
    /// `HEIMDALL_DATABASE_URL`: `sqlite://PATH` or `postgres://…`.
    pub database_url: db::Url,
    /// `HEIMDALL_ADMIN_KEY`: the first admin key; made at the first start when not given.
    pub admin_key: Option<Secret>,
    /// `HEIMDALL_MASTER_KEY`: encrypts what must be read again. With SQLite it is made beside the
    /// database when not given.
    pub master_key: Option<Cipher>,
    /// `HEIMDALL_SIGNING_ALGORITHM`: of the keys made from now on.
    pub signing_algorithm: Algorithm,
    /// `HEIMDALL_TRUSTED_PROXIES`: whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// `HEIMDALL_RATE_LIMITS`: `on` or `off`.
    pub rate_limits: bool,
    /// `HEIMDALL_WEBHOOK_RETRY_SCHEDULE`: the waits between the attempts of a delivery.
    pub webhook_retry_schedule: Vec<Duration>,
    /// `HEIMDALL_WEBHOOK_ALLOWED_NETWORKS`: private networks that webhooks may reach all the same.
    pub webhook_allowed_networks: Vec<IpNet>,
    /// `HEIMDALL_LOG_FORMAT`: `text` or `json`.
    pub log_format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// The base URL: an origin and a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    /// `https://auth.example.com`
    pub origin: String,
    /// `/heimdall`; empty when the server has the whole host.
    pub path: String,
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.path)
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const RIGHT: &str = "must be an http:// or https:// URL without query or trailing slash, such as https://auth.example.com/heimdall";
        let url = url::Url::parse(text).map_err(|_| RIGHT)?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let path = url.path().trim_end_matches('/');
        let simple = path
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"/-_.~".contains(&b));
        if !plain || !simple || path.contains("//") {
            return Err(RIGHT.into());
        }
        Ok(Self {
            origin: url.origin().ascii_serialization(),
            path: path.to_owned(),
        })
    }
}

/// The settings that are wrong, and why.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(Vec<String>);

/// The names of all settings, without their `HEIMDALL_`.
const NAMES: &[&str] = &[
    "LISTEN",
    "PUBLIC_URL",
    "DATABASE_URL",
    "ADMIN_KEY",
    "MASTER_KEY",
    "SIGNING_ALGORITHM",
    "TRUSTED_PROXIES",
    "RATE_LIMITS",
    "WEBHOOK_RETRY_SCHEDULE",
    "WEBHOOK_ALLOWED_NETWORKS",
    "LOG_FORMAT",
];

impl Config {
    /// Reads the environment and the file it names.
    #[allow(clippy::disallowed_methods)] // the one place that reads the environment
    pub fn from_environment() -> Result<Self, ConfigError> {
        let mut given = BTreeMap::new();
        for (name, value) in std::env::vars_os() {
            let Some(name) = name
                .to_str()
                .and_then(|name| name.strip_prefix("HEIMDALL_"))
            else {
                continue;
            };
            let value = value.into_string();
            let value =
                value.map_err(|_| ConfigError(vec![format!("HEIMDALL_{name}: is not UTF-8")]))?;
            given.insert(name.to_owned(), value);
        }
        let file = given.remove("CONFIG").map(PathBuf::from);
        Self::read(given, file)
    }

    /// Reads settings by their names without `HEIMDALL_`, completed by those of a TOML file.
    pub fn read(
        given: BTreeMap<String, String>,
        file: Option<PathBuf>,
    ) -> Result<Self, ConfigError> {
        let mut settings = Settings {
            given,
            wrong: Vec::new(),
        };
        if let Some(file) = file {
            settings.read_file(&file);
        }
        settings.refuse_unknown();
        let listen = settings.parsed("LISTEN", "127.0.0.1:8080", |text| {
            text.parse()
                .map_err(|_| "must be an address and a port, such as 127.0.0.1:8080".into())
        });
        let public_url = settings.parsed(
            "PUBLIC_URL",
            "http://127.0.0.1:8080/heimdall",
            PublicUrl::from_str,
        );
        let database_url = settings.parsed(
            "DATABASE_URL",
            "sqlite://heimdall-data/heimdall.db",
            db::Url::parse,
        );
        let admin_key = settings.optional("ADMIN_KEY", admin_key);
        let master_key = settings.optional("MASTER_KEY", |text| {
            let cipher = Cipher::from_base64(text);
            cipher.ok_or("must be base64 of 32 bytes; `openssl rand -base64 32` makes one".into())
        });
        let signing_algorithm = settings.parsed("SIGNING_ALGORITHM", "ES256", |text| {
            Algorithm::parse(text).ok_or("must be ES256, EdDSA or RS256".into())
        });
        let trusted_proxies = settings.parsed("TRUSTED_PROXIES", "", networks);
        let rate_limits = settings.parsed("RATE_LIMITS", "on", |text| match text {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err("must be on or off".into()),
        });
        let webhook_retry_schedule = settings.parsed(
            "WEBHOOK_RETRY_SCHEDULE",
            "5s,30s,2m,10m,1h,4h,10h,24h",
            schedule,
        );
        let webhook_allowed_networks = settings.parsed("WEBHOOK_ALLOWED_NETWORKS", "", networks);
        let log_format = settings.parsed("LOG_FORMAT", "text", |text| match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("must be text or json".into()),
        });
        let all = (|| {
            Some(Self {
                listen: listen?,
                public_url: public_url?,
                database_url: database_url?,
                signing_algorithm: signing_algorithm?,
                trusted_proxies: trusted_proxies?,
                rate_limits: rate_limits?,
                webhook_retry_schedule: webhook_retry_schedule?,
                webhook_allowed_networks: webhook_allowed_networks?,
                log_format: log_format?,
                admin_key,
                master_key,
            })
        })();
        // Whatever is missing was named as wrong.
        all.filter(|_| settings.wrong.is_empty())
            .ok_or(ConfigError(settings.wrong))
    }
}

struct Settings {
    given: BTreeMap<String, String>,
    wrong: Vec<String>,
}

impl Settings {
    fn read_file(&mut self, file: &std::path::Path) {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => {
                self.wrong.push(format!(
                    "HEIMDALL_CONFIG: {} can't be read: {error}",
                    file.display()
                ));
                return;
            }
        };
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                self.wrong.push(format!(
                    "HEIMDALL_CONFIG: {} is no TOML: {error}",
                    file.display()
                ));
                return;
            }
        };
        for (name, value) in table {
            let upper = name.to_uppercase();
            if name != name.to_lowercase() || !NAMES.contains(&upper.as_str()) {
                self.wrong.push(format!(
                    "HEIMDALL_CONFIG: {name} is no setting; there are {}",
                    names().to_lowercase()
                ));
                continue;
            }
            let text = match value {
                toml::Value::String(text) => text,
                toml::Value::Array(list) => list
                    .iter()
                    .filter_map(|v| v.as_str())
                    .collect::<Vec<_>>()
                    .join(","),
                toml::Value::Boolean(on) => if on { "on" } else { "off" }.into(),
                _ => {
                    self.wrong
                        .push(format!("HEIMDALL_CONFIG: {name} must be a text"));
                    continue;
                }
            };
            self.given.entry(upper).or_insert(text);
        }
    }

    fn refuse_unknown(&mut self) {
        for name in self.given.keys() {
            // Those of other programs of the family: a service's own client id, say.
            let ours = NAMES.contains(&name.as_str());
            let elsewhere = [
                "CLIENT_",
                "WEBHOOK_SECRET",
                "URL",
                "APP",
                "ISSUER",
                "TOKEN",
                "TEST_",
            ];
            if !ours && !elsewhere.iter().any(|prefix| name.starts_with(prefix)) {
                self.wrong.push(format!(
                    "HEIMDALL_{name}: is no setting; there are {}",
                    names()
                ));
            }
        }
    }

    fn optional<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match read(self.given.get(name)?.trim()) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.wrong.push(format!("HEIMDALL_{name}: {reason}"));
                None
            }
        }
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        default: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.given.contains_key(name) {
            self.optional(name, read)
        } else {
            read(default).ok()
        }
    }
}

fn names() -> String {
    NAMES.join(", ")
}

fn admin_key(text: &str) -> Result<Secret, String> {
    let long_enough = text.strip_prefix("hdk_").is_some_and(|key| {
        key.len() >= 32
            && key
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
    });
    if long_enough {
        return Ok(Secret::from(text.to_owned()));
    }
    Err("must be hdk_ with at least 32 characters of A-Z a-z 0-9 _ - behind it".into())
}

fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let list = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    list.map(|part| {
        let network = part.parse::<IpNet>().ok();
        let address = || part.parse::<IpAddr>().ok().map(IpNet::from);
        network.or_else(address).ok_or_else(|| {
            format!("{part} is no network; it must be a list of networks such as 127.0.0.0/8,10.1.0.0/16")
        })
    })
    .collect()
}

fn schedule(text: &str) -> Result<Vec<Duration>, String> {
    let right = "must be a list of waits such as 200ms,5s,2m,1h";
    let waits: Option<Vec<_>> = text.split(',').map(|part| wait(part.trim())).collect();
    let waits = waits.ok_or(right)?;
    if waits.len() > 50 {
        Err("has more than 50 waits".into())
    } else {
        Ok(waits)
    }
}

fn wait(text: &str) -> Option<Duration> {
    let unit = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..unit].parse().ok()?;
    let millis = match &text[unit..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let millis = number.checked_mul(millis)?;
    // A wait of more than 30 days is a slip of the pen.
    (millis <= 30 * 86_400_000).then(|| Duration::from_millis(millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let given = given
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Config::read(given.collect(), None)
    }

    #[test]
    fn the_defaults_are_right() {
        let config = read(&[]).unwrap();
        assert_eq!(
            config.public_url.to_string(),
            "http://127.0.0.1:8080/heimdall"
        );
        assert_eq!(config.webhook_retry_schedule.len(), 8);
        assert!(config.rate_limits);
    }

    #[test]
    fn everything_wrong_is_named_at_once_with_what_is_right() {
        let wrong = [
            ("LISTEN", "localhost"),
            ("PUBLIC_URL", "ftp://x"),
            ("DATABASE_URL", "mysql://x"),
            ("ADMIN_KEY", "hdk_short"),
            ("MASTER_KEY", "abc"),
            ("SIGNING_ALGORITHM", "HS256"),
            ("TRUSTED_PROXIES", "10.0.0.0/33"),
            ("RATE_LIMITS", "maybe"),
            ("WEBHOOK_RETRY_SCHEDULE", "5x"),
            ("LOG_FORMAT", "xml"),
            ("LISTN", "typo"),
        ];
        let error = read(&wrong).unwrap_err().to_string();
        for (name, _) in wrong {
            assert!(
                error.contains(&format!("HEIMDALL_{name}: ")),
                "{name} in {error}"
            );
        }
        assert!(error.contains("127.0.0.1:8080") && error.contains("200ms,5s,2m,1h"));
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = std::env::temp_dir().join("heimdall-config-test.toml");
        std::fs::write(&file, "rate_limits = \"off\"\nlog_format = \"json\"\n").unwrap();
        let given = [("LOG_FORMAT".to_owned(), "text".to_owned())].into();
        let config = Config::read(given, Some(file)).unwrap();
        assert!(!config.rate_limits);
        assert_eq!(config.log_format, LogFormat::Text);
    }
}

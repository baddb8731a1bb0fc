//! Where a webhook must never go: whatever is not the public internet, in every spelling.
//!
//! An address is checked when it is dialled, after the name has been resolved, so a name that points elsewhere the second time
//! gains nothing. What can be known when an endpoint is made is refused then.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// What an operator has opened, and by that what is closed.
#[derive(Clone, Debug)]
pub struct Guard {
    allowed: Arc<[IpNet]>,
}

impl Guard {
    pub fn new(allowed: &[IpNet]) -> Self {
        Self {
            allowed: allowed.into(),
        }
    }

    /// Why an endpoint can't have this address, as far as that can be known before it is called.
    pub fn check_url(&self, url: &Url) -> Result<(), String> {
        if !matches!(url.scheme(), "https" | "http") {
            return Err("must be an https:// URL".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user name or password".into());
        }
        if url.fragment().is_some() {
            return Err("must not have a #fragment".into());
        }
        let in_clear = url.scheme() == "http";
        if in_clear && self.allowed.is_empty() {
            return Err("must be an https:// URL; http:// reaches only networks that HEIMDALL_WEBHOOK_ALLOWED_NETWORKS opens".into());
        }
        match url.host() {
            None => Err("must have a host".into()),
            Some(Host::Domain(name)) => self.check_name(name),
            Some(Host::Ipv4(address)) => self.check(address.into(), in_clear),
            Some(Host::Ipv6(address)) => self.check(address.into(), in_clear),
        }
    }

    fn check_name(&self, name: &str) -> Result<(), String> {
        let name = name.trim_end_matches('.');
        let local = name == "localhost"
            || [".localhost", ".local", ".internal", ".home.arpa", ".lan"]
                .iter()
                .any(|end| name.ends_with(end));
        if local && self.allowed.is_empty() {
            return Err("must not be a name of this machine or of a private network".into());
        }
        if !local && !name.contains('.') {
            return Err("must be a full name, such as hooks.example.com".into());
        }
        Ok(())
    }

    fn check(&self, address: IpAddr, in_clear: bool) -> Result<(), String> {
        if self.may_dial(address, in_clear) {
            return Ok(());
        }
        if in_clear {
            return Err(format!(
                "{address} is not in a network that HEIMDALL_WEBHOOK_ALLOWED_NETWORKS opens to http://"
            ));
        }
        Err(format!(
            "{address} is not a public address; HEIMDALL_WEBHOOK_ALLOWED_NETWORKS opens others"
        ))
    }

    /// Whether an address may be dialled: a public one by TLS, and one that the operator has opened anyway.
    pub fn may_dial(&self, address: IpAddr, in_clear: bool) -> bool {
        let address = address.to_canonical();
        let opened = self
            .allowed
            .iter()
            .any(|network| network.contains(&address));
        opened || (!in_clear && is_public(address))
    }

    /// A resolver that gives only addresses that may be dialled.
    pub fn resolver(&self, in_clear: bool) -> Arc<Resolver> {
        Arc::new(Resolver {
            guard: self.clone(),
            in_clear,
        })
    }
}

/// Resolves names to addresses that may be dialled.
#[derive(Debug)]
pub struct Resolver {
    guard: Guard,
    in_clear: bool,
}

/// A name has no address that may be dialled.
#[derive(Debug, thiserror::Error)]
#[error("{0} resolves to no address that may be called")]
struct NothingPublic(String);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, in_clear) = (self.guard.clone(), self.in_clear);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let good: Vec<SocketAddr> = found
                .filter(|address| guard.may_dial(address.ip(), in_clear))
                .collect();
            if good.is_empty() {
                return Err(NothingPublic(name.as_str().to_owned()).into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is one of the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let reserved = match a {
        // "This network", loopback, multicast and what is above it.
        0 | 10 | 127 | 224..=255 => true,
        // Carrier-grade NAT.
        100 => (64..128).contains(&b),
        // Link-local, and the metadata services.
        169 => b == 254,
        172 => (16..32).contains(&b),
        // Private; protocol assignments; documentation; 6to4 relays.
        192 => b == 168 || (b == 0 && (c == 0 || c == 2)) || (b == 88 && c == 99),
        // Benchmarks; documentation.
        198 => b == 18 || b == 19 || (b == 51 && c == 100),
        203 => b == 0 && c == 113,
        _ => false,
    };
    !reserved
}

/// Only global unicast (2000::/3) is public, without what within it carries or stands for something else.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let global_unicast = (0x2000..0x4000).contains(&a);
    let reserved = match a {
        // Teredo, ORCHID, benchmarks and others of 2001::/23; documentation.
        0x2001 => b < 0x200 || b == 0xdb8,
        // 6to4: an IPv4 address in disguise.
        0x2002 => true,
        // Documentation.
        0x3fff => b < 0x1000,
        _ => false,
    };
    global_unicast && !reserved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(guard: &Guard, url: &str) -> bool {
        Url::parse(url)
            .map_err(|error| error.to_string())
            .and_then(|url| guard.check_url(&url))
            .is_err()
    }

    #[test]
    fn every_spelling_of_what_is_not_public_is_refused() {
        let guard = Guard::new(&[]);
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0xa9fea9fe",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "[::]",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b:1::1]",
            "[2002:a9fe:a9fe::]",
            "[2001::1]",
            "[2001:db8::1]",
            "[2001:10::1]",
            "[fc00::1]",
            "[fd00:ec2::254]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[100::1]",
            "[5f00::1]",
            "[3fff::1]",
            "localhost",
            "localhost.",
            "a.localhost",
            "printer.local",
            "metadata.google.internal",
            "router.lan",
            "intranet",
            "127.0.0.1.",
            "１２７.0.0.1",
            "user@example.com",
            "user:pw@example.com",
        ] {
            assert!(refuses(&guard, &format!("https://{host}/")), "{host}");
        }
        for url in [
            "http://example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://example.com/",
            "unix:/x",
            "https://",
            "https://example.com/#x",
        ] {
            assert!(refuses(&guard, url), "{url}");
        }
    }

    #[test]
    fn what_is_public_is_called() {
        let guard = Guard::new(&[]);
        for host in [
            "example.com",
            "1.1.1.1",
            "100.63.0.1",
            "172.32.0.1",
            "198.20.0.1",
            "[2606:4700::1111]",
            "hooks.example.com:8443",
        ] {
            assert!(
                !refuses(&guard, &format!("https://{host}/hook?x=1")),
                "{host}"
            );
        }
    }

    #[test]
    fn what_an_operator_opens_is_open_and_nothing_else() {
        let guard = Guard::new(&["127.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        assert!(!refuses(&guard, "http://127.0.0.1:9000/"));
        assert!(!refuses(&guard, "http://[::ffff:127.0.0.1]:9000/"));
        assert!(!refuses(&guard, "http://localhost:9000/"));
        assert!(!refuses(&guard, "https://[fd00::1]/"));
        assert!(refuses(&guard, "http://10.0.0.1/"));
        assert!(refuses(&guard, "https://[::1]/"));
        // In clear to what is opened only.
        assert!(refuses(&guard, "http://1.1.1.1/"));
        assert!(!guard.may_dial("1.1.1.1".parse().unwrap(), true));
        assert!(guard.may_dial("1.1.1.1".parse().unwrap(), false));
    }

    #[tokio::test]
    async fn a_name_is_refused_by_what_it_resolves_to() {
        let closed = Guard::new(&[]).resolver(false);
        assert!(closed.resolve("localhost".parse().unwrap()).await.is_err());
        let open = Guard::new(&["127.0.0.0/8".parse().unwrap()]).resolver(true);
        let found = open.resolve("localhost".parse().unwrap()).await.unwrap();
        assert!(found.map(|address| address.ip()).all(|ip| ip.is_loopback()));
    }
}

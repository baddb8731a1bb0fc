//! Where a request came from: its id, address and user agent.

use std::net::IpAddr;

use ipnet::IpNet;
use poem::http::HeaderMap;
use poem::{FromRequest, Request, RequestBody};

use super::rate_limit::Told;
use super::request_id::RequestId;
use crate::app::Heimdall;
use crate::error::Refusal;
use crate::events::Origin;
use crate::limits::Rate;

/// The longest user agent that is kept, in characters.
const MAX_USER_AGENT: usize = 256;

/// [`Origin`], as an argument of a handler that has no caller.
#[derive(Clone, Debug)]
pub struct From(pub Origin, Told);

impl From {
    /// Takes one from the bucket of the client's address; the answer will tell what is left.
    pub fn take(&self, heimdall: &Heimdall, rate: Rate) -> Result<(), Refusal> {
        let address: Option<IpAddr> = self.0.ip.as_deref().and_then(|ip| ip.parse().ok());
        let Some(taken) = heimdall.limits.take(rate, address, heimdall.clock.now()) else {
            return Ok(());
        };
        self.1.tell(taken.standing);
        taken.outcome
    }
}

impl<'a> FromRequest<'a> for From {
    async fn from_request(request: &'a Request, _body: &mut RequestBody) -> poem::Result<Self> {
        let told = request.data::<Told>().cloned().unwrap_or_default();
        Ok(Self(origin_of(request), told))
    }
}

pub fn origin_of(request: &Request) -> Origin {
    let trusted = request
        .data::<Heimdall>()
        .map(|heimdall| heimdall.config.trusted_proxies.as_slice());
    let peer = request.remote_addr().as_socket_addr().map(|peer| peer.ip());
    let ip = peer.map(|peer| client(peer, request.headers(), trusted.unwrap_or_default()));
    let user_agent = request.header("user-agent").map(|agent| {
        let printable = agent.chars().filter(|c| !c.is_control());
        printable.take(MAX_USER_AGENT).collect()
    });
    Origin {
        request_id: request
            .data::<RequestId>()
            .map(ToString::to_string)
            .unwrap_or_default(),
        ip: ip.map(|ip| ip.to_string()),
        user_agent,
    }
}

/// The client's address: the nearest one in `X-Forwarded-For` that is not a proxy we trust. What a
/// client writes there itself stands further away, and is not believed.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut nearest = peer.to_canonical();
    let forwarded: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for hop in forwarded.into_iter().rev() {
        let Some(address) = hop
            .trim()
            .parse::<IpAddr>()
            .ok()
            .filter(|_| is_trusted(&nearest))
        else {
            break;
        };
        nearest = address.to_canonical();
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted: Vec<IpNet> = vec!["10.0.0.0/8".parse().unwrap()];
        let told = |peer: &str, forwarded: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            client(peer.parse().unwrap(), &headers, &trusted).to_string()
        };
        assert_eq!(told("192.0.2.1", "198.51.100.7"), "192.0.2.1");
        assert_eq!(told("10.0.0.1", "198.51.100.7"), "198.51.100.7");
        assert_eq!(
            told("10.0.0.1", "1.1.1.1, 198.51.100.7, 10.0.0.2"),
            "198.51.100.7"
        );
        assert_eq!(told("10.0.0.1", "nonsense"), "10.0.0.1");
        assert_eq!(told("::ffff:10.0.0.1", "198.51.100.7"), "198.51.100.7");
    }
}

//! `heimdall healthcheck`: whether the server on this machine is ready.

use std::net::IpAddr;
use std::time::Duration;

use heimdall_server::config::Config;

use super::Outcome;

pub(super) async fn run(config: &Config) -> Outcome {
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => IpAddr::from([127, 0, 0, 1]),
            IpAddr::V6(_) => IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1]),
        });
    }
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(5))
        .build()?;
    let answer = client
        .get(format!("http://{address}/readyz"))
        .send()
        .await?;
    if answer.status().is_success() {
        println!("ready");
        return Ok(());
    }
    Err(format!("not ready: {}", answer.text().await?).into())
}

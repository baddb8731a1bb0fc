//! Whether the server is well. These answer outside the base path, and are asked once: whoever asks
//! wants to know how it is now.

use crate::call::Draft;
use crate::operations::{Operation, Repeat};
use crate::{Call, Client};

const ALIVE: Operation = probe("healthz", "/healthz");
const READY: Operation = probe("readyz", "/readyz");
const METRICS: Operation = probe("metrics", "/metrics");

const fn probe(id: &'static str, path: &'static str) -> Operation {
    Operation {
        id,
        method: "GET",
        path,
        repeat: Repeat::Safe,
    }
}

/// Whether the server is well: [`Client::health`].
#[derive(Clone, Copy, Debug)]
pub struct Health<'a>(pub(crate) &'a Client);

impl Health<'_> {
    /// Whether it is alive.
    pub fn alive(&self) -> Call<()> {
        self.draft(ALIVE).returning_nothing()
    }

    /// Whether it can serve: database reachable, schema current, a signing key active. An error of
    /// status 503 says no.
    pub fn ready(&self) -> Call<()> {
        self.draft(READY).returning_nothing()
    }

    /// Its metrics, as Prometheus reads them.
    pub fn metrics(&self) -> Call<String> {
        self.draft(METRICS).returning_text()
    }

    fn draft(&self, probe: Operation) -> Draft {
        Draft::at_origin(self.0, probe).stranger().once()
    }
}

//! One real PostgreSQL for the tests of this process, with a fresh database for each test.
//!
//! Nothing to set up: the server's programs are found (`.ci/prepare` installs them), its files lie
//! in the target folder, and `postgres.sh`, which runs it, stops it and removes the files when this
//! process ends, even by a signal. Its stdin is a pipe that only this process holds.
//!
//! The databases belong to `heimdall`, who is no superuser: a superuser is above row-level security,
//! and tests run as one would prove nothing about it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::hash_map::RandomState;
use std::env;
use std::hash::BuildHasher;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use tokio::process::Command as AsyncCommand;

/// The cluster that the tests of this process share. The first call starts it (about two seconds).
///
/// A test that stops or kills its server takes its own: [`Cluster::new`].
pub fn cluster() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::new)
}

/// A running PostgreSQL on a loopback port, which stays the same over restarts.
#[derive(Debug)]
pub struct Cluster {
    port: u16,
    databases: AtomicU32,
    supervisor: Mutex<Supervisor>,
}

impl Cluster {
    /// Starts one that never waits for the disk: a crash of the machine would lose data, a crash of
    /// PostgreSQL would not.
    pub fn new() -> Self {
        Self::with_fsync("off")
    }

    /// Starts one with the durability of production.
    pub fn durable() -> Self {
        Self::with_fsync("on")
    }

    fn with_fsync(fsync: &str) -> Self {
        // Someone may take the port between our look and PostgreSQL's start.
        for _ in 0..5 {
            let port = free_port();
            match Supervisor::start(port, fsync) {
                Ok(supervisor) => {
                    let cluster = Self {
                        port,
                        databases: AtomicU32::new(0),
                        supervisor: Mutex::new(supervisor),
                    };
                    return cluster;
                }
                Err(why) if why.contains("Address already in use") => {}
                Err(why) => panic!("PostgreSQL for the tests does not start: {why}"),
            }
        }
        panic!("PostgreSQL for the tests found no free port");
    }

    /// Makes an empty database and answers its URL, `postgres://heimdall@127.0.0.1:PORT/NAME`.
    pub async fn database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        if number == 0 {
            self.execute("CREATE ROLE heimdall LOGIN").await;
        }
        let name = format!("test_{number}");
        self.create_database(&name).await;
        format!("postgres://heimdall@127.0.0.1:{}/{name}", self.port)
    }
}

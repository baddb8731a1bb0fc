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
use std::hash::BuildHasher;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

/// The cluster that the tests of this process share. The first call starts it (about two seconds).
///
/// A test that stops or kills its server takes its own: [`Cluster::new`].
pub(crate) fn cluster() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(Cluster::new)
}

/// A running PostgreSQL on a loopback port, which stays the same over restarts.
#[derive(Debug)]
pub(crate) struct Cluster {
    port: u16,
    databases: AtomicU32,
    supervisor: Mutex<Supervisor>,
}

impl Cluster {
    /// Starts one that never waits for the disk: it survives a crash of PostgreSQL, but not one of
    /// the machine.
    pub(crate) fn new() -> Self {
        Self::with_fsync("off")
    }

    /// Starts one with the durability of production.
    pub(crate) fn durable() -> Self {
        Self::with_fsync("on")
    }

    fn with_fsync(fsync: &str) -> Self {
        // Someone may take the port between our look and PostgreSQL's start.
        for _ in 0..5 {
            let port = free_port();
            match Supervisor::spawn(port, fsync) {
                Ok(supervisor) => {
                    return Self {
                        port,
                        databases: AtomicU32::new(0),
                        supervisor: Mutex::new(supervisor),
                    };
                }
                Err(why) if why.contains("Address already in use") => {}
                Err(why) => panic!("no PostgreSQL for the tests: {why}"),
            }
        }
        panic!("no PostgreSQL for the tests: found no free port");
    }

    /// Makes an empty database and answers its URL, `postgres://heimdall@127.0.0.1:PORT/NAME`.
    pub(crate) async fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.psql(&format!("CREATE DATABASE {name} OWNER heimdall"))
            .await;
        format!("postgres://heimdall@127.0.0.1:{}/{name}", self.port)
    }

    /// Runs one statement as the superuser, who sees all databases, and answers what `psql` prints:
    /// one line a row, columns parted by `|`. For what a test does behind the server's back.
    pub(crate) async fn psql(&self, statement: &str) -> String {
        let psql = self.supervisor.lock().unwrap().programs.clone() + "/psql";
        let output = tokio::process::Command::new(psql)
            .args([
                "-qXAt",
                "-v",
                "ON_ERROR_STOP=1",
                "-h",
                "127.0.0.1",
                "-U",
                "postgres",
            ])
            .args(["-p", &self.port.to_string(), "-c", statement])
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{statement}: {complaint}");
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    }

    /// Starts the server again after [`stop`](Self::stop) or [`kill`](Self::kill); answers when it
    /// takes connections.
    pub(crate) fn start(&self) {
        self.supervisor.lock().unwrap().ask("start");
    }

    /// Stops the server in good order; its clients are disconnected.
    pub(crate) fn stop(&self) {
        self.supervisor.lock().unwrap().ask("stop");
    }

    /// Stops the server in good order and starts it again.
    pub(crate) fn restart(&self) {
        self.stop();
        self.start();
    }

    /// Ends the server as a crash would: what was not committed is lost, and the next start recovers.
    pub(crate) fn kill(&self) {
        self.supervisor.lock().unwrap().ask("kill");
    }
}

/// A port that nobody listens on, below those that the system hands to outgoing connections, so that
/// no client of another test takes it while a server is stopped.
pub(crate) fn free_port() -> u16 {
    loop {
        let random = RandomState::new().hash_one(());
        let port = 20_000 + u16::try_from(random % 12_000).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// The shell that runs `postgres.sh`. Dropping it closes its stdin, on which it cleans up.
#[derive(Debug)]
struct Supervisor {
    programs: String,
    shell: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Supervisor {
    /// Makes a cluster and starts it, or says why not.
    fn spawn(port: u16, fsync: &str) -> Result<Self, String> {
        let mut shell = Command::new("sh")
            .args([
                "-c",
                include_str!("postgres.sh"),
                "postgres",
                &port.to_string(),
                fsync,
            ])
            // The checkout may lie in a folder that is closed to the account PostgreSQL runs as.
            .arg(env!("CARGO_TARGET_TMPDIR"))
            .arg(std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut supervisor = Self {
            programs: String::new(),
            commands: shell.stdin.take(),
            answers: BufReader::new(shell.stdout.take().unwrap()),
            shell,
        };
        let first = supervisor.answer();
        match first.strip_prefix("error: ") {
            Some(why) => Err(why.to_owned()),
            None => {
                supervisor.programs = first;
                Ok(supervisor)
            }
        }
    }

    fn ask(&mut self, command: &str) {
        writeln!(self.commands.as_mut().unwrap(), "{command}").unwrap();
        let answer = self.answer();
        assert_eq!(answer, "ok", "{command} of PostgreSQL failed");
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.commands.take());
        // It ends by itself now; waiting only keeps it from lingering as a zombie.
        let _ = self.shell.wait();
    }
}

#[tokio::test]
async fn a_database_outlives_a_crash_of_its_server_at_the_same_address() {
    let cluster = Cluster::durable();
    let url = cluster.database().await;

    cluster.kill();
    cluster.start();
    cluster.restart();

    let name = url.rsplit('/').next().unwrap();
    let query = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(cluster.psql(&query).await, "1");
}

#[tokio::test]
async fn the_owner_of_a_test_database_is_no_superuser() {
    let query =
        "SELECT rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname = 'heimdall'";
    assert_eq!(cluster().psql(query).await, "f|f|t");
}

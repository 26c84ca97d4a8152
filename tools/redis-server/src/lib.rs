//! A real `redis-server` of a test's own.
//!
//! What it has acknowledged is in its folder before it answers, so that killing it is a power cut.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "for tests only: they stop at once"
)]

use std::{
    hash::{BuildHasher, RandomState},
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::Duration,
};

use redis::{Client, InfoDict, RedisResult, cmd};
use tempfile::TempDir;

/// How often a server that begins is looked at, every [`PAUSE`]: for a minute.
const LOOKS: usize = 12_000;
const PAUSE: Duration = Duration::from_millis(5);
/// How long one look may take: whoever listens at the port may be silent.
const PATIENCE: Duration = Duration::from_secs(5);

/// Killed when dropped.
#[derive(Debug)]
pub struct RedisServer {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl RedisServer {
    /// An empty one that serves already.
    ///
    /// # Panics
    ///
    /// If `redis-server` is not installed (`cargo xtask test` does that) or does not begin within a minute.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let mut server = Self { child: spawn(port, folder.path(), &[]), port, folder };
        while !server.serves() {
            // Somebody else was faster at this port.
            server.port = free_port();
            server.child = spawn(server.port, server.folder.path(), &[]);
        }
        server
    }

    /// Where clients find it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The port at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// As a power cut does.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// After [`RedisServer::kill`], at the same port and with all that it had acknowledged.
    ///
    /// # Panics
    ///
    /// If it does not begin again within a minute.
    pub fn start_again(&mut self) {
        self.child = spawn(self.port, self.folder.path(), &[]);
        assert!(self.serves(), "port {} was taken meanwhile", self.port);
    }

    /// As [`RedisServer::start_again`], but each command that it reads from its file takes `each`, and it is not
    /// waited for: until it has read them all it answers `LOADING`, if at all.
    ///
    /// # Panics
    ///
    /// If it does not begin again within a minute.
    pub fn start_loading(&mut self, each: Duration) {
        let delay = each.as_micros().to_string();
        self.child = spawn(self.port, self.folder.path(), &["--key-load-delay", &delay]);
        assert!(self.begins(true), "port {} was taken meanwhile", self.port);
    }

    fn serves(&mut self) -> bool {
        self.begins(false)
    }

    /// Whether it comes to serve, or to load; not if it ended because its port is another's.
    fn begins(&mut self, loading: bool) -> bool {
        for _ in 0..LOOKS {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            // Whoever else listens at this port is another process.
            let own = Some(self.child.id());
            if self
                .info()
                .is_ok_and(|info| info.get("process_id") == own && info.get("loading") == Some(loading))
            {
                return true;
            }
            sleep(PAUSE);
        }
        panic!("redis-server at port {} did not begin", self.port);
    }

    /// What it says of itself; it does so also while it loads.
    fn info(&self) -> RedisResult<InfoDict> {
        let mut connection = Client::open(self.url())?.get_connection_with_timeout(PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        cmd("INFO").query(&mut connection)
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// One from below those that systems give to clients: nobody gets it while the server is away. Whether it is taken,
/// the server finds out.
fn free_port() -> u16 {
    let chance = RandomState::new().hash_one("port") % 20_000;
    10_000 + u16::try_from(chance).unwrap()
}

fn spawn(port: u16, folder: &Path, more: &[&str]) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    command.args(["--appendonly", "yes", "--appendfsync", "always", "--dir"]).arg(folder).args(more);
    command.stdout(Stdio::null()).spawn().expect("redis-server is installed (`cargo xtask test` does that)")
}

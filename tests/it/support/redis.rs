//! A real `redis-server` of the test's own.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tempfile::TempDir;
use tokio::net::TcpStream;

/// Killed when dropped. What it has acknowledged is in its folder.
pub struct Redis {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl Redis {
    pub async fn start() -> Self {
        // redis-server cannot choose a port itself; this one was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let redis = Self { child: spawn(port, &folder), port, folder };
        redis.listens().await;
        redis
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

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

    /// After [`Redis::kill`], with what it had acknowledged.
    pub async fn start_again(&mut self) {
        self.child = spawn(self.port, &self.folder);
        self.listens().await;
    }

    async fn listens(&self) {
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

fn spawn(port: u16, folder: &TempDir) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]);
    command.args(["--appendonly", "yes", "--appendfsync", "always", "--dir"]).arg(folder.path());
    command.stdout(Stdio::null()).spawn().expect("redis-server is installed (.ci/run installs it)")
}

//! The Redis backend against a real `redis-server`.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use runner::{KeyValueStore, RuntimeConfig};
use tempfile::TempDir;
use tokio::net::TcpStream;

use crate::probe::{Probe, options, state};

/// A server with its files in `folder`; killed when dropped.
pub(crate) struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub(crate) async fn start(folder: &TempDir, port: u16) -> Self {
        let mut command = Command::new("redis-server");
        command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--dir"])
            .arg(folder.path());
        command.stdout(Stdio::null());
        let child = command.spawn().expect("redis-server is installed (.ci/run installs it)");
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        Self { child, port }
    }

    pub(crate) fn config(&self) -> RuntimeConfig {
        let mut config = RuntimeConfig::default();
        let url = format!("redis://127.0.0.1:{}", self.port);
        config.key_value_store.insert("default".to_owned(), KeyValueStore::Redis { url });
        config
    }
}

/// A port that was free a moment ago: redis-server cannot choose one itself.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_share_what_is_in_redis() {
    let (one, two, folder) = (state(), state(), state());
    let server = Server::start(&folder, free_port()).await;
    let first = Probe::start(options(&one).runtime_config(server.config())).await;
    let second = Probe::start(options(&two).runtime_config(server.config())).await;
    assert_eq!(first.post("/a/set?x", "one").await.0, 200);
    assert_eq!(second.get("/a/get?x").await, (200, "one".to_owned()));
    assert_eq!(second.get("/a/keys").await.1, "x");
    assert_eq!(second.get("/a/delete?x").await.0, 200);
    assert_eq!(first.get("/a/keys").await.1, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_an_error_and_its_return_is_noticed() {
    let (state, folder) = (state(), state());
    let port = free_port();
    let server = Server::start(&folder, port).await;
    let probe = Probe::start(options(&state).runtime_config(server.config())).await;
    assert_eq!(probe.post("/a/set?x", "one").await.0, 200);
    drop(server);
    assert_eq!(probe.post("/a/set?x", "two").await.0, 502);
    let _server = Server::start(&folder, port).await;
    // The connection is made again in the background; each call until then fails, none hangs.
    let mut status = 502;
    for _ in 0..50 {
        status = probe.post("/a/set?x", "three").await.0;
        if status == 200 {
            break;
        }
    }
    assert_eq!(status, 200);
    assert_eq!(probe.get("/a/get?x").await.1, "three");
}

//! The Redis backend against a real `redis-server`.

use redis_server::RedisServer;
use runner::{KeyValueStore, RuntimeConfig};

use crate::probe::{Probe, options, state};

/// That the default store is there.
pub(crate) fn config(server: &RedisServer) -> RuntimeConfig {
    let mut config = RuntimeConfig::default();
    config.key_value_store.insert("default".to_owned(), KeyValueStore::Redis { url: server.url() });
    config
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_share_what_is_in_redis() {
    let (one, two) = (state(), state());
    let server = RedisServer::start();
    let first = Probe::start(options(&one).runtime_config(config(&server))).await;
    let second = Probe::start(options(&two).runtime_config(config(&server))).await;
    assert_eq!(first.post("/a/set?x", "one").await.0, 200);
    assert_eq!(second.get("/a/get?x").await, (200, "one".to_owned()));
    assert_eq!(second.get("/a/keys").await.1, "x");
    assert_eq!(second.get("/a/delete?x").await.0, 200);
    assert_eq!(first.get("/a/keys").await.1, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_an_error_and_its_return_is_noticed() {
    let state = state();
    let mut server = RedisServer::start();
    let probe = Probe::start(options(&state).runtime_config(config(&server))).await;
    assert_eq!(probe.post("/a/set?x", "one").await.0, 200);
    server.kill();
    assert_eq!(probe.post("/a/set?x", "two").await.0, 502);
    server.start_again();
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

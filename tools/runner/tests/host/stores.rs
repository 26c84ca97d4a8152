//! The key-value interface as a guest has it, the same on each backend.

use std::collections::BTreeSet;

use redis_server::RedisServer;
use runner::RuntimeConfig;

use crate::{
    probe::{Probe, options, state},
    redis::config,
};

async fn conforms(config: RuntimeConfig) {
    let state = state();
    let probe = Probe::start(options(&state).runtime_config(config)).await;
    assert_eq!(probe.get("/a/exists?absent").await, (200, "false".to_owned()));
    assert_eq!(probe.get("/a/get?absent").await, (200, String::new()));
    assert_eq!(probe.get("/a/delete?absent").await.0, 200);
    assert_eq!(probe.get("/a/keys").await, (200, String::new()));

    let (long, large) = ("k".repeat(255), "v".repeat(400_000));
    let allowed = "iloq-functions:house:1:u:Anna_.~-0";
    for (key, value) in [(long.as_str(), large.as_str()), (allowed, "\u{e5}\u{0}"), ("empty", "")] {
        assert_eq!(probe.post(&format!("/a/set?{key}"), value).await.0, 200, "{key}");
        assert!(probe.get(&format!("/a/get?{key}")).await.1 == value, "{key}");
        assert_eq!(probe.get(&format!("/a/exists?{key}")).await.1, "true", "{key}");
    }
    let listed = probe.get("/a/keys").await.1;
    assert_eq!(listed.lines().collect::<BTreeSet<_>>(), BTreeSet::from([long.as_str(), allowed, "empty"]));
    assert_eq!(probe.get(&format!("/a/delete?{long}")).await.0, 200);
    assert_eq!(probe.get(&format!("/a/exists?{long}")).await.1, "false");
    assert_eq!(probe.get("/b/get?empty").await.0, 502, "who was not given the store does not have it");
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_as_a_guest_has_it() {
    conforms(RuntimeConfig::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_as_a_guest_has_it() {
    let server = RedisServer::start();
    conforms(config(&server)).await;
}

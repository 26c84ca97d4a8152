//! iLOQ's webhook over TCP: the simulator posts to the functions.

use serde_json::json;
use simulator::{Opening, Seed};

use crate::support::{App, Iloq, hook, until};

/// A house that iLOQ's webhook tells of, and iLOQ with the real time.
async fn subscribed(app: &App) -> Iloq {
    let iloq = Iloq::start(&Seed { persons: 2, keys_per_person: 1, ..Seed::default() }).await;
    iloq.simulator.set_clock(chrono::Utc::now());
    iloq.set_up(&app.portal, "house").await;
    let body = json!({ "targetUrl": format!("{}/v1/events/house", app.handle.url()) });
    app.portal.put("/v1/systems/house/event-subscription", body).await.expect(201);
    iloq
}

fn open_a_door(iloq: &Iloq) {
    let lock = iloq.simulator.ids(None, "locks")[0];
    let key = iloq.simulator.ids(None, "keys")[0];
    iloq.simulator.open(None, lock, &Opening { key: Some(key), ..Opening::default() }).unwrap();
}

/// Whether the wish to pull the log is open.
fn is_wished(app: &App) -> bool {
    app.state.rows().keys().any(|key| key.ends_with(":ew"))
}

async fn delivered(iloq: &Iloq, count: usize) {
    until("the deliveries", async || (hook::payloads(iloq, 2) >= count).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_over_tcp_asks_for_one_pull_and_calls_iloq_for_none() {
    let app = App::start().await;
    let iloq = subscribed(&app).await;
    iloq.simulator.reset_calls();
    app.watcher.take_reports();
    for _ in 0..1000 {
        open_a_door(&iloq);
    }
    delivered(&iloq, 1000).await;
    assert!(iloq.simulator.calls().is_empty(), "an event makes no call to iLOQ");
    let reports = app.watcher.take_reports();
    let slowest = reports.iter().map(|report| report.elapsed).max().unwrap();
    let peak = reports.iter().map(|report| report.peak_memory).max().unwrap();
    println!("1000 events: slowest {slowest:?}, peak memory of one {} kB", peak / 1024);
    assert!(reports.iter().all(|report| report.component == "receive-events" && report.status == Some(204)));
    assert!(slowest.as_secs() < 5, "iLOQ waits 5 s: {slowest:?}");
    assert!(is_wished(&app));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_so_leaves_nothing() {
    let app = App::start().await;
    let iloq = subscribed(&app).await;
    let body = json!({ "Data": { "fnKey_ID": null }, "CreationTimeUtc": chrono::Utc::now().to_rfc3339() })
        .to_string();
    let keys = hook::sign_keys(&iloq);
    let good: Vec<_> = keys.iter().map(|key| hook::signature(key, &body)).collect();
    let before = app.state.rows();
    let altered = format!(" {body}");
    for (path, body, signature) in [
        ("/v1/events/house", &body, String::new()),
        ("/v1/events/house", &body, hook::signature("another key", &body)),
        ("/v1/events/house", &altered, good[0].clone()),
        ("/v1/events/nowhere", &body, good[0].clone()),
    ] {
        let answer = hook::post_event(&app.portal, path, "device_log_arrived", body, &signature).await;
        assert_eq!((answer.status, answer.code()), (401, "unauthenticated"), "{}", answer.text);
    }
    let old = json!({ "Data": {}, "CreationTimeUtc": "2021-01-05T12:15:30Z" }).to_string();
    for key in &keys {
        let signature = hook::signature(key, &old);
        let answer =
            hook::post_event(&app.portal, "/v1/events/house", "device_log_arrived", &old, &signature).await;
        assert_eq!(answer.status, 204);
    }
    assert!(before == app.state.rows(), "nothing is stored");
    let large = "x".repeat((1 << 20) + 1);
    let answer =
        hook::post_event(&app.portal, "/v1/events/house", "device_log_arrived", &large, &good[0]).await;
    assert_eq!(answer.code(), "body-too-large");
    for signature in &good {
        let answer =
            hook::post_event(&app.portal, "/v1/events/house", "device_log_arrived", &body, signature).await;
        assert_eq!(answer.status, 204);
    }
    assert!(is_wished(&app), "one of the keys is that of the event");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_not_taken_comes_again() {
    let app = App::start().await;
    let iloq = subscribed(&app).await;
    app.watcher.kill_at(Some(1));
    open_a_door(&iloq);
    until("the failure", async || (hook::payloads(&iloq, 3) == 1).then_some(())).await;
    app.watcher.clear();
    assert!(!is_wished(&app));
    iloq.simulator.advance(chrono::TimeDelta::minutes(5));
    delivered(&iloq, 1).await;
    assert!(is_wished(&app));
}

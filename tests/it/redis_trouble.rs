//! A Redis that is slow, does not answer, or dies in the middle of a sync: told in time, nothing lost, and all is done
//! once it is back.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use redis_server::RedisServer;
use runner::{EffectKind, Moment, Verdict};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{App, Iloq, Response, Setup, Slow, both_sides, outcome, until, users};

const HOUSE: &str = "/v1/systems/house";
const SLICE: Duration = Duration::from_secs(5);
/// Longer than the slice a call may take for one call to the store that it has begun, and for its answer.
const MOMENT: Duration = Duration::from_secs(10);

/// The answer, which has to come within the slice and a moment.
async fn in_time(what: &str, answer: impl Future<Output = Response>) -> Response {
    let start = Instant::now();
    let answer = answer.await;
    let took = start.elapsed();
    println!("{what}: {} in {:.1} s", answer.status, took.as_secs_f64());
    assert!(took < SLICE + MOMENT, "{what} took {took:?}: {}", answer.text);
    answer
}

/// The store's problem with what to do next.
fn is_told(what: &str, problem: &Value) {
    assert_eq!(problem["code"], "store-unavailable", "{what}: {problem:#}");
    assert_eq!(problem["retryable"], true, "{what}");
    assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("again")), "{what}: {problem:#}");
}

/// Calls of each sort while the store is in trouble; whether `slow` was saved.
async fn in_trouble(app: &App, what: &str) -> bool {
    let user = json!({ "firstName": "Slow", "lastName": "Redis" });
    let saved = in_time("save", app.portal.put(&format!("{HOUSE}/users/slow"), user)).await;
    let synced = in_time("sync", app.portal.post(&format!("{HOUSE}/users/sync"), json!({}))).await;
    let read = in_time("read", app.portal.get(&format!("{HOUSE}/users/early"))).await;
    let listed = in_time("list", app.portal.get(&format!("{HOUSE}/users"))).await;
    for (name, answer) in [("save", &saved), ("sync", &synced), ("read", &read), ("list", &listed)] {
        let name = format!("{what}, {name}");
        if answer.status >= 300 {
            assert!(answer.status == 503 || answer.code() == "in-progress", "{name}: {}", answer.text);
            assert!(answer.header("retry-after").is_some(), "{name}");
            if answer.status == 503 {
                is_told(&name, &answer.body);
            }
        }
    }
    let job = in_time("job", app.portal.post("/v1/jobs/retry", json!({}))).await;
    match job.status {
        200 => {
            let line = &job.body["systems"][0];
            assert!(
                line["state"] == "done" || line["problem"]["code"] == "store-unavailable",
                "{what}: {line:#}"
            );
        }
        _ => is_told(what, &job.body),
    }
    assert_eq!(app.portal.get("/healthz").await.status, 200, "{what}");
    saved.status < 300
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_redis_is_told_in_time_and_nothing_is_lost() {
    let redis = RedisServer::start();
    let way = Slow::way_to(&redis).await;
    let setup = Setup::new().variable("slice_seconds", SLICE.as_secs().to_string());
    let app = setup.on_redis_at(way.url()).start().await;
    let iloq = Iloq::with_persons(3).await;
    iloq.set_up(&app.portal, "house").await;
    app.portal.put(&format!("{HOUSE}/users/early"), json!({ "firstName": "Early" })).await.expect(201);
    // Slow; and not there, as far as anybody can tell.
    for (what, delay) in [("slow", 700), ("silent", 20_000)] {
        way.delay(Duration::from_millis(delay));
        let saved = in_trouble(&app, what).await;
        way.delay(Duration::ZERO);
        until("the store", async || (app.portal.get(HOUSE).await.status == 200).then_some(())).await;
        app.portal.get(&format!("{HOUSE}/users/early")).await.expect(200);
        if saved {
            app.portal.get(&format!("{HOUSE}/users/slow")).await.expect(200);
        }
    }
    // Sent again, and the jobs come by.
    let user = json!({ "firstName": "Slow", "lastName": "Redis" });
    let saved = app.portal.put(&format!("{HOUSE}/users/slow"), user).await;
    assert!(matches!(saved.status, 200 | 201), "{}", saved.text);
    until("a sync", async || {
        let answer = app.portal.post(&format!("{HOUSE}/users/sync"), json!({})).await;
        assert!(answer.status == 200 || answer.code() == "in-progress", "{}", answer.text);
        (answer.status == 200).then_some(())
    })
    .await;
    let all = users(&app.portal, "house").await;
    assert_eq!(all.len(), 5, "{all:#?}");
    assert!(all.iter().all(|user| user["iloq"]["state"] == "linked"), "{all:#?}");
    assert_eq!(iloq.persons().len(), 5, "nobody twice");
}

/// Six users that wait, and six persons that the portal does not know.
async fn waiting(redis: &RedisServer) -> (App, Iloq) {
    let app = Setup::new().on_redis(redis).start().await;
    let iloq = Iloq::with_persons(6).await;
    both_sides(&app.portal, "house", &iloq, 6).await;
    (app, iloq)
}

async fn sync(app: &App) -> Response {
    app.portal.post_once(&format!("{HOUSE}/users/sync"), "night", json!({})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_dies_in_the_middle_of_a_sync_is_told_and_the_next_one_ends_it() {
    let (expected, writes) = {
        let redis = RedisServer::start();
        let (app, iloq) = waiting(&redis).await;
        let seen = app.watcher.record();
        sync(&app).await.expect(200);
        app.watcher.clear();
        let writes = seen.lock().unwrap().iter().filter(|e| e.kind == EffectKind::StoreWrite).count();
        (outcome(&app.portal, "house", &iloq).await, writes)
    };
    assert!(writes > 12, "{writes}");
    for at in (1..=writes).step_by(writes / 4) {
        let redis = RedisServer::start();
        let (app, iloq) = waiting(&redis).await;
        let redis = Arc::new(Mutex::new(redis));
        let (dying, mut seen) = (Arc::clone(&redis), 0);
        app.watcher.set(move |moment, effect| {
            if effect.kind == EffectKind::StoreWrite && moment == Moment::Before {
                seen += 1;
                if seen == at {
                    dying.lock().unwrap().kill();
                }
            }
            Verdict::Continue
        });
        let answer = sync(&app).await;
        app.watcher.clear();
        // A run may write less often than the first one: then it dies now.
        redis.lock().unwrap().kill();
        // At the end only traces are written, which change no answer.
        assert!(answer.status == 503 || at + 8 > writes, "write {at} of {writes}: {}", answer.text);
        if answer.status == 503 {
            is_told(&format!("write {at}"), &answer.body);
        }
        let away = app.portal.get(&format!("{HOUSE}/users")).await;
        assert_eq!((away.status, away.code()), (503, "store-unavailable"), "write {at}: {}", away.text);
        redis.lock().unwrap().start_again();
        until("the store", async || (app.portal.get(HOUSE).await.status == 200).then_some(())).await;
        let job = app.portal.post("/v1/jobs/sync-users", json!({})).await.expect(200);
        assert_eq!(job["systems"][0]["state"], "done", "write {at}: {job:#}");
        let again = sync(&app).await.expect(200);
        assert_eq!((&again["run"]["state"], &again["counts"]["failed"]), (&json!("done"), &json!(0)), "{at}");
        let after = outcome(&app.portal, "house", &iloq).await;
        assert_eq!(after.0, expected.0, "write {at}");
        assert_eq!(after.1, expected.1, "write {at}");
    }
}

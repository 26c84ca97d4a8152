//! The application on Redis: two hosts at once on one, and one that goes away.

use std::collections::BTreeSet;

use redis_server::RedisServer;
use serde_json::{Value, json};

use crate::support::{App, Iloq, Setup, until, users};

const HOUSE: &str = "/v1/systems/house";

async fn save(app: &App, id: &str) -> u16 {
    let body = json!({ "firstName": id, "lastName": "Redis" });
    app.portal.put(&format!("{HOUSE}/users/{id}"), body).await.status
}

/// How often each last name and first name is in iLOQ.
fn persons(iloq: &Iloq) -> Vec<(String, String)> {
    let name = |person: &Value, part: &str| person[part].as_str().unwrap_or_default().to_owned();
    iloq.persons().iter().map(|person| (name(person, "LastName"), name(person, "FirstName"))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_serve_one_system_at_once_and_nothing_is_lost_or_doubled() {
    let redis = RedisServer::start();
    let (one, two) =
        (Setup::new().on_redis(&redis).start().await, Setup::new().on_redis(&redis).start().await);
    let iloq = Iloq::with_persons(20).await;
    iloq.set_up(&one.portal, "house").await;
    assert_eq!(two.portal.get(HOUSE).await.status, 200, "both see the same store");
    let sync = async |app: &App| {
        let answer = app.portal.post(&format!("{HOUSE}/users/sync"), json!({})).await;
        assert!(answer.status == 200 || answer.code() == "in-progress", "{}", answer.text);
    };
    let saves = async |app: &App, first: usize| {
        for number in (first..30).step_by(2) {
            let status = save(app, &format!("r{number:02}")).await;
            assert!(matches!(status, 200..=202), "r{number:02}: {status}");
        }
    };
    tokio::join!(sync(&one), sync(&two), saves(&one, 0), saves(&two, 1));
    sync(&one).await;
    app_retries(&two).await;
    let all = users(&two.portal, "house").await;
    let ids: BTreeSet<String> = all.iter().map(|user| user["id"].to_string()).collect();
    assert_eq!((all.len(), ids.len()), (50, 50));
    let there = persons(&iloq);
    let ours: BTreeSet<_> = there.iter().filter(|(last, _)| last == "Redis").collect();
    assert_eq!((ours.len(), there.len()), (30, 50), "{there:?}");
}

async fn app_retries(app: &App) {
    app.handle.set_clock_offset(3_600);
    app.portal.post("/v1/jobs/retry", json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_goes_away_is_told_and_nothing_that_was_acknowledged_is_lost() {
    let mut redis = RedisServer::start();
    let app = Setup::new().on_redis(&redis).start().await;
    let iloq = Iloq::with_persons(3).await;
    iloq.set_up(&app.portal, "house").await;
    assert_eq!(save(&app, "before").await, 201);
    redis.kill();
    let body = json!({ "firstName": "during", "lastName": "Redis" });
    let refused = app.portal.put(&format!("{HOUSE}/users/during"), body).await;
    assert_eq!((refused.status, refused.code()), (503, "store-unavailable"), "{}", refused.text);
    assert!(refused.header("retry-after").is_some());
    assert_eq!(app.portal.get("/healthz").await.status, 200);
    redis.start_again();
    until("the store", async || (app.portal.get(HOUSE).await.status == 200).then_some(())).await;
    assert_eq!(save(&app, "during").await, 201, "the same request again");
    app.portal.get(&format!("{HOUSE}/users/before")).await.expect(200);
    app.portal.post(&format!("{HOUSE}/users/sync"), json!({})).await.expect(200);
    let there = persons(&iloq);
    assert_eq!(there.iter().filter(|(last, _)| last == "Redis").count(), 2, "{there:?}");
    assert_eq!(users(&app.portal, "house").await.len(), 5);
}

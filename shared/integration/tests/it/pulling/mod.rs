//! The access log is pulled: every row once, whatever iLOQ, the locks' clocks and the store do.

mod arrival;
mod naming;
mod trouble;

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use iloq_client::io::Clock;
use serde_json::{Value, json};
use simulator::{LogFill, NewLogRow, Opening, Seed, Uuid};

use crate::support::World;

const BY_ARRIVAL: &str = "LockLogs_GetLockLogDataByTimestamp";
const WITH_NAMES: &str = "LockLogs_GetLockLogs";

fn seed() -> Seed {
    Seed { persons: 12, locks: 4, ..Seed::default() }
}

fn world() -> World {
    let world = World::set_up(&seed());
    world.post(&world.of("structure/sync"), json!({})).expect(200);
    world.simulator.reset_calls();
    world
}

fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn ago(world: &World, by: TimeDelta) -> String {
    utc(world.clock.now() - by)
}

/// A row that arrives `arrived` ago and happened `delay` before that.
fn row(world: &World, arrived: TimeDelta, delay: TimeDelta) -> String {
    let row = NewLogRow {
        key: Some(held_key(world)),
        at: Some(ago(world, arrived + delay)),
        arrives_at: Some(ago(world, arrived)),
        ..NewLogRow::default()
    };
    world.simulator.add_log_row(None, &row).unwrap().to_string()
}

/// The first key of the locking system that a person holds.
fn held_key(world: &World) -> Uuid {
    held_keys(world)[0].0
}

/// The keys that somebody holds, each with its holder.
fn held_keys(world: &World) -> Vec<(Uuid, Uuid)> {
    let state = world.simulator.snapshot();
    let system = state.as_object().unwrap().values().next().unwrap();
    let keys = world.simulator.ids(None, "keys");
    let held = |key: &Uuid| {
        let person = find(system, "FNKey_ID", &key.to_string())?["Person_ID"].as_str()?.parse().ok()?;
        Some((*key, person))
    };
    keys.iter().filter_map(held).collect()
}

/// The record with this member anywhere in `value`.
fn find<'v>(value: &'v Value, name: &str, text: &str) -> Option<&'v Value> {
    match value {
        Value::Object(map)
            if map.get(name).and_then(Value::as_str) == Some(text) && map.contains_key("Stamp") =>
        {
            Some(value)
        }
        Value::Object(map) => map.values().find_map(|value| find(value, name, text)),
        Value::Array(items) => items.iter().find_map(|value| find(value, name, text)),
        _ => None,
    }
}

fn fill(world: &World, count: u32, from: TimeDelta, every_ms: i64) {
    let fill = LogFill {
        count,
        from: ago(world, from),
        every_ms,
        delay_ms: 3_000,
        refused_each: 9,
        undated_each: 0,
    };
    world.simulator.fill_log(None, &fill).unwrap();
}

fn pull(world: &World) -> Value {
    world.post(&world.of("logs/pull"), json!({})).expect(200)
}

/// Pulls until nothing is left, as a scheduler would.
fn pull_all(world: &World) -> Value {
    let mut slices = 0;
    loop {
        let answer = world.post(&world.of("logs/pull"), json!({}));
        if answer.status == 200 {
            return answer.body;
        }
        assert_eq!(answer.clone().expect(202)["run"]["state"], "incomplete");
        assert!(answer.header("location").is_some_and(|to| to.contains("/runs/")));
        slices += 1;
        assert!(slices < 200, "it does not come to an end");
    }
}

/// The whole feed: oldest first, by arrival.
fn feed(world: &World) -> Vec<Value> {
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let page = world.get(&world.of(&format!("logs/feed?limit=1000{after}"))).expect(200);
        let items = page["items"].as_array().unwrap();
        if items.is_empty() {
            return rows;
        }
        rows.extend(items.iter().cloned());
        after = format!("&after={}", page["next"].as_str().unwrap());
    }
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

/// How often an operation was called since the last reset.
fn calls(world: &World, operation: &str) -> u64 {
    world.simulator.counters().calls.get(operation).copied().unwrap_or(0)
}

#[test]
fn a_door_that_was_opened_is_in_the_log_with_its_names() {
    let world = world();
    world.post(&world.of("users/sync"), json!({})).expect(200);
    let (key, person) = held_keys(&world)[0];
    let lock = world.simulator.ids(None, "locks")[1];
    let opening = Opening { key: Some(key), ..Opening::default() };
    let id = world.simulator.open(None, lock, &opening).unwrap().to_string();
    let refused = Opening { key: None, refused: true, ..Opening::default() };
    let other = world.simulator.open(None, lock, &refused).unwrap().to_string();
    let answer = pull(&world);
    assert_eq!((&answer["pulled"], &answer["duplicates"]), (&json!(2), &json!(0)));
    assert_eq!((&answer["run"]["job"], &answer["run"]["state"]), (&json!("pull-logs"), &json!("done")));
    assert_eq!(answer["run"]["counts"]["pulled"], 2);
    let rows = feed(&world);
    let row = rows.iter().find(|row| row["id"] == json!(id)).unwrap();
    let user = &world.get(&world.of("users?limit=100")).expect(200)["items"];
    let user =
        user.as_array().unwrap().iter().find(|u| u["iloq"]["personId"] == json!(person.to_string())).unwrap();
    let name = format!("{} {}", user["firstName"].as_str().unwrap(), user["lastName"].as_str().unwrap());
    assert_eq!(row["person"], json!({ "name": name, "userId": user["id"] }));
    let doors = world.get(&world.of("doors?limit=100")).expect(200);
    let door =
        doors["items"].as_array().unwrap().iter().find(|d| d["id"] == json!(lock.to_string())).unwrap();
    assert_eq!(row["door"], json!({ "id": door["id"], "name": door["name"] }));
    assert_eq!(row["key"]["id"], json!(key.to_string()));
    let shown = world.get(&world.of(&format!("keys/{key}"))).expect(200);
    assert_eq!(row["key"]["name"], shown["name"]);
    assert_eq!(
        (&row["event"], &row["granted"], &row["timeUncertain"]),
        (&json!("accessGranted"), &json!(true), &json!(false))
    );
    assert_eq!(row["occurredAt"], row["receivedAt"]);
    let row = rows.iter().find(|row| row["id"] == json!(other)).unwrap();
    assert_eq!((&row["event"], &row["granted"]), (&json!("accessDenied"), &json!(false)));
    assert_eq!((row.get("key"), row.get("person"), &row["error"]), (None, None, &json!("Access denied")));
}

#[test]
fn a_second_pull_finds_nothing_and_says_so() {
    let world = world();
    fill(&world, 50, TimeDelta::hours(3), 60_000);
    assert_eq!(pull(&world)["pulled"], 50);
    world.simulator.reset_calls();
    let again = pull(&world);
    assert_eq!((&again["pulled"], &again["duplicates"]), (&json!(0), &json!(0)));
    assert_eq!((calls(&world, BY_ARRIVAL), calls(&world, WITH_NAMES)), (1, 0));
    assert_eq!(feed(&world).len(), 50);
}

#[test]
fn rows_from_before_the_settings_are_left_out() {
    let world = world();
    let mut settings = crate::support::settings();
    settings["logs"] = json!({ "from": ago(&world, TimeDelta::hours(2)) });
    world.put("/v1/systems/house", settings).expect(200);
    fill(&world, 300, TimeDelta::hours(5), 60_000);
    assert_eq!(pull(&world)["pulled"], 120);
}

#[test]
fn a_hundred_thousand_rows_cost_few_more_requests_than_they_must() {
    for every_ms in [10_000, 300_000] {
        let world = World::set_up(&seed());
        let over = TimeDelta::milliseconds(every_ms * 100_000);
        fill(&world, 100_000, over, every_ms);
        let answer = pull_all(&world);
        assert_eq!((&answer["pulled"], &answer["duplicates"]), (&json!(100_000), &json!(0)));
        let (windows, names) = (calls(&world, BY_ARRIVAL), calls(&world, WITH_NAMES));
        let all = answer["run"]["requests"].as_u64().unwrap();
        println!("100,000 rows each {every_ms} ms: {windows} windows, {names} names, {all} requests in all");
        assert!(all * 4 <= (5 + 50) * 5, "{windows} windows, {names} names, {all} in all");
    }
}

#[test]
fn the_job_pulls_and_the_status_tells_how_far_the_log_is_behind() {
    let world = world();
    let lag = |world: &World| world.get("/v1/status").expect(200)["systems"][0]["logLagSeconds"].clone();
    assert_eq!(lag(&world), Value::Null);
    fill(&world, 10, TimeDelta::hours(1), 60_000);
    let line = &world.post("/v1/jobs/pull-logs", json!({})).expect(200)["systems"][0];
    assert_eq!((&line["state"], &line["counts"]["pulled"]), (&json!("done"), &json!(10)));
    assert_eq!(lag(&world), 0);
    world.advance(Duration::from_secs(90));
    assert_eq!(lag(&world), 90);
    let requests = &world.get("/v1/status").expect(200)["systems"][0]["iloqRequests"]["pull-logs"];
    let count = requests["count"].as_u64().unwrap();
    assert!(count > 0 && requests["milliseconds"].is_u64(), "{requests:#}");
    let metrics = world.call("GET", "/metrics", &[], None);
    assert_eq!(metrics.status, 200);
    let line = format!("iloq_functions_iloq_requests_total{{system=\"house\",job=\"pull-logs\"}} {count}\n");
    let text = String::from_utf8(metrics.bytes).unwrap();
    assert!(text.contains(&line), "{text}");
}

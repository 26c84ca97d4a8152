//! The access log is pulled: every row once, whatever iLOQ, the locks' clocks and the store do.

use std::{collections::BTreeSet, time::Duration};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use iloq_client::io::Clock;
use serde_json::{Map, Value, json};
use simulator::{Action, Fault, LogFill, NewLogRow, Opening, Seed, Uuid};

use crate::support::{World, catch_crash};

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
fn rows_that_are_late_are_pulled_once_and_cost_one_more_request() {
    let world = world();
    fill(&world, 3_000, TimeDelta::days(30), 800_000);
    pull(&world);
    world.advance(Duration::from_secs(25 * 60));
    let mut expected: BTreeSet<String> = ids(&feed(&world)).into_iter().collect();
    for delay in [TimeDelta::hours(5), TimeDelta::days(3), TimeDelta::weeks(3)] {
        expected.insert(row(&world, TimeDelta::minutes(3), delay));
    }
    for minute in 0..20 {
        expected.insert(row(&world, TimeDelta::minutes(minute), TimeDelta::seconds(2)));
    }
    world.simulator.reset_calls();
    assert_eq!(pull(&world)["pulled"], 23);
    assert_eq!((calls(&world, BY_ARRIVAL), calls(&world, WITH_NAMES)), (1, 2), "one for the late ones");
    let rows = feed(&world);
    assert_eq!(rows.len(), expected.len());
    assert_eq!(ids(&rows).into_iter().collect::<BTreeSet<_>>(), expected);
    assert!(rows.iter().all(|row| row["person"]["name"].is_string()));
}

#[test]
fn rows_that_appear_later_with_an_older_arrival_are_found() {
    let world = world();
    fill(&world, 100, TimeDelta::days(2), 1_000_000);
    row(&world, TimeDelta::seconds(1), TimeDelta::zero());
    pull(&world);
    let late = row(&world, TimeDelta::minutes(20), TimeDelta::minutes(1));
    let same = row(&world, TimeDelta::seconds(1), TimeDelta::zero());
    assert_eq!(pull(&world)["pulled"], 2);
    let rows = ids(&feed(&world));
    assert!(rows.contains(&late) && rows.contains(&same) && rows.len() == 103);
}

#[test]
fn a_row_that_comes_again_is_one_row() {
    let world = world();
    let first = row(&world, TimeDelta::days(20), TimeDelta::minutes(1));
    let undated = NewLogRow { key: Some(held_key(&world)), ..NewLogRow::default() };
    let second = world.simulator.add_log_row(None, &undated).unwrap();
    pull(&world);
    let before = feed(&world);
    world.advance(Duration::from_secs(14 * 24 * 3600));
    let again = |id: &str, at: Option<String>| {
        let row = NewLogRow {
            id: Some(id.parse().unwrap()),
            key: Some(held_key(&world)),
            at,
            ..NewLogRow::default()
        };
        world.simulator.add_log_row(None, &row).unwrap();
    };
    let at = before[0]["occurredAt"].as_str().unwrap().to_owned();
    again(&first, Some(at.clone()));
    again(&first, Some(at));
    again(&second.to_string(), None);
    let answer = pull(&world);
    assert_eq!((&answer["pulled"], &answer["duplicates"]), (&json!(0), &json!(3)));
    assert_eq!(feed(&world), before);
}

#[test]
fn rows_of_one_moment_at_the_edge_of_a_window_are_not_lost() {
    let world = world();
    fill(&world, 30_000, TimeDelta::days(9), 10_000);
    // All at once, in the middle and at the end of that.
    for at in [TimeDelta::days(8), TimeDelta::days(7)] {
        fill(&world, 5_000, at, 0);
    }
    let answer = pull_all(&world);
    assert_eq!((&answer["pulled"], &answer["duplicates"]), (&json!(40_000), &json!(0)));
    let rows = feed(&world);
    assert_eq!(ids(&rows).into_iter().collect::<BTreeSet<_>>().len(), 40_000);
    assert!(rows.is_sorted_by_key(|row| row["receivedAt"].as_str().unwrap().to_owned()), "by arrival");
}

#[test]
fn the_clocks_of_locks_and_hosts_may_be_wrong() {
    let world = world();
    // A lock whose clock was put back an hour: the same time of day twice.
    let mut expected = BTreeSet::new();
    for minute in 0..180 {
        let shown = if minute < 90 { 180 - minute } else { 240 - minute };
        let arrived = TimeDelta::minutes(180 - minute);
        expected.insert(row(&world, arrived, TimeDelta::minutes(shown) - arrived));
    }
    assert_eq!(pull(&world)["pulled"], 180);
    // This host's clock was two days ahead when it pulled.
    world.clock.advance(Duration::from_secs(2 * 24 * 3600));
    pull(&world);
    let known = held_key(&world);
    let opened = Opening { key: Some(known), ..Opening::default() };
    let lock = world.simulator.ids(None, "locks")[0];
    expected.insert(world.simulator.open(None, lock, &opened).unwrap().to_string());
    assert_eq!(pull(&world)["pulled"], 1);
    assert_eq!(ids(&feed(&world)).into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn summer_time_begins_and_ends_without_a_loss() {
    for change in ["2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"] {
        let world = world();
        let change: DateTime<Utc> = change.parse().unwrap();
        let back = world.clock.now() - change;
        fill(&world, 480, back + TimeDelta::hours(4), 60_000);
        assert_eq!(pull(&world)["pulled"], 480);
        assert_eq!(feed(&world).len(), 480);
        let (from, until) = (utc(change - TimeDelta::hours(30)), utc(change + TimeDelta::hours(30)));
        let path = world.of(&format!("logs/summary?by=hour&from={from}&until={until}"));
        let hours = world.get(&path).expect(200);
        let count = |bucket: &Value| {
            ["granted", "denied", "other"].map(|n| bucket[n].as_u64().unwrap()).iter().sum::<u64>()
        };
        assert_eq!(hours["items"].as_array().unwrap().iter().map(count).sum::<u64>(), 480);
    }
}

#[test]
fn a_person_who_is_renamed_keeps_the_old_name_in_old_rows() {
    let world = world();
    let (key, person) = held_keys(&world)[0];
    let lock = world.simulator.ids(None, "locks")[0];
    let open =
        || world.simulator.open(None, lock, &Opening { key: Some(key), ..Opening::default() }).unwrap();
    open();
    pull(&world);
    let before = feed(&world);
    let change = Map::from_iter([("FirstName".to_owned(), json!("Renamed"))]);
    world.simulator.patch(None, "persons", person, change).unwrap();
    let change = Map::from_iter([("LockingObject".to_owned(), json!("Renamed door"))]);
    world.simulator.patch(None, "locks", lock, change).unwrap();
    world.advance(Duration::from_secs(60));
    let second = open().to_string();
    world.post(&world.of("structure/sync"), json!({})).expect(200);
    pull(&world);
    let rows = feed(&world);
    assert_eq!(rows[0], before[0]);
    assert_eq!(rows[1]["id"], json!(second));
    assert!(rows[1]["person"]["name"].as_str().unwrap().starts_with("Renamed "));
    assert!(rows[1]["door"]["name"].as_str().unwrap().contains("Renamed door"));
    assert_ne!(rows[0]["person"]["name"], rows[1]["person"]["name"]);
}

#[test]
fn an_undated_row_takes_the_holder_and_says_that_it_is_uncertain() {
    let world = world();
    world.post(&world.of("users/sync"), json!({})).expect(200);
    let opening = Opening { key: Some(held_key(&world)), no_clock: true, ..Opening::default() };
    world.simulator.open(None, world.simulator.ids(None, "locks")[0], &opening).unwrap();
    pull(&world);
    let row = &feed(&world)[0];
    assert_eq!((row.get("occurredAt"), &row["timeUncertain"]), (None, &json!(true)));
    assert_eq!(row["person"]["uncertain"], true);
    assert!(row["person"]["name"].is_string() && row["person"]["userId"].is_string());
}

#[test]
fn with_the_names_of_holders_iloq_is_not_asked_for_any() {
    let world = world();
    let mut settings = crate::support::settings();
    settings["logs"] = json!({ "names": "holder" });
    world.put("/v1/systems/house", settings).expect(200);
    world.post(&world.of("users/sync"), json!({})).expect(200);
    fill(&world, 200, TimeDelta::hours(10), 60_000);
    world.simulator.reset_calls();
    pull(&world);
    world.advance(Duration::from_secs(60));
    row(&world, TimeDelta::seconds(9), TimeDelta::seconds(1));
    pull(&world);
    // One is the look at how many there are.
    assert_eq!(calls(&world, WITH_NAMES), 1);
    let rows = feed(&world);
    assert_eq!(rows.len(), 201);
    assert!(
        rows.iter()
            .all(|row| row["person"]["userId"].is_string() && row["person"].get("uncertain").is_none())
    );
    assert!(rows.iter().all(|row| row["key"]["name"] != row["key"]["id"]));
}

#[test]
fn odd_rows_survive() {
    let world = world();
    let gone = Uuid::from_u128(7);
    let add = |row: NewLogRow| world.simulator.add_log_row(None, &row).unwrap().to_string();
    let at = || Some(ago(&world, TimeDelta::minutes(2)));
    let nothing = add(NewLogRow { lock: Some(gone), at: at(), kind: Some(1 << 30), ..NewLogRow::default() });
    let returned = add(NewLogRow { key: Some(gone), at: at(), ..NewLogRow::default() });
    let wrong = add(NewLogRow { at: at(), kind: Some(4 | 131_072), ..NewLogRow::default() });
    let failed = add(NewLogRow { at: at(), kind: Some(32_769), error: 5, ..NewLogRow::default() });
    assert_eq!(pull(&world)["pulled"], 4);
    let rows = feed(&world);
    let row = |id: &str| rows.iter().find(|row| row["id"] == json!(id)).unwrap();
    assert_eq!((&row(&nothing)["event"], row(&nothing).get("granted")), (&json!("other"), None));
    assert_eq!(row(&nothing)["door"]["id"], json!(gone.to_string()));
    assert_eq!(
        (&row(&returned)["key"]["id"], row(&returned).get("person")),
        (&json!(gone.to_string()), None)
    );
    assert_eq!((row(&wrong).get("occurredAt"), &row(&wrong)["timeUncertain"]), (None, &json!(true)));
    assert_eq!(
        (&row(&failed)["event"], &row(&failed)["error"]),
        (&json!("keyProgrammed"), &json!("Access denied"))
    );
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
fn a_crash_at_every_effect_and_again_ends_as_without() {
    let make = || {
        let world = world();
        fill(&world, 40, TimeDelta::days(4), 3_600_000);
        row(&world, TimeDelta::minutes(9), TimeDelta::weeks(2));
        world.effects.reset(None);
        world
    };
    let whole = make();
    pull(&whole);
    let (effects, expected) = (whole.effects.seen(), feed(&whole));
    assert!(effects > 10 && expected.len() == 41);
    for at in 1..=effects {
        let world = make();
        world.effects.reset(Some(at));
        let crashed = catch_crash(|| world.post(&world.of("logs/pull"), json!({}))).is_none();
        assert!(crashed, "effect {at} of {effects}");
        let answer = pull(&world);
        assert_eq!(answer["run"]["state"], "done");
        assert_eq!(feed(&world), expected, "crash at effect {at} of {effects}");
        assert_eq!(pull(&world)["pulled"], 0);
    }
}

#[test]
fn lost_answers_and_an_outage_in_the_middle_lose_nothing() {
    let world = world();
    fill(&world, 45_000, TimeDelta::days(20), 30_000);
    world.simulator.add_fault(Fault { skip: 1, times: Some(1), ..Fault::on(BY_ARRIVAL, Action::Drop) });
    world.simulator.add_fault(Fault { skip: 3, times: Some(1), ..Fault::on(WITH_NAMES, Action::Drop) });
    let down = Action::Status { status: 503, code: None, message: None, retry_after: None };
    world.simulator.add_fault(Fault { skip: 15, times: Some(3), ..Fault::on(WITH_NAMES, down) });
    let first = world.post(&world.of("logs/pull"), json!({}));
    assert_eq!(first.status, 202, "{:#}", first.body);
    assert_eq!(first.body["run"]["problem"]["code"], "iloq-unavailable");
    let so_far = first.body["pulled"].as_u64().unwrap();
    assert!(so_far > 10_000 && so_far < 45_000, "{so_far}");
    let answer = pull_all(&world);
    assert_eq!((&answer["pulled"], &answer["duplicates"]), (&json!(45_000), &json!(0)));
    assert_eq!(answer["run"]["id"], first.body["run"]["id"]);
    assert_eq!(ids(&feed(&world)).into_iter().collect::<BTreeSet<_>>().len(), 45_000);
}

#[test]
fn an_iloq_that_is_away_is_a_problem_and_the_next_pull_goes_on() {
    let world = world();
    fill(&world, 10, TimeDelta::hours(1), 60_000);
    world.http.down.set(true);
    assert_eq!(world.post(&world.of("logs/pull"), json!({})).expect(503)["code"], "iloq-unavailable");
    world.http.down.set(false);
    world.simulator.add_fault(Fault { times: Some(1), ..Fault::on(BY_ARRIVAL, Action::Hang) });
    assert_eq!(world.post(&world.of("logs/pull"), json!({})).expect(503)["code"], "iloq-unavailable");
    assert_eq!(pull(&world)["pulled"], 10);
}

#[test]
fn a_slow_iloq_is_pulled_in_slices() {
    let world = world();
    fill(&world, 30_000, TimeDelta::days(20), 50_000);
    let mut settings = world.simulator.settings();
    settings.latency_ms = 1_500;
    world.simulator.set_settings(settings);
    let answer = pull_all(&world);
    assert_eq!((&answer["pulled"], &answer["duplicates"]), (&json!(30_000), &json!(0)));
    assert_eq!(feed(&world).len(), 30_000);
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
    let metrics = world.call("GET", "/metrics", &[], None);
    assert_eq!(metrics.status, 200);
}

#[test]
fn two_pulls_at_once_are_one() {
    let world = world();
    fill(&world, 30, TimeDelta::hours(1), 60_000);
    let mut settings = world.simulator.settings();
    settings.latency_ms = 2_500;
    world.simulator.set_settings(settings);
    let path = world.of("logs/pull");
    let body = || integration::http::Body::Bytes(b"{}".to_vec());
    let both = futures::future::join(
        world.request("POST", &path, &[], body()),
        world.request("POST", &path, &[], body()),
    );
    let (one, other) = futures::executor::block_on(both);
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    assert_eq!([&one, &other].iter().filter(|answer| answer.code() == "in-progress").count(), 1);
    assert_eq!(feed(&world).len(), 30);
}

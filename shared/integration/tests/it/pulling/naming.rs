//! Which names rows get, and how many requests that takes.

use std::time::Duration;

use chrono::TimeDelta;
use iloq_client::io::Clock;
use serde_json::{Map, json};
use simulator::{NewLogRow, Opening, Uuid};

use super::{WITH_NAMES, ago, calls, feed, fill, held_key, held_keys, pull, row, world};

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
fn names_are_asked_for_four_at_a_time() {
    let world = world();
    fill(&world, 19_000, TimeDelta::days(30), 60_000);
    let mut settings = world.simulator.settings();
    settings.latency_ms = 1_000;
    world.simulator.set_settings(settings);
    let began = world.clock.monotonic();
    assert_eq!(pull(&world)["pulled"], 19_000);
    let took = world.clock.monotonic() - began;
    // Ten requests for names in three rounds, after the look at how many there are and the rows themselves.
    assert_eq!((calls(&world, WITH_NAMES), world.simulator.counters().max_in_flight), (11, 4));
    assert!(took < Duration::from_secs(11), "{took:?}");
    assert!(feed(&world).iter().all(|row| row["person"]["name"].is_string()));
}

//! The structure: read, kept, listed.

use serde_json::{Value, json};
use simulator::{Action, Fault, Seed};

use crate::support::{World, settings};

fn world(structure: &str) -> World {
    let world = World::new(&Seed { persons: 0, locks: 30, ..Seed::default() });
    let mut settings = settings();
    settings["structure"] = json!(structure);
    world.put("/v1/systems/house", settings).expect(201);
    world
}

fn sync(world: &World) -> Value {
    world.post(&world.of("structure/sync"), json!({})).expect(200)
}

/// All items of a list, read in pages of `limit`.
fn list(world: &World, path: &str, limit: usize) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let between = if path.contains('?') { '&' } else { '?' };
        let page = world.get(&world.of(&format!("{path}{between}limit={limit}{cursor}"))).expect(200);
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

#[test]
fn before_the_first_sync_lists_are_empty() {
    let world = world("single");
    for path in ["locations", "zones", "doors", "scanners", "access-rights", "time-profiles"] {
        assert_eq!(world.get(&world.of(path)).expect(200), json!({ "items": [], "next": null }), "{path}");
        assert_eq!(world.put(&world.of(path), json!({})).expect(405)["code"], "method-not-allowed");
    }
}

#[test]
fn a_sync_reads_seven_listings_and_counts_what_is_listed() {
    let world = world("full");
    let answer = sync(&world);
    let calls: Vec<_> = world.simulator.calls().iter().map(|call| call.operation).collect();
    assert_eq!(calls.len(), 4 + 7, "{calls:?}");
    assert_eq!((&answer["run"]["state"], &answer["run"]["job"]), (&json!("done"), &json!("sync-structure")));
    assert_eq!(answer["run"]["requests"], json!(11));
    for (name, path) in [
        ("locations", "locations"),
        ("zones", "zones"),
        ("doors", "doors"),
        ("scanners", "scanners"),
        ("accessRights", "access-rights?all=true"),
        ("timeProfiles", "time-profiles"),
    ] {
        let (all, by_three) = (list(&world, path, 1000), list(&world, path, 3));
        assert_eq!((json!(all.len()), &all), (answer["counts"][name].clone(), &by_three), "{name}");
        assert!(!all.is_empty(), "{name}");
    }
    let view = world.get("/v1/systems/house").expect(200);
    assert_eq!(view["lastRuns"]["sync-structure"]["id"], answer["run"]["id"]);
    let given = list(&world, "access-rights", 100);
    let all = list(&world, "access-rights?all=true", 100);
    let reasons =
        all.iter().filter(|right| right["assignable"] == false && right["reason"].is_string()).count();
    assert_eq!((given.len(), all.len(), reasons), (6, 7, 1));
}

#[test]
fn single_has_one_of_each() {
    let world = world("single");
    sync(&world);
    let location = list(&world, "locations", 10);
    assert_eq!(location, [json!({ "id": "-", "name": " - ", "timeZone": "Europe/Helsinki" })]);
    assert_eq!(list(&world, "zones", 10).len(), 1);
    assert!(list(&world, "doors", 100).iter().all(|door| door["locationId"] == "-" && door["zoneId"] == "-"));
}

#[test]
fn a_second_sync_without_change_writes_no_page() {
    let world = world("full");
    sync(&world);
    let before = world.store.snapshot();
    sync(&world);
    let after = world.store.snapshot();
    let changed: Vec<_> =
        after.iter().filter(|(key, value)| key.contains(":st:") && before.get(*key) != Some(value)).collect();
    assert!(changed.is_empty(), "{changed:?}");
    // What goes in iLOQ goes here.
    let lock = world.simulator.ids(None, "locks")[0];
    world.simulator.remove(None, "locks", lock).unwrap();
    sync(&world);
    let doors = list(&world, "doors", 100);
    assert!(doors.len() == 29 && doors.iter().all(|door| door["id"] != json!(lock.to_string())));
}

#[test]
fn network_modules_that_may_not_be_read_are_left_out_and_told() {
    let rights = Seed::default().rights & !2_147_483_648;
    let world = World::set_up(&Seed { persons: 0, rights, ..Seed::default() });
    let answer = sync(&world);
    assert_eq!(answer["run"]["state"], "done");
    assert_eq!(answer["run"]["counts"]["notRead"], 2);
    assert_eq!(answer["run"]["problem"]["code"], "iloq-rights-missing");
    assert!(list(&world, "scanners", 100).iter().all(|scanner| scanner["kind"] == "onlineLock"));
}

#[test]
fn a_failed_sync_keeps_what_was_known() {
    let world = world("full");
    sync(&world);
    let doors = list(&world, "doors", 100);
    world.simulator.add_fault(Fault::on("Locks_GetAllLocks", Action::WrongType));
    let problem = world.post(&world.of("structure/sync"), json!({})).expect(502);
    assert_eq!(problem["code"], "iloq-unexpected-answer");
    assert_eq!(list(&world, "doors", 100), doors);
    let run = &world.get("/v1/systems/house").expect(200)["lastRuns"]["sync-structure"];
    assert_eq!(
        (&run["state"], &run["problem"]["code"]),
        (&json!("failed"), &json!("iloq-unexpected-answer"))
    );
    world.http.down.set(true);
    assert_eq!(world.post(&world.of("structure/sync"), json!({})).expect(503)["code"], "iloq-unavailable");
}

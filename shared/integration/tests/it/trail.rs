//! The audit trail loses nothing: not if writers cross, not if somebody dies, not if the store fails for a moment.

use std::time::Duration;

use integration::platform::Store;
use serde_json::{Value, json};
use simulator::Seed;

use crate::support::{World, catch_crash};

fn world() -> World {
    World::set_up(&Seed { persons: 0, ..Seed::default() })
}

fn save(world: &World, user: &str) {
    let id = [("x-request-id", user)];
    let body = Some(json!({ "firstName": user }));
    let answer = world.call("PUT", &world.of(&format!("users/{user}")), &id, body);
    assert!(matches!(answer.status, 200 | 201), "{:#}", answer.body);
}

/// The request ids of what comes after `after`, and the next cursor.
fn read(world: &World, after: &str) -> (Vec<String>, String) {
    let page = world.get(&world.of(&format!("audit?limit=1000{after}"))).expect(200);
    let ids = page["items"].as_array().unwrap().iter().map(|e| e["requestId"].as_str().unwrap().to_owned());
    (ids.collect(), format!("&after={}", page["next"].as_str().unwrap()))
}

fn housekeeping(world: &World) -> Value {
    world.post("/v1/jobs/housekeeping", json!({})).expect(200)["systems"][0].clone()
}

/// Keys of the trail that end as slots and copies end.
fn keys(world: &World, copies: bool) -> Vec<String> {
    let parts = if copies { 9 } else { 7 };
    let keys = world.store.snapshot().into_keys().filter(|key| key.contains(":s:audit:"));
    keys.filter(|key| key.split(':').count() == parts && !key.ends_with(":by")).collect()
}

/// As if a slower writer had put its entry over the one of `anna`, which a reader has read already.
fn hidden() -> (World, String) {
    let world = world();
    save(&world, "anna");
    let values = world.store.snapshot();
    let holds = |key: &String| String::from_utf8_lossy(&values[key]).contains("anna");
    let slot = keys(&world, false).into_iter().find(holds).unwrap();
    let (ids, after) = read(&world, "");
    assert!(ids.contains(&"anna".to_owned()));
    let (prefix, number) = slot.rsplit_once(':').unwrap();
    let late = r#"{"v":1,"d":{"nonce":"late","at":1795507200000,"e":[{"at":"2026-11-24T08:00:00Z","token":"admin",
        "requestId":"late","action":"putUser","target":"user:late","outcome":"done"}]}}"#;
    for key in [format!("{prefix}:{number}:1795507200000:late"), slot.clone()] {
        world.store.set(&key, late.as_bytes()).unwrap();
    }
    world.effects.reset(None);
    (world, after)
}

fn mark(world: &World) {
    let slot = keys(world, false).pop().unwrap();
    let trail = slot.split(":s:audit:").next().unwrap();
    world.store.set(&format!("{trail}:s:audit:doubt"), br#"{"v":1,"d":true}"#).unwrap();
    world.effects.reset(None);
}

#[test]
fn what_crossed_is_read_by_who_comes_by_after_it() {
    let (world, after) = hidden();
    mark(&world);
    let (mut ids, after) = read(&world, &after);
    ids.sort();
    assert_eq!(ids, ["anna", "late"], "the one that is hidden, and the one that came late into its slot");
    assert!(read(&world, &after).0.is_empty(), "once");
    let (all, _) = read(&world, "");
    assert_eq!(all.iter().filter(|id| *id == "anna").count(), 1);
    assert_eq!(all.iter().filter(|id| *id == "late").count(), 1);
}

#[test]
fn without_a_mark_housekeeping_finds_what_is_hidden() {
    let (world, after) = hidden();
    assert!(read(&world, &after).0.is_empty());
    assert_eq!(housekeeping(&world)["counts"]["repaired"], 1);
    let (ids, _) = read(&world, &after);
    assert!(["anna", "late"].iter().all(|id| ids.contains(&(*id).to_owned())), "{ids:?}");
}

#[test]
fn a_reader_that_dies_while_it_repairs_leaves_it_to_the_next() {
    let (world, after) = hidden();
    mark(&world);
    read(&world, &after);
    let effects = world.effects.seen();
    assert!(effects > 10, "{effects}");
    for at in 1..=effects {
        let (world, after) = hidden();
        mark(&world);
        world.effects.reset(Some(at));
        assert!(catch_crash(|| read(&world, &after)).is_none(), "effect {at} of {effects} was not reached");
        let (ids, _) = read(&world, &after);
        assert!(["anna", "late"].iter().all(|id| ids.contains(&(*id).to_owned())), "effect {at}: {ids:?}");
    }
}

#[test]
fn a_write_that_dies_hides_no_other() {
    let count = world();
    count.effects.reset(None);
    save(&count, "bea");
    let effects = count.effects.seen();
    for at in 1..=effects {
        let world = world();
        save(&world, "anna");
        world.effects.reset(Some(at));
        catch_crash(|| save(&world, "bea"));
        world.effects.reset(None);
        save(&world, "bea");
        save(&world, "cleo");
        housekeeping(&world);
        let (ids, _) = read(&world, "");
        for user in ["anna", "bea", "cleo"] {
            assert!(ids.contains(&user.to_owned()), "effect {at}: {user} of {ids:?}");
        }
    }
}

#[test]
fn a_store_that_fails_once_is_tried_again() {
    let world = world();
    *world.store.fails_once_at.borrow_mut() = Some(":s:audit:");
    save(&world, "anna");
    assert!(world.store.fails_once_at.borrow().is_none());
    assert!(read(&world, "").0.contains(&"anna".to_owned()));
    assert!(!world.log.borrow().iter().any(|line| line.contains("audit_lost")));
}

#[test]
fn copies_go_after_a_day_and_are_nothing_that_happened() {
    let world = world();
    save(&world, "anna");
    assert_eq!((keys(&world, false).len(), keys(&world, true).len()), (2, 2));
    assert_eq!(housekeeping(&world)["counts"]["erased"], 0);
    assert_eq!(keys(&world, true).len(), 2);
    world.advance(Duration::from_hours(25));
    let line = housekeeping(&world);
    assert_eq!((&line["counts"]["erased"], &line["counts"]["repaired"]), (&json!(0), &json!(0)));
    assert_eq!((keys(&world, false).len(), keys(&world, true).len()), (2, 0));
    assert_eq!(read(&world, "").0.len(), 2, "what did nothing is not written down");
}

#[test]
fn an_entry_costs_three_writes() {
    let world = world();
    let reader = ("authorization", "Bearer token-of-a-reader");
    let (reads, writes) = (world.store.reads.get(), world.store.writes.get());
    world.call("DELETE", &world.of("users/anna"), &[reader], None).expect(403);
    assert_eq!(world.store.writes.get() - writes, 3);
    assert!(world.store.reads.get() - reads <= 6, "{}", world.store.reads.get() - reads);
    let reads = world.store.reads.get();
    let (_, after) = read(&world, "");
    read(&world, &after);
    assert!(world.store.reads.get() - reads < 100, "{}", world.store.reads.get() - reads);
}

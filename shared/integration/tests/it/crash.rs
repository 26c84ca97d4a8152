//! A crash at every effect: then the same call again, and everything is as if nothing had happened.

use serde_json::{Value, json};
use simulator::Seed;

use crate::support::{World, catch_crash};

/// Persons in iLOQ and users in the portal before the sync.
fn both_sides(each: usize) -> World {
    let world = World::set_up(&Seed { persons: each, keys_per_person: 0, ..Seed::default() });
    world.http.down.set(true);
    for n in 0..each {
        let body = json!({ "firstName": format!("Portal {n}"), "lastName": "Side", "email": format!("p{n}@example.com") });
        world.put(&world.of(&format!("users/p{n:03}")), body).expect(202);
    }
    world.http.down.set(false);
    world.effects.reset(None);
    world
}

/// What users and iLOQ see in the end: without times, run ids and GUIDs of the portal's own.
fn outcome(world: &World) -> (Vec<Value>, Value) {
    let mut users: Vec<Value> = Vec::new();
    let mut path = world.of("users?limit=1000");
    loop {
        let page = world.get(&path).expect(200);
        users.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => path = world.of(&format!("users?limit=1000&cursor={next}")),
            None => break,
        }
    }
    for user in &mut users {
        user.as_object_mut().unwrap().remove("updatedAt");
    }
    users.sort_by_key(|user| user["id"].to_string());
    (users, world.simulator.snapshot())
}

/// Does `act` on a fresh world with a crash at each `step`-th effect, again after it, and compares.
fn at_every_effect(make: impl Fn() -> World, act: impl Fn(&World), step: usize) {
    let whole = make();
    act(&whole);
    let effects = whole.effects.seen();
    let expected = outcome(&whole);
    assert!(effects > 10);
    for at in (1..=effects).step_by(step) {
        let world = make();
        world.effects.reset(Some(at));
        let crashed = catch_crash(|| act(&world)).is_none();
        assert!(crashed, "effect {at} of {effects} was not reached");
        act(&world);
        let after = outcome(&world);
        assert_eq!(after.0, expected.0, "crash at effect {at}");
        assert_eq!(after.1, expected.1, "crash at effect {at}");
    }
}

fn sync(world: &World) {
    let answer = world.call("POST", &world.of("users/sync"), &[("idempotency-key", "k")], Some(json!({})));
    assert_eq!(answer.status, 200, "{:#}", answer.body);
    assert_eq!(answer.body["run"]["state"], "done", "{:#}", answer.body);
    assert_eq!(answer.body["counts"]["failed"], 0, "{:#}", answer.body);
}

#[test]
fn a_sync_with_twelve_persons_on_each_side() {
    at_every_effect(|| both_sides(12), sync, 1);
}

#[test]
fn a_sync_with_three_hundred_persons_on_each_side() {
    at_every_effect(|| both_sides(300), sync, 1);
}

/// The person of an import: the same one each time, also after it was adopted.
fn imported(world: &World) -> String {
    fn find(value: &Value) -> Option<String> {
        match value {
            Value::Object(map) if map.get("eMail").and_then(Value::as_str) == Some("person1@example.com") => {
                map.get("Person_ID").and_then(Value::as_str).map(str::to_owned)
            }
            Value::Object(map) => map.values().find_map(find),
            Value::Array(items) => items.iter().find_map(find),
            _ => None,
        }
    }
    find(&world.simulator.snapshot()).unwrap()
}

#[test]
fn a_save_a_change_a_deletion_and_an_adoption() {
    let act = |world: &World| {
        let anna = world.of("users/anna");
        let saved = world.put(&anna, json!({ "firstName": "Anna", "lastName": "Side" }));
        assert!(matches!(saved.status, 200 | 201), "{:#}", saved.body);
        world.put(&anna, json!({ "workTitle": "Chief" })).expect(200);
        let gone = world.delete(&world.of("users/p000"));
        assert!(gone.status == 200, "{:#}", gone.body);
        let person = imported(world);
        let adopted = world.put(&world.of("users/bea"), json!({ "iloqPersonId": person }));
        assert!(matches!(adopted.status, 200 | 201), "{:#}", adopted.body);
    };
    let make = || {
        let world = both_sides(3);
        sync(&world);
        world.effects.reset(None);
        world
    };
    at_every_effect(make, act, 1);
}

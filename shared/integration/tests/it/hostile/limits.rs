//! What a store takes: values of 400 kB, and on some hosts fifty writes a second for ever.

use std::time::Duration;

use serde_json::{Map, Value, json};
use simulator::{Action, Fault, Seed};

use crate::support::{Troubles, World};

/// A user with as many information fields as may be, each as long as may be.
fn large(n: usize) -> Value {
    let long = |field: usize| (format!("Field {field}"), json!(format!("{field}").repeat(70)));
    let fields: Map<String, Value> = (0..100).map(long).collect();
    json!({ "firstName": format!("Large {n}"), "lastName": "User", "infoFields": fields })
}

/// Forty of them are more than a value takes.
#[test]
fn users_that_are_too_large_for_one_page_are_spread_over_more() {
    let world = World::set_up(&Seed { persons: 3, keys_per_person: 0, ..Seed::default() });
    for n in 0..40 {
        world.put(&world.of(&format!("users/large{n:02}")), large(n)).expect(201);
    }
    for _ in 0..2 {
        let answer = world.post(&world.of("users/sync"), json!({})).expect(200);
        assert_eq!(answer["run"]["state"], "done", "{answer:#}");
    }
    let users = world.get(&world.of("users?limit=1000")).expect(200);
    assert_eq!(users["items"].as_array().unwrap().len(), 43);
    let user = world.get(&world.of("users/large39")).expect(200);
    assert_eq!(user["infoFields"].as_object().unwrap().len(), 100);
}

/// Every call brings something along, and in the end all is done.
#[test]
fn a_store_that_takes_fifty_writes_a_second_is_enough_for_a_sync() {
    let world = World::set_up(&Seed { persons: 300, keys_per_person: 0, ..Seed::default() });
    world.http.down.set(true);
    for n in 0..300 {
        let body = json!({ "firstName": format!("Portal {n}"), "lastName": "Side" });
        world.put(&world.of(&format!("users/p{n:03}")), body).expect(202);
    }
    world.http.down.set(false);
    world.simulator.add_fault(Fault { action: Action::Delay { ms: 50 }, ..Fault::default() });
    world.store.hostile.begin(Troubles { writes_a_second: Some(50), ..Troubles::NONE }, 1);
    let mut calls = 0;
    loop {
        calls += 1;
        assert!(calls < 20, "it does not come to an end");
        let answer = world.post(&world.of("users/sync"), json!({}));
        match answer.status {
            200 if answer.body["counts"]["failed"] == 0 => break,
            200 | 202 => {}
            _ => assert_eq!(answer.code(), "store-unavailable", "{:#}", answer.body),
        }
        world.advance(Duration::from_secs(5));
    }
    let users = world.get(&world.of("users?limit=1000")).expect(200);
    let users = users["items"].as_array().unwrap();
    assert_eq!(users.len(), 600);
    assert!(users.iter().all(|user| user["iloq"]["state"] == "linked"));
}

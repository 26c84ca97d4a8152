//! Work that failed ten times is parked: what iLOQ refuses until a person decides, what could not be reached until a
//! job has reached it.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Action, Fault};

use crate::support::{House, World};

/// Nine more tries, each longer after the one before than any pause between two.
fn nine_tries(world: &World) {
    for _ in 0..9 {
        an_hour_later(world);
        world.post("/v1/jobs/retry", json!({})).expect(200);
    }
}

fn an_hour_later(world: &World) {
    world.advance(Duration::from_secs(3_700));
}

/// How often each parked piece of work was tried.
fn parked(house: &House) -> Vec<Value> {
    let retries = house.retries().into_iter().filter(|retry| retry["nextAt"].is_null());
    retries.map(|retry| retry["tries"].clone()).collect()
}

fn state(world: &World, user: &str) -> Value {
    world.get(&world.of(&format!("users/{user}"))).expect(200)["iloq"]["state"].clone()
}

#[test]
fn what_iloq_refuses_waits_for_a_person() {
    let house = House::new();
    let world = &house.world;
    let refused =
        Action::Status { status: 400, code: None, message: Some("No such thing.".into()), retry_after: None };
    world.simulator.add_fault(Fault::on("Persons_Insert", refused));
    let answer = world.put(&world.of("users/eva"), json!({ "firstName": "Eva" }));
    assert_eq!((answer.status, answer.code()), (502, "iloq-refused"));
    assert!(answer.body["detail"].as_str().unwrap().contains("No such thing"), "{:#}", answer.body);
    assert_eq!(answer.body["iloq"]["operation"], "Persons_Insert");
    assert_eq!(state(world, "eva"), "pending");
    nine_tries(world);
    assert_eq!(parked(&house), [json!(10)]);
    house.writes();
    for job in ["sync-structure", "sync-users", "retry"] {
        an_hour_later(world);
        world.post(&format!("/v1/jobs/{job}"), json!({})).expect(200);
    }
    assert_eq!(
        (house.writes(), parked(&house)),
        (vec![], vec![json!(10)]),
        "that iLOQ answers changes nothing"
    );
    world.simulator.set_faults(Vec::new());
    world.put(&world.of("users/eva"), json!({})).expect(200);
    assert_eq!(state(world, "eva"), "linked");
}

#[test]
fn what_cannot_be_reached_is_parked_and_tried_again_when_a_job_has_reached_iloq() {
    let house = House::with_phone();
    let world = &house.world;
    world.put(&world.of("users/bea"), json!({ "firstName": "Bea" })).expect(201);
    world.http.down.set(true);
    world.put(&world.of("users/eva"), json!({ "firstName": "Eva" })).expect(202);
    world.delete(&world.of("users/bea")).expect(202);
    nine_tries(world);
    assert_eq!(parked(&house), [json!(10), json!(10)], "{:#?}", house.retries());
    for _ in 0..3 {
        an_hour_later(world);
        house.retry_job();
        world.post("/v1/jobs/sync-structure", json!({})).expect(200);
    }
    assert_eq!(parked(&house), [json!(10), json!(10)], "nothing has reached iLOQ");
    world.http.down.set(false);
    house.calls();
    house.retry_job();
    assert_eq!(house.calls(), [""; 0], "nobody knows that it is back");
    world.post("/v1/jobs/sync-structure", json!({})).expect(200);
    house.retry_job();
    assert_eq!(house.retries(), [Value::Null; 0]);
    assert_eq!(state(world, "eva"), "linked");
    assert_eq!(world.get(&world.of("users/bea")).code(), "unknown-user");
}

#[test]
fn an_order_that_cannot_be_reached_is_parked_in_the_same_way_and_a_block_never() {
    let house = House::with_phone();
    let world = &house.world;
    house.give(&[0], &[0]);
    house.attach(&[1], &[]);
    let away = Action::Status { status: 503, code: None, message: None, retry_after: None };
    world.simulator.add_fault(Fault::on("Keys_OrderKey", away));
    println!("{:#?}", house.put("access-rights", house.link(&[1], &[1])).body);
    println!("{:#?}", house.retries());
    nine_tries(world);
    assert_eq!(parked(&house), [json!(10)], "{:#?}", house.retries());
    house.post("block", json!({ "reason": "leaver" }));
    nine_tries(world);
    nine_tries(world);
    assert!(house.retries().iter().any(|retry| retry["kind"] == "block-user" && !retry["nextAt"].is_null()));
    world.simulator.set_faults(Vec::new());
    world.post("/v1/jobs/sync-structure", json!({})).expect(200);
    an_hour_later(world);
    house.retry_job();
    assert_eq!(house.retries(), [Value::Null; 0]);
    assert_eq!((house.wanted(0), house.wanted(1)), (0, 0));
}

#[test]
fn a_sync_that_reaches_iloq_takes_what_was_parked_for_that() {
    let house = House::new();
    let world = &house.world;
    world.http.down.set(true);
    world.put(&world.of("users/eva"), json!({ "firstName": "Eva" })).expect(202);
    nine_tries(world);
    assert_eq!(parked(&house), [json!(10)]);
    world.http.down.set(false);
    world.post(&world.of("users/sync"), json!({})).expect(200);
    assert_eq!((state(world, "eva"), house.retries()), (json!("linked"), vec![]));
}

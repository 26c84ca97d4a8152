//! Requests for several keys of which some are done and iLOQ goes away for the rest.

use serde_json::{Value, json};
use simulator::{Action, Fault};

use crate::support::House;

fn away(operation: &str, skip: u64) -> Fault {
    let action = Action::Status { status: 503, code: None, message: None, retry_after: None };
    Fault { skip, ..Fault::on(operation, action) }
}

#[test]
fn what_was_done_is_told_and_the_rest_waits() {
    let house = House::new();
    house.world.simulator.add_fault(away("Keys_OrderKey", 2));
    let answer = house.post("keys", house.link(&[0, 1, 2], &[0])).expect(207);
    let outcomes = [0, 1, 2].map(|n| house.outcome(&answer, n));
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "ordered").count(), 2, "{answer:#}");
    let failed = outcomes.iter().position(|outcome| *outcome == "failed").unwrap();
    assert_eq!(house.item(&answer, failed)["problem"]["code"], "iloq-unavailable");
    let retries = house.retries();
    assert_eq!((retries.len(), &retries[0]["key"]), (1, &json!(house.keys[failed])));
    house.world.simulator.set_faults(Vec::new());
    house.retry_job();
    assert_eq!((house.ordered(failed), house.retries()), (vec![0], vec![]));
}

#[test]
fn if_nothing_was_done_that_is_the_answer() {
    let house = House::new();
    house.world.simulator.add_fault(away("Keys_GetKey", 0));
    let answer = house.post("keys", house.link(&[0, 1], &[0]));
    assert_eq!((answer.status, answer.code()), (503, "iloq-unavailable"));
    assert_eq!(house.retries(), [Value::Null; 0]);
}

/// A block does the same work itself; it is not waited for twice.
#[test]
fn a_block_that_waits_is_counted_once() {
    let house = House::new();
    house.give(&[0, 1], &[0]);
    house.world.simulator.add_fault(away("Keys_OrderKey", 0));
    house.post("block", json!({ "reason": "leaver" }));
    for tries in 2..5 {
        house.retry_job();
        let retries = house.retries();
        let kinds: Vec<_> = retries.iter().map(|retry| (&retry["kind"], &retry["tries"])).collect();
        assert_eq!(kinds, [(&json!("block-user"), &json!(tries))]);
    }
}

/// An order that a block holds back is looked at again, and each look counts.
#[test]
fn an_order_that_a_block_holds_back_is_not_hammered() {
    let house = House::new();
    house.world.simulator.add_fault(Fault::answering("Keys_CanOrderKey", 3));
    house.attach(&[0], &[0]);
    house.post("block", json!({ "reason": "lost" })).expect(200);
    house.retry_job();
    let tries = |house: &House| {
        let retries = house.retries();
        (retries[0]["kind"].clone(), retries[0]["tries"].as_u64().unwrap(), retries[0]["nextAt"].is_string())
    };
    assert_eq!(tries(&house), (json!("order-key"), 2, true));
    house.world.post("/v1/jobs/retry", json!({})).expect(200);
    assert_eq!(tries(&house).1, 2, "not before it is due");
    house.world.simulator.set_faults(Vec::new());
    house.post("unblock", json!({ "restore": true })).expect(200);
    house.retry_job();
    assert_eq!((house.ordered(0), house.retries()), (vec![0], vec![]));
}

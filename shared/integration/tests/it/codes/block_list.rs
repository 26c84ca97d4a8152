//! The block list's checks: `CanAddKey` and `CanRemoveKey` (true or false), `CanOrderS40Blacklist` (a code).

use serde_json::{Value, json};
use simulator::{Action, Fault};

use super::{UNKNOWN, force, says};
use crate::support::{House, PHONE};

const ORDER: &str = "Blacklists_CanOrderS40Blacklist";

/// Code of `CanOrderS40Blacklist`, problem, what its text has to name.
const REFUSALS: [(i32, &str, &str); 3] = [
    (1, "needs-manager", "programming token"),
    (3, "order-refused", "Take keys off"),
    (UNKNOWN, "order-refused", "iLOQ Manager"),
];

fn path(house: &House, n: usize) -> String {
    house.world.of(&format!("block-list/{}", house.keys[n]))
}

#[test]
fn a_key_that_may_not_be_listed_is_not() {
    let house = House::with_phone();
    house.give(&[0, 1], &[0]);
    // One without a right, in earnest; one by force.
    let bare = house.world.put(&path(&house, 2), json!({}));
    assert_eq!((bare.status, bare.code()), (422, "key-unmodifiable"), "{:#}", bare.body);
    assert_eq!(bare.body["iloq"]["operation"], "Blacklists_CanAddKey");
    assert!(bare.body["detail"].as_str().unwrap().contains("no access right"));
    force(&house, "Blacklists_CanAddKey", false);
    let before = house.world.simulator.snapshot();
    house.calls();
    let put = house.world.put(&path(&house, 0), json!({}));
    assert_eq!((put.status, put.code()), (422, "key-unmodifiable"));
    assert_eq!(house.writes(), [""; 0]);
    assert_eq!(house.world.simulator.snapshot(), before);
    let replace = house.world.of(&format!("keys/{}/replace", house.keys[0]));
    let replaced = house.world.post(&replace, json!({ "newKeyId": house.keys[3] })).expect(207);
    assert_eq!([3, 0].map(|n| house.outcome(&replaced, n)), ["ordered", "failed"]);
    assert_eq!(house.item(&replaced, 0)["problem"]["code"], "key-unmodifiable");
    let blocked = house.post("block", json!({ "reason": "lost" })).expect(207);
    assert_eq!([0, 1, PHONE].map(|n| house.outcome(&blocked, n)), ["failed", "failed", "returned"]);
    assert_eq!(house.item(&blocked, 0)["problem"]["code"], "key-unmodifiable");
    assert!(house.is_blocked() && house.listed().is_empty());
    house.world.simulator.set_faults(Vec::new());
    house.retry_job();
    assert_eq!(house.listed().len(), 3, "a block goes on by itself");
}

#[test]
fn a_key_that_may_not_be_taken_off_stays_listed() {
    let house = House::new();
    house.give(&[0], &[0]);
    house.world.put(&path(&house, 0), json!({})).expect(200);
    force(&house, "Blacklists_CanRemoveKey", false);
    house.calls();
    let off = house.world.delete(&path(&house, 0));
    assert_eq!((off.status, off.code()), (422, "key-unmodifiable"), "{:#}", off.body);
    assert_eq!(off.body["iloq"]["operation"], "Blacklists_CanRemoveKey");
    assert!(off.body["detail"].as_str().unwrap().contains("iLOQ Manager"));
    assert_eq!((house.writes(), house.listed().len()), (vec![], 1));

    let house = House::new();
    house.give(&[0], &[0]);
    house.post("block", json!({ "reason": "lost" })).expect(200);
    force(&house, "Blacklists_CanRemoveKey", false);
    let lifted = house.post("unblock", json!({ "restore": false })).expect(207);
    assert_eq!((house.outcome(&lifted, 0), house.listed().len()), ("failed", 1));
    house.world.simulator.set_faults(Vec::new());
    house.retry_job();
    assert_eq!(house.listed().len(), 0, "tried again by itself");
}

/// The item of a call whose order is refused, and what was ordered meanwhile.
fn refused(house: &House, answer: &Value, n: usize, code: i32, problem: &str, next: &str) {
    let item = house.item(answer, n);
    assert_eq!(item["outcome"], "changedNotOrdered", "{code}: {answer:#}");
    assert!(item.get("effective").is_none(), "{code}: {item:#}");
    says(&item["problem"], problem, "CanOrderS40Blacklist", code, next);
    assert!(!house.calls().contains(&"Blacklists_OrderS40Blacklist"), "{code}");
}

#[test]
fn every_code_refuses_the_order_and_keeps_the_change() {
    for (code, problem, next) in REFUSALS {
        let house = House::new();
        house.give(&[0], &[0]);
        force(&house, ORDER, code);
        let on = house.world.put(&path(&house, 0), json!({})).expect(200);
        refused(&house, &on, 0, code, problem, next);
        assert_eq!(house.listed().len(), 1, "{code}");
        house.world.simulator.set_faults(Vec::new());
        house.retry_job();
        assert!(house.calls().contains(&"Blacklists_OrderS40Blacklist"), "{code}: the job orders it");
        assert_eq!(house.retries().len(), 0, "{code}");
        force(&house, ORDER, code);
        let off = house.world.delete(&path(&house, 0)).expect(200);
        refused(&house, &off, 0, code, problem, next);
        house.world.simulator.set_faults(Vec::new());
        house.world.delete(&path(&house, 0)).expect(200);
        assert!(house.calls().contains(&"Blacklists_OrderS40Blacklist"), "{code}: so does the same call");
        assert_eq!(house.retries().len(), 0, "{code}");
    }
}

#[test]
fn every_code_refuses_the_order_of_a_block_and_of_its_lifting() {
    for (code, problem, next) in REFUSALS {
        let house = House::new();
        house.give(&[0, 1], &[0]);
        force(&house, ORDER, code);
        let blocked = house.post("block", json!({ "reason": "lost" })).expect(200);
        refused(&house, &blocked, 0, code, problem, next);
        refused(&house, &blocked, 1, code, problem, next);
        assert_eq!(house.retries()[0]["kind"], "block-user", "{code}");
        house.world.simulator.set_faults(Vec::new());
        house.retry_job();
        assert!(house.calls().contains(&"Blacklists_OrderS40Blacklist"), "{code}");
        assert_eq!(house.retries().len(), 0, "{code}");
        force(&house, ORDER, code);
        let lifted = house.post("unblock", json!({ "restore": true })).expect(200);
        refused(&house, &lifted, 0, code, problem, next);
        house.world.simulator.set_faults(Vec::new());
        house.retry_job();
        assert!(house.calls().contains(&"Blacklists_OrderS40Blacklist"), "{code}");
        assert_eq!((house.retries().len(), house.listed().len()), (0, 0), "{code}");
    }
}

#[test]
fn nothing_to_order_is_success() {
    let house = House::new();
    house.give(&[0], &[0]);
    force(&house, ORDER, 2);
    let on = house.world.put(&path(&house, 0), json!({})).expect(200);
    assert_eq!(house.outcome(&on, 0), "blockListed", "{on:#}");
    let again = house.world.put(&path(&house, 0), json!({})).expect(200);
    assert_eq!(house.outcome(&again, 0), "unchanged");
    assert_eq!(house.retries().len(), 0);
}

/// What it allowed when asked, iLOQ may still refuse.
#[test]
fn a_late_refusal_is_told_like_an_early_one() {
    let house = House::new();
    house.give(&[0], &[0]);
    let refused = Action::Status { status: 400, code: None, message: None, retry_after: None };
    house.world.simulator.add_fault(Fault::on("Blacklists_AddKey", refused));
    let on = house.world.put(&path(&house, 0), json!({}));
    assert_eq!((on.status, on.code()), (422, "key-unmodifiable"), "{:#}", on.body);
    house.world.simulator.set_faults(Vec::new());
    house.writes();
    house.retry_job();
    assert_eq!(house.writes(), [""; 0], "nothing is left");
}

//! `CanOrder`, as linking, changing rights, limits, a new phone key, taking away, and both jobs ask it.

use serde_json::{Value, json};
use simulator::Fault;

use super::{UNKNOWN, force, says};
use crate::support::{House, PHONE};

const CHECK: &str = "Keys_CanOrderKey";

/// Code of the check, problem, what its text has to name.
const REFUSALS: [(i32, &str, &str); 15] = [
    (1, "needs-manager", "in Manager with the programming token"),
    (2, "needs-manager", "in Manager with the programming token"),
    (3, "licence-limit", "Free a licence"),
    (5, "order-refused", "Use another key"),
    (6, "order-refused", "zones of these access rights"),
    (7, "order-refused", "zones of these time profiles"),
    (8, "key-unmodifiable", "DELETE …/block-list/{key}"),
    (9, "missing-contact", "phone number"),
    (10, "missing-contact", "e-mail address"),
    (11, "too-many-limits", "fewer time profiles"),
    (12, "setup-incomplete", "defaults.zoneId"),
    (13, "order-refused", "Attach the key"),
    (14, "order-refused", "tag's number"),
    (-1, "order-refused", "iLOQ Manager"),
    (UNKNOWN, "order-refused", "iLOQ Manager"),
];

fn orders(house: &House) -> usize {
    house.calls().iter().filter(|call| **call == "Keys_OrderKey").count()
}

/// Whatever is refused: the change stays in iLOQ, nothing is ordered, the order alone is tried again until it goes.
fn refused(code: i32, problem: &str, next: &str, change: impl Fn(&House) -> Value) {
    let house = House::new();
    house.give(&[0], &[0]);
    house.calls();
    force(&house, CHECK, code);
    let answer = change(&house);
    let item = house.item(&answer, 0);
    assert_eq!(item["outcome"], "changedNotOrdered", "{code}: {answer:#}");
    assert_eq!(item["status"], "notOrdered", "{code}");
    assert!(item.get("effective").is_none(), "{code}: {item:#}");
    says(&item["problem"], problem, "CanOrder", code, next);
    assert_eq!(orders(&house), 0, "{code}");
    assert_eq!(house.status()["ordersRefused"][code.to_string()], 1, "{code}");
    let waits = house.retries();
    assert_eq!((waits.len(), &waits[0]["kind"]), (1, &json!("order-key")), "{code}");

    house.retry_job();
    assert_eq!((orders(&house), house.retries().len()), (0, 1), "{code}: asked again, not hammered");
    house.world.simulator.set_faults(Vec::new());
    house.retry_job();
    assert_eq!((orders(&house), house.retries().len()), (1, 0), "{code}: the order alone");
    assert_eq!(house.status()["ordersRefused"], json!({}));
}

#[test]
fn every_code_refuses_the_order_of_changed_rights() {
    for (code, problem, next) in REFUSALS {
        refused(code, problem, next, |house| {
            house.put("access-rights", house.link(&[0], &[0, 1])).expect(200)
        });
    }
}

#[test]
fn every_code_refuses_the_order_of_limits() {
    for (code, problem, next) in REFUSALS {
        refused(code, problem, next, |house| {
            let path = house.world.of(&format!("keys/{}/limits", house.keys[0]));
            let answer = house.world.put(&path, json!({ "endsLocal": "2027-06-30T18:00:00" })).expect(200);
            json!({ "items": [answer["item"]] })
        });
    }
}

#[test]
fn every_code_refuses_the_order_of_a_linked_key() {
    for (code, problem, next) in REFUSALS {
        let house = House::new();
        force(&house, CHECK, code);
        let answer = house.attach(&[1], &[0]);
        assert_eq!(house.outcome(&answer, 1), "changedNotOrdered");
        says(&house.item(&answer, 1)["problem"], problem, "CanOrder", code, next);
        assert_eq!(house.key(1)["userId"], "anna", "{code}: it is attached");
        assert_eq!(orders(&house), 0, "{code}");
        house.world.simulator.set_faults(Vec::new());
        let again = house.attach(&[1], &[0]);
        assert_eq!(house.outcome(&again, 1), "ordered", "{code}: the same call orders it");
        assert_eq!(house.retries().len(), 0);
    }
}

#[test]
fn every_code_refuses_the_order_of_a_new_phone_key() {
    for (code, problem, next) in REFUSALS {
        let house = House::new();
        force(&house, CHECK, code);
        let body = json!({ "phone": "+358405556666", "accessRightIds": [house.rights[0]] });
        let path = house.world.of("users/anna/mobile-keys");
        let answer = house.world.call("POST", &path, &[("idempotency-key", "k")], Some(body)).expect(201);
        assert_eq!(answer["items"][0]["outcome"], "changedNotOrdered", "{code}: {answer:#}");
        says(&answer["items"][0]["problem"], problem, "CanOrder", code, next);
        assert!(answer.get("invitation").is_none(), "{code}: none has gone");
        assert_eq!(house.world.simulator.messages(None).len(), 0);
        assert_eq!(house.status()["ordersRefused"][code.to_string()], 1, "{code}: phone keys count");
        house.world.simulator.set_faults(Vec::new());
        house.retry_job();
        assert_eq!(house.world.simulator.messages(None).len(), 1, "{code}: sent by the job");
    }
}

/// A key whose last order is refused still opens doors: it stays its holder's.
#[test]
fn every_code_keeps_a_key_that_is_taken_away() {
    for (code, problem, next) in REFUSALS {
        let house = House::new();
        house.give(&[0], &[0]);
        force(&house, CHECK, code);
        let answer = house.detach(0).expect(200);
        assert_eq!(house.outcome(&answer, 0), "pending", "{code}");
        says(&house.item(&answer, 0)["problem"], problem, "CanOrder", code, next);
        assert_eq!(house.key(0)["userId"], "anna", "{code}");
        assert_eq!(house.retries()[0]["kind"], "remove-key");
        house.world.simulator.set_faults(Vec::new());
        house.retry_job();
        assert!(house.key(0).get("userId").is_none(), "{code}");
        assert_eq!(house.retries().len(), 0);
    }
}

#[test]
fn the_synchronize_button_tries_a_refused_order_again() {
    for (code, ..) in REFUSALS {
        let house = House::new();
        force(&house, CHECK, code);
        house.attach(&[0], &[0]);
        let refresh = || {
            let body = json!({ "keyIds": [house.keys[0]] });
            house.world.post(&house.world.of("keys/refresh"), body).expect(200)["items"][0].clone()
        };
        assert_eq!(refresh()["status"], "notOrdered", "{code}");
        assert_eq!(house.retries().len(), 1, "{code}");
        house.world.simulator.set_faults(Vec::new());
        assert_eq!(refresh()["status"], "ordered", "{code}");
        assert_eq!(house.retries().len(), 0, "{code}");
    }
}

/// 4 is no refusal: it was ordered already. If the key says otherwise, it is one.
#[test]
fn four_is_success_if_nothing_waits() {
    let house = House::new();
    house.give(&[0], &[0]);
    force(&house, CHECK, 4);
    let answer = house.put("access-rights", house.link(&[0], &[0, 1])).expect(200);
    assert_eq!(house.outcome(&answer, 0), "changedNotOrdered", "{answer:#}");
    says(&house.item(&answer, 0)["problem"], "order-refused", "CanOrder", 4, "iLOQ Manager");

    // The order was placed, its answer was lost, and so was what the key said then.
    let house = House::new();
    house.give(&[0], &[0]);
    let lost =
        Fault { after_effect: true, times: Some(1), ..Fault::on("Keys_OrderKey", simulator::Action::Drop) };
    house.world.simulator.add_fault(lost);
    let answer = house.put("access-rights", house.link(&[0], &[0, 1])).expect(200);
    assert_eq!(house.outcome(&answer, 0), "ordered");
    let again = house.put("access-rights", house.link(&[0], &[0, 1])).expect(200);
    assert_eq!(house.outcome(&again, 0), "unchanged", "{again:#}");

    // A holder is not on the key: nothing to order.
    let house = House::new();
    house.give(&[0], &[]);
    house.detach(0).expect(200);
    let answer = house.attach(&[0], &[]);
    assert_eq!(house.outcome(&answer, 0), "unchanged");
    assert_eq!(house.key(0)["userId"], "anna");
}

/// States of the simulator that lead to a code by themselves.
#[test]
fn real_states_lead_to_the_same() {
    let standard = |house: &House| {
        let record = json!({ "Name": "Standard", "Type": 1, "Status": 0 });
        house.world.simulator.add(None, "rights", record.as_object().unwrap().clone()).unwrap()
    };
    // 1: a standard right waits beside ours.
    let mut house = House::new();
    let right = standard(&house);
    let record = json!({ "Description": "Mixed", "KeyTypeMask": 264 });
    let key = house.add(json!({ "record": record, "rights": [right] }));
    let answer = house.attach(&[key], &[0]);
    says(&house.item(&answer, key)["problem"], "needs-manager", "CanOrder", 1, "Manager");
    // 2: an S10 key.
    let s10 = house.add_key(&json!({ "Description": "Old", "KeyTypeMask": 9 }));
    let answer = house.attach(&[s10], &[0]);
    says(&house.item(&answer, s10)["problem"], "needs-manager", "CanOrder", 2, "Manager");
    // 3: the licence is used up.
    let mut limits = house.world.simulator.limits(None).unwrap();
    limits.licence = Some(0);
    house.world.simulator.set_limits(None, limits.clone()).unwrap();
    let answer = house.attach(&[0], &[0]);
    says(&house.item(&answer, 0)["problem"], "licence-limit", "CanOrder", 3, "licence");
    // 11: the key's memory is full.
    (limits.licence, limits.key_memory) = (None, 1);
    house.world.simulator.set_limits(None, limits.clone()).unwrap();
    let path = house.world.of(&format!("keys/{}/limits", house.keys[0]));
    let body = json!({ "startsLocal": "2027-01-01T00:00:00", "endsLocal": "2027-06-30T18:00:00" });
    let answer = house.world.put(&path, body).expect(200);
    says(&answer["item"]["problem"], "too-many-limits", "CanOrder", 11, "fewer");
    // 14: an external tag without its number.
    limits.key_memory = 10;
    house.world.simulator.set_limits(None, limits).unwrap();
    let tag = house.add_key(&json!({ "Description": "Tag", "KeyTypeMask": 384 }));
    let answer = house.attach(&[tag], &[0]);
    assert_eq!(house.outcome(&answer, tag), "changedNotOrdered", "{answer:#}");
    // 9: a phone key without a number.
    let mut house = House::with_phone();
    let record = json!({ "Description": "Mute", "KeyTypeMask": 6, "Person_ID": house.person("anna") });
    let mute = house.add_key(&record);
    let answer = house.put("access-rights", house.link(&[PHONE, mute], &[0])).expect(200);
    assert_eq!(house.outcome(&answer, PHONE), "ordered");
    says(&house.item(&answer, mute)["problem"], "missing-contact", "CanOrder", 9, "phone number");
}

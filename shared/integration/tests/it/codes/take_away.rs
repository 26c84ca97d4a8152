//! `CanReturn` and `CanDelete` of phone keys, as taking away and blocking ask them.

use serde_json::json;

use super::{UNKNOWN, force, says};
use crate::support::{House, PHONE};

/// Codes of `CanReturn` and `CanDelete`; the problem, the check and code that it names, what its text has to name.
const KEPT: [(i32, i32, &str, &str, i32, &str); 15] = [
    (1, 1, "needs-manager", "CanReturn", 1, "in iLOQ Manager"),
    (1, 2, "needs-manager", "CanReturn", 1, "in iLOQ Manager"),
    (1, 3, "needs-manager", "CanReturn", 1, "in iLOQ Manager"),
    (2, 1, "needs-manager", "CanReturn", 2, "iLOQ Manager"),
    (2, 2, "needs-manager", "CanReturn", 2, "iLOQ Manager"),
    (3, 1, "needs-manager", "CanDelete", 1, "iLOQ Manager"),
    (3, 2, "needs-manager", "CanDelete", 2, "as soon as the phone has taken it"),
    (3, 3, "key-unmodifiable", "CanDelete", 3, "off the block list"),
    (3, UNKNOWN, "needs-manager", "CanDelete", UNKNOWN, "iLOQ Manager"),
    (4, 1, "key-unmodifiable", "CanReturn", 4, "off the block list"),
    (4, 2, "key-unmodifiable", "CanReturn", 4, "off the block list"),
    (4, 3, "key-unmodifiable", "CanReturn", 4, "off the block list"),
    (4, UNKNOWN, "key-unmodifiable", "CanReturn", 4, "off the block list"),
    (UNKNOWN, 1, "needs-manager", "CanReturn", UNKNOWN, "iLOQ Manager"),
    (UNKNOWN, UNKNOWN, "needs-manager", "CanReturn", UNKNOWN, "iLOQ Manager"),
];

fn house(may_return: i32, may_delete: i32) -> House {
    let house = House::with_phone();
    force(&house, "Keys_CanReturnKey", may_return);
    force(&house, "Keys_CanDeleteKey", may_delete);
    house.calls();
    house
}

#[test]
fn a_phone_key_that_iloq_keeps_waits_and_stays_its_holders() {
    for (may_return, may_delete, problem, check, result, next) in KEPT {
        let codes = format!("{may_return} {may_delete}");
        let house = house(may_return, may_delete);
        let before = house.world.simulator.snapshot();
        let plan = house.post("block", json!({ "reason": "leaver", "dryRun": true })).expect(200);
        assert_eq!(house.outcome(&plan, PHONE), "pending", "{codes}: a plan says so too");
        let answer = house.detach(PHONE).expect(200);
        let item = house.item(&answer, PHONE);
        assert_eq!((&item["action"], &item["outcome"]), (&json!("detach"), &json!("pending")), "{codes}");
        says(&item["problem"], problem, check, result, next);
        assert_eq!(house.writes(), [""; 0], "{codes}");
        assert_eq!(house.world.simulator.snapshot(), before, "{codes}");
        assert_eq!(house.key(PHONE)["userId"], "anna", "{codes}");
        assert_eq!(house.retries()[0]["kind"], "remove-key", "{codes}");
        assert_eq!(house.status()["ordersRefused"], json!({}), "{codes}: no order was refused");
        house.world.simulator.set_faults(Vec::new());
        house.retry_job();
        assert!(house.is_gone(PHONE), "{codes}: tried again by itself");
        assert_eq!(house.retries().len(), 0);
    }
}

#[test]
fn a_blocked_users_phone_key_waits_in_the_same_way() {
    for (may_return, may_delete, problem, check, result, next) in KEPT {
        for reason in ["leaver", "lost"] {
            let house = house(may_return, may_delete);
            let answer = house.post("block", json!({ "reason": reason })).expect(200);
            assert_eq!(house.outcome(&answer, PHONE), "pending", "{answer:#}");
            says(&house.item(&answer, PHONE)["problem"], problem, check, result, next);
            assert!(house.is_blocked());
            house.world.simulator.set_faults(Vec::new());
            house.retry_job();
            assert!(house.is_gone(PHONE));
        }
    }
}

/// `CanReturn` says no, `CanDelete` says yes: whatever the first code was.
#[test]
fn what_can_be_deleted_is_deleted_and_told_so() {
    for may_return in [1, 2, 3, 4, UNKNOWN] {
        let house = House::with_phone();
        let never = house.person("anna");
        let mut house = house;
        let phone = house.add_key(&json!({ "Description": "New", "KeyTypeMask": 6, "Person_ID": never }));
        force(&house, "Keys_CanReturnKey", may_return);
        house.calls();
        let plan = house.post("block", json!({ "reason": "leaver", "dryRun": true })).expect(200);
        assert_eq!(house.outcome(&plan, phone), "deleted", "{may_return}");
        let answer = house.detach(phone).expect(200);
        assert_eq!(house.outcome(&answer, phone), "deleted", "{may_return}");
        assert_eq!(house.item(&answer, phone)["effective"], "now");
        assert_eq!(house.writes(), ["Keys_Delete"], "{may_return}");
        assert_eq!(house.try_key(phone).status, 404);
    }
}

#[test]
fn a_phone_that_was_programmed_is_returned() {
    let house = House::with_phone();
    house.calls();
    let answer = house.detach(PHONE).expect(200);
    assert_eq!(house.outcome(&answer, PHONE), "returned");
    assert_eq!(house.item(&answer, PHONE)["effective"], "whenAppOpened");
    assert_eq!(house.writes(), ["Keys_ReturnKey"]);
    assert_eq!(house.key(PHONE)["status"], "returned");
}

/// Sent and not answered: it can be neither returned nor deleted until the phone has taken it.
#[test]
fn a_sent_phone_key_is_returned_once_the_phone_has_taken_it() {
    let mut house = House::new();
    let body = json!({ "phone": "+358405556666", "accessRightIds": [house.rights[0]] });
    let path = house.world.of("users/anna/mobile-keys");
    let sent = house.world.call("POST", &path, &[("idempotency-key", "k")], Some(body)).expect(201);
    house.keys.push(sent["id"].as_str().unwrap().to_owned());
    let answer = house.detach(4).expect(200);
    says(&house.item(&answer, 4)["problem"], "needs-manager", "CanDelete", 2, "as soon as the phone");
    house.world.simulator.activate(None, house.id(4)).unwrap();
    house.retry_job();
    assert_eq!(house.key(4)["status"], "returned");
}

//! What answers about keys say, member by member.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Fault;

use crate::support::{House, PHONE};

/// Every item about a key that is there says how the key stands.
#[test]
fn items_say_how_the_key_stands() {
    let house = House::with_phone();
    house.give(&[0, 1, 2], &[0]);
    let key = |n: usize| house.world.of(&format!("block-list/{}", house.keys[n]));
    let item = |answer: &Value| answer["items"][0].clone();
    let listed = item(&house.world.put(&key(0), json!({})).expect(200));
    assert_eq!((&listed["outcome"], &listed["status"]), (&json!("blockListed"), &json!("programmed")));
    let again = item(&house.world.put(&key(0), json!({})).expect(200));
    assert_eq!((&again["outcome"], &again["status"]), (&json!("unchanged"), &json!("programmed")));
    let failed = house.put("access-rights", house.link(&[0], &[1])).expect(207);
    assert_eq!(item(&failed)["status"], "programmed", "{failed:#}");
    let off = item(&house.world.delete(&key(0)).expect(200));
    assert_eq!((&off["outcome"], &off["status"]), (&json!("removed"), &json!("programmed")));
    let away = item(&house.detach(0).expect(200));
    assert_eq!((&away["outcome"], &away["status"]), (&json!("removed"), &json!("ordered")));
    let returned = item(&house.detach(PHONE).expect(200));
    assert_eq!((&returned["outcome"], &returned["status"]), (&json!("returned"), &json!("returned")));
    house.world.simulator.add_fault(Fault::answering("Keys_CanOrderKey", 1));
    let pending = item(&house.detach(1).expect(200));
    assert_eq!((&pending["outcome"], &pending["status"]), (&json!("pending"), &json!("notOrdered")));
    house.world.simulator.set_faults(Vec::new());

    house.post("block", json!({ "reason": "lost" })).expect(200);
    let lifted = house.post("unblock", json!({ "restore": false })).expect(200);
    let two = house.item(&lifted, 2);
    assert_eq!((&two["outcome"], &two["status"]), (&json!("removed"), &json!("programmed")));
}

#[test]
fn a_key_that_is_deleted_says_so() {
    let mut house = House::new();
    let person = house.person("anna");
    let phone = house.add_key(&json!({ "Description": "New", "KeyTypeMask": 6, "Person_ID": person }));
    let answer = house.detach(phone).expect(200);
    assert_eq!(
        (house.outcome(&answer, phone), &house.item(&answer, phone)["status"]),
        ("deleted", &json!("deleted"))
    );
}

/// No time is made up: a key without a record was read just now.
#[test]
fn a_key_that_the_portal_never_had_to_do_with_has_the_time_of_the_answer() {
    let house = House::new();
    house.attach(&[0], &[0]);
    house.world.advance(Duration::from_secs(60));
    let listed = house.world.get(&house.world.of("keys?type=key")).expect(200);
    for key in listed["items"].as_array().unwrap() {
        let updated = key["updatedAt"].as_str().unwrap();
        assert!(updated.starts_with("2026-11-24T08:0"), "{key:#}");
        if key["id"] != house.keys[0].as_str() {
            assert_eq!(key["accessRights"], Value::Null, "never read");
            assert!(updated > "2026-11-24T08:01:00");
        }
    }
}

/// The Synchronize button tells what became of an order that waited.
#[test]
fn a_refresh_tells_what_became_of_the_order() {
    let house = House::new();
    house.world.simulator.add_fault(Fault::answering("Keys_CanOrderKey", 3));
    house.attach(&[0, 1], &[0]);
    let refresh =
        || house.world.post(&house.world.of("keys/refresh"), json!({ "userId": "anna" })).expect(200);
    let answer = refresh();
    let item = house.item(&answer, 0);
    assert_eq!(
        (&item["action"], &item["outcome"], &item["status"], &item["problem"]["code"]),
        (&json!("refresh"), &json!("changedNotOrdered"), &json!("notOrdered"), &json!("licence-limit"))
    );
    house.world.simulator.set_faults(Vec::new());
    let answer = refresh();
    assert_eq!(
        (house.outcome(&answer, 0), &house.item(&answer, 0)["status"]),
        ("ordered", &json!("ordered"))
    );
    assert_eq!(house.outcome(&refresh(), 0), "unchanged");
}

/// "Exactly these keys of the type": another type is a fact about that key.
#[test]
fn a_set_of_keys_takes_no_key_of_another_type() {
    let mut house = House::new();
    let fob = house.add_key(&json!({ "Description": "Fob", "KeyTypeMask": 10 }));
    let mut body = house.link(&[0, fob], &[]);
    body["type"] = json!("key");
    let answer = house.put("keys", body).expect(207);
    assert_eq!(house.outcome(&answer, 0), "ordered");
    let item = house.item(&answer, fob);
    assert_eq!(
        (&item["outcome"], &item["problem"]["code"]),
        (&json!("failed"), &json!("invalid-request")),
        "{item:#}"
    );
    assert!(house.key(fob).get("userId").is_none());
}

/// Whatever would be refused is said by the plan, and a plan tells from when it would count.
#[test]
fn a_plan_tells_what_the_work_would() {
    let house = House::new();
    house.give(&[0], &[0]);
    let plan = |rights: &[usize]| {
        let mut body = house.link(&[0], rights);
        body["dryRun"] = json!(true);
        body
    };
    house.writes();
    let answer = house.put("access-rights", plan(&[0, 1])).expect(200);
    let item = house.item(&answer, 0);
    assert_eq!((&item["outcome"], &item["effective"]), (&json!("ordered"), &json!("whenProgrammed")));
    let answer = house.put("access-rights", plan(&[0])).expect(200);
    let item = house.item(&answer, 0);
    assert_eq!((&item["outcome"], item.get("effective")), (&json!("unchanged"), None));
    house.world.simulator.add_fault(Fault::answering("Keys_CanAddSecurityAccess", 3));
    let answer = house.put("access-rights", plan(&[0, 1])).expect(207);
    assert_eq!(house.item(&answer, 0)["problem"]["code"], "too-many-rights");
    assert_eq!(house.writes(), [""; 0]);
}

/// Oldest first: since when the rights differ, however often the key was looked at since.
#[test]
fn drift_is_listed_from_when_it_began() {
    let house = House::new();
    house.give(&[0, 1, 2], &[]);
    house.refresh_job();
    let minute = || house.world.advance(Duration::from_secs(60));
    for n in [1, 0, 2] {
        house.put("access-rights", house.link(&[n], &[0])).expect(200);
        minute();
    }
    let drift = || -> Vec<String> {
        let list = house.world.get(&house.world.of("drift")).expect(200);
        list["items"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap().to_owned()).collect()
    };
    let expected = [1, 0, 2].map(|n| house.keys[n].clone());
    assert_eq!(drift(), expected);
    let one = json!({ "keyIds": [house.keys[1]] });
    house.world.post(&house.world.of("keys/refresh"), one).expect(200);
    house.refresh_job();
    assert_eq!(drift(), expected, "a look changes nothing");
    house.program(1);
    house.refresh_job();
    assert_eq!(drift(), expected[1..]);
    minute();
    house.put("access-rights", house.link(&[1], &[0, 1])).expect(200);
    assert_eq!(drift(), [0, 2, 1].map(|n| house.keys[n].clone()), "it begins anew");
}

//! No licence is free: each operation that orders a key for the first time meets it. What is told, and what is left.

use serde_json::{Value, json};

use crate::support::{House, Response};

fn licence(house: &House, free: bool) {
    let limits = house.world.simulator.limits(None).unwrap();
    let licence = (!free).then_some(0);
    house.world.simulator.set_limits(None, simulator::Limits { licence, ..limits }).unwrap();
}

#[track_caller]
fn says_so(item: &Value) {
    let problem = &item["problem"];
    assert_eq!(
        (&item["outcome"], &item["status"]),
        (&json!("changedNotOrdered"), &json!("notOrdered")),
        "{item:#}"
    );
    assert_eq!((&problem["code"], &problem["status"]), (&json!("licence-limit"), &json!(409)));
    assert_eq!((&problem["iloq"]["check"], &problem["iloq"]["result"]), (&json!("CanOrder"), &json!(3)));
    assert!(item.get("effective").is_none());
}

/// Anna has a key that was never ordered.
fn unordered() -> House {
    let house = House::new();
    licence(&house, false);
    house.attach(&[0], &[0]);
    house
}

/// What the check says of the licence.
fn checked(house: &House) -> Value {
    let rows = house.world.post(&house.world.of("check"), json!({})).expect(200)["checks"].clone();
    rows.as_array().unwrap().iter().find(|row| row["id"] == "licence").unwrap()["status"].clone()
}

fn ordered_later(house: &House, keys: &[usize]) {
    assert_eq!(checked(house), "fail");
    assert_eq!(house.retries().len(), keys.len());
    assert_eq!(house.status()["ordersRefused"]["3"], keys.len());
    licence(house, true);
    house.retry_job();
    assert_eq!(house.retries().len(), 0);
    assert_eq!(checked(house), "warn", "what it allows is not known");
    for key in keys {
        assert_eq!(house.ordered(*key), house.planned(*key), "the order alone is tried again");
        assert!(!house.ordered(*key).is_empty());
    }
}

#[test]
fn keys_that_are_attached_are_the_users_and_ordered_later() {
    let attach: fn(&House) -> Response = |house| house.post("keys", house.link(&[0, 1], &[0]));
    let set: fn(&House) -> Response = |house| {
        let mut body = house.link(&[0, 1], &[0]);
        body["type"] = json!("key");
        house.put("keys", body)
    };
    for act in [attach, set] {
        let house = House::new();
        licence(&house, false);
        let answer = act(&house).expect(200);
        for key in [0, 1] {
            says_so(house.item(&answer, key));
            assert_eq!((&house.key(key)["userId"], house.planned(key)), (&json!("anna"), vec![0]));
        }
        let again = act(&house).expect(200);
        says_so(house.item(&again, 0));
        ordered_later(&house, &[0, 1]);
    }
}

#[test]
fn rights_and_limits_of_a_key_that_was_never_ordered() {
    let house = unordered();
    let answer = house.put("access-rights", house.link(&[0], &[1])).expect(200);
    says_so(house.item(&answer, 0));
    let path = house.world.of(&format!("keys/{}/limits", house.keys[0]));
    let answer = house.world.put(&path, json!({ "endsLocal": "2027-06-30T18:00:00" })).expect(200);
    says_so(&answer["item"]);
    assert_eq!(house.world.get(&path).expect(200)["endsLocal"], "2027-06-30T18:00:00");
    assert!(house.key(0).get("revocationPendingSince").is_none(), "nothing was ever on it");
    ordered_later(&house, &[0]);
}

/// The lost key is blocked all the same: that is what can't wait.
#[test]
fn a_replacement_waits_and_the_lost_key_is_blocked() {
    let house = House::new();
    house.give(&[0], &[0]);
    licence(&house, false);
    let path = house.world.of(&format!("keys/{}/replace", house.keys[0]));
    let answer = house.world.post(&path, json!({ "newKeyId": house.keys[1] })).expect(200);
    says_so(house.item(&answer, 1));
    assert_eq!(house.outcome(&answer, 0), "blockListed");
    assert_eq!(house.listed(), [house.keys[0].clone()]);
    ordered_later(&house, &[1]);
}

/// No message has gone, the same request goes on, and there is one key.
#[test]
fn a_phone_key_waits_for_its_first_message() {
    let mut house = House::new();
    licence(&house, false);
    let phone = house.send(&[0]);
    says_so(&house.try_send("send", &[0]).expect(201)["items"][0]);
    assert_eq!(house.world.simulator.messages(None).len(), 0);
    let resend = house.world.of(&format!("mobile-keys/{}/resend", house.keys[phone]));
    let refused = house.world.post(&resend, json!({}));
    assert_eq!((refused.status, refused.code()), (409, "order-refused"));
    ordered_later(&house, &[phone]);
    assert_eq!(house.world.simulator.messages(None).len(), 1);
    let held = house.world.get(&house.world.of("keys?user=anna")).expect(200);
    assert_eq!(held["items"].as_array().unwrap().len(), 1);
}

/// Nothing was ever on the key, so that it needs no order to be free again.
#[test]
fn a_key_that_was_never_ordered_is_taken_away_without_a_licence() {
    let away: fn(&House) -> Value = |house| house.detach(0).expect(200);
    let block: fn(&House) -> Value = |house| house.post("block", json!({ "reason": "leaver" })).expect(200);
    let none: fn(&House) -> Value =
        |house| house.put("keys", json!({ "type": "key", "keys": [] })).expect(200);
    for act in [away, block, none] {
        let house = unordered();
        let answer = act(&house);
        assert_eq!(house.outcome(&answer, 0), "removed", "{answer:#}");
        assert!(house.key(0).get("userId").is_none() && house.planned(0).is_empty());
        assert_eq!((house.retries().len(), house.status()["ordersRefused"].clone()), (0, json!({})));
    }
}

#[test]
fn a_phone_key_that_was_never_ordered_is_deleted_without_a_licence() {
    let mut house = House::new();
    licence(&house, false);
    let phone = house.send(&[0]);
    let answer = house.post("block", json!({ "reason": "leaver" })).expect(200);
    assert_eq!(house.outcome(&answer, phone), "deleted");
    assert_eq!(house.retries().len(), 0);
}

/// A key that has its licence already needs no other.
#[test]
fn keys_that_are_in_use_are_changed_as_ever() {
    let house = House::new();
    house.give(&[0], &[0]);
    licence(&house, false);
    let answer = house.put("access-rights", house.link(&[0], &[1])).expect(200);
    assert_eq!(house.outcome(&answer, 0), "ordered");
    assert_eq!(house.outcome(&house.detach(0).expect(200), 0), "removed");
    // Given back while there is none: the key has been in use before.
    assert_eq!(house.outcome(&house.attach(&[0], &[0]), 0), "ordered");
}

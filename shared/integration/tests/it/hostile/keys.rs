//! Keys: given, changed, taken away, sent, blocked, and followed.

use serde_json::{Value, json};

use super::{Step, tell};
use crate::support::{House, PHONE};

/// Anna has three programmed keys and a phone; two keys are nobody's.
fn house() -> House {
    with_keys(House::with_phone())
}

fn with_keys(mut house: House) -> House {
    let spare = house.add_key(&json!({ "Description": "Spare 5", "KeyTypeMask": 264, "Stamp": "5" }));
    assert!(spare <= PHONE + 1);
    house.add_user("bea", "Bea");
    house.give(&[0, 1, 2], &[0]);
    house.refresh_job();
    house.world.effects.reset(None);
    house
}

fn given(house: &House) -> Vec<Step> {
    let mut limits = house.keys[1].clone();
    limits.insert_str(0, "keys/");
    vec![
        Step::of(house, "POST", "users/bea/keys", house.link(&[3, PHONE + 1], &[0, 1])),
        Step::of(house, "PUT", "users/anna/access-rights", house.link(&[0], &[1, 2])),
        Step::of(house, "DELETE", &format!("users/anna/keys/{}", house.keys[2]), Value::Null),
        Step::of(house, "PUT", &format!("{limits}/limits"), json!({ "endsLocal": "2027-06-30T18:00:00" })),
    ]
}

fn sent(house: &House) -> Vec<Step> {
    let body = json!({ "phone": "+358405556666", "accessRightIds": [house.rights[0]] });
    vec![
        Step::of(house, "POST", "users/bea/mobile-keys", body),
        Step::of(house, "PUT", &format!("block-list/{}", house.keys[1]), json!({})),
        Step::job("refresh-keys"),
        Step::job("retry"),
    ]
}

fn left(house: &House) -> Vec<Step> {
    vec![Step::of(house, "POST", "users/anna/block", json!({ "reason": "leaver" })), Step::job("retry")]
}

fn lost_and_found(house: &House) -> Vec<Step> {
    vec![Step::of(house, "POST", "users/anna/block", json!({ "reason": "lost" })), Step::job("retry")]
}

#[test]
fn keys_are_given_changed_limited_and_taken_away() {
    tell(house, given);
}

#[test]
fn a_phone_key_is_sent_and_a_key_put_on_the_list() {
    tell(house, sent);
}

#[test]
fn a_leaver_is_blocked() {
    tell(house, left);
}

#[test]
fn who_has_lost_the_keys_is_blocked() {
    tell(house, lost_and_found);
}

#[test]
fn a_leaver_comes_back() {
    let make = || {
        let house = with_keys(House::new());
        house.post("block", json!({ "reason": "leaver", "keepKeys": true })).expect(200);
        house.world.effects.reset(None);
        house
    };
    tell(make, |house| vec![Step::of(house, "POST", "users/anna/unblock", json!({ "restore": true }))]);
}

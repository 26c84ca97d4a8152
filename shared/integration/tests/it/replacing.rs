//! A key that takes over from a lost one: limits and rights come along, all else on it stays.

use serde_json::{Value, json};
use simulator::{Action, Fault};

use crate::support::{House, Response, catch_crash};

const LIMITS: &str = "Keys_GetTimeLimits";
const WHOLE: &str = "Keys_UpdateSecurityAccesses";

fn replace(house: &House) -> Response {
    let path = house.world.of(&format!("keys/{}/replace", house.keys[0]));
    house.world.post(&path, json!({ "newKeyId": house.keys[1] }))
}

fn limits(house: &House, n: usize) -> Value {
    house.world.get(&house.world.of(&format!("keys/{}/limits", house.keys[n]))).expect(200)
}

/// Anna's key has two rights, an end, and works offline for an hour.
fn house() -> House {
    let house = House::new();
    house.attach(&[0], &[0, 1]);
    let path = house.world.of(&format!("keys/{}/limits", house.keys[0]));
    let body = json!({ "endsLocal": "2027-06-30T18:00:00", "offlineExpirySeconds": 3600 });
    house.world.put(&path, body).expect(200);
    house.program(0);
    house.calls();
    house.world.effects.reset(None);
    house
}

#[test]
fn limits_come_along_and_a_lost_answer_changes_nothing() {
    for lost in [None, Some(false), Some(true)] {
        let house = house();
        let before = limits(&house, 0);
        if let Some(after_effect) = lost {
            let fault = Fault { after_effect, times: Some(1), ..Fault::on(WHOLE, Action::Drop) };
            house.world.simulator.add_fault(fault);
        }
        let first = replace(&house);
        if lost != Some(false) {
            assert_eq!(first.status, 200, "{lost:?}: {:#}", first.body);
            assert_eq!(house.outcome(&first.body, 1), "ordered");
        }
        let answer = replace(&house).expect(200);
        assert!(["ordered", "unchanged"].contains(&house.outcome(&answer, 1)), "{answer:#}");
        assert_eq!(limits(&house, 1), before);
        assert_eq!((house.planned(1), house.ordered(1)), (vec![0, 1], vec![0, 1]));
        assert_eq!(house.listed(), [house.keys[0].clone()]);
    }
}

/// What this version does not know of the new key's limits goes back as it came.
#[test]
fn unknown_members_of_the_new_keys_limits_stay() {
    let house = house();
    let change = json!({ "FutureMember": 1 }).as_object().unwrap().clone();
    // From here on requests may have the member, too.
    house.world.simulator.patch(None, "keys", house.id(2), change).unwrap();
    let future = json!({ "deep": [1.5, null] });
    let own =
        json!({ "KeyTimeLimitSlots": [], "FutureMember": future, "OutsideUserZoneTimeLimitTitleSlots": [2] });
    house.world.simulator.add_fault(Fault { skip: 1, times: Some(1), ..Fault::answering(LIMITS, own) });
    let answer = replace(&house).expect(200);
    assert_eq!(house.outcome(&answer, 1), "ordered");
    let bodies = house.world.simulator.bodies();
    let whole: Vec<Value> = bodies
        .iter()
        .filter_map(|body| serde_json::from_slice::<Value>(body).ok())
        .filter(|body| body.get("TimeLimitSlots").is_some())
        .collect();
    assert_eq!(whole.len(), 1, "{whole:#?}");
    assert_eq!(whole[0]["FutureMember"], future);
    assert_eq!(whole[0]["OutsideUserZoneTimeLimitTitleSlots"], json!([2]));
    assert_eq!(whole[0]["OfflineExpirationSeconds"], 3600);
}

/// A right of another type on the new key stays on it.
#[test]
fn rights_that_are_not_ours_stay() {
    let mut house = house();
    let standard = json!({ "Name": "Standard", "Type": 1, "Status": 0 });
    let standard =
        house.world.simulator.add(None, "rights", standard.as_object().unwrap().clone()).unwrap().to_string();
    let record = json!({ "Description": "New", "KeyTypeMask": 264 });
    let new = house.add(json!({ "record": record, "rights": [standard], "programmed": true }));
    let path = house.world.of(&format!("keys/{}/replace", house.keys[0]));
    let answer = house.world.post(&path, json!({ "newKeyId": house.keys[new] })).expect(200);
    assert_eq!(house.outcome(&answer, new), "ordered");
    let rights = house.row(new)["plan"]["rights"].clone();
    assert!(rights.as_array().unwrap().contains(&json!(standard)), "{rights:#}");
    assert_eq!(house.planned(new), [0, 1]);
}

/// A free key opens nothing before it is somebody's, whatever dies in between.
#[test]
fn a_crash_at_every_effect_ends_in_the_same() {
    let whole = house();
    replace(&whole).expect(200);
    let effects = whole.world.effects.seen();
    for at in 1..=effects {
        let house = house();
        house.world.effects.reset(Some(at));
        assert!(catch_crash(|| replace(&house)).is_none(), "effect {at} of {effects} was not reached");
        if house.row(1)["record"]["Person_ID"].is_null() {
            assert!(house.planned(1).is_empty(), "crash at effect {at}");
        }
        replace(&house).expect(200);
        assert_eq!(limits(&house, 1), limits(&whole, 1), "crash at effect {at}");
        assert_eq!((house.planned(1), house.ordered(1)), (vec![0, 1], vec![0, 1]), "crash at effect {at}");
        assert_eq!(house.listed(), whole.listed(), "crash at effect {at}");
    }
}

#[test]
fn an_old_key_that_can_not_be_blocked_is_told_as_such() {
    let house = house();
    house.world.simulator.add_fault(Fault::answering("Blacklists_CanAddKey", false));
    let answer = replace(&house).expect(207);
    assert_eq!(house.outcome(&answer, 1), "ordered");
    let old = house.item(&answer, 0);
    assert_eq!(
        (&old["action"], &old["outcome"], &old["problem"]["code"], &old["status"]),
        (&json!("block"), &json!("failed"), &json!("key-unmodifiable"), &json!("programmed"))
    );
}

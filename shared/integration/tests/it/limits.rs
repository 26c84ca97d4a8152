//! Limits in time: what is named changes, all else on the key stays.

use serde_json::{Value, json};
use simulator::{Action, Fault, NewKey, Seed, Uuid};

use crate::support::World;

struct House {
    world: World,
    key: String,
    rights: Vec<String>,
    profiles: Vec<String>,
}

/// A linked user `anna` with one key that has two API rights and is programmed.
fn house() -> House {
    let world = World::set_up(&Seed { persons: 1, ..Seed::default() });
    world.put(&world.of("users/anna"), json!({ "firstName": "Anna", "lastName": "Åkesson" })).expect(201);
    let key: NewKey = serde_json::from_value(
        json!({ "record": { "Description": "Spare", "KeyTypeMask": 264, "Stamp": "1" } }),
    )
    .unwrap();
    let id = world.simulator.add_key(None, key).unwrap();
    world.post(&world.of("structure/sync"), json!({})).expect(200);
    let ids = |what: &str| -> Vec<String> {
        let items = world.get(&world.of(what)).expect(200)["items"].clone();
        items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    };
    let (rights, profiles) = (ids("access-rights"), ids("time-profiles"));
    let keys = json!({ "keys": [{ "keyId": id, "accessRightIds": rights[..2] }] });
    world.post(&world.of("users/anna/keys"), keys).expect(200);
    world.simulator.program(None, id).unwrap();
    world.simulator.reset_calls();
    House { world, key: id.to_string(), rights, profiles }
}

impl House {
    fn path(&self) -> String {
        self.world.of(&format!("keys/{}/limits", self.key))
    }

    fn put(&self, body: Value) -> crate::support::Response {
        self.world.put(&self.path(), body)
    }

    fn get(&self) -> Value {
        self.world.get(&self.path()).expect(200)
    }

    fn writes(&self) -> Vec<&'static str> {
        let reads = ["Get", "Can", "Authentication"];
        let calls = self.world.simulator.calls();
        self.world.simulator.reset_calls();
        calls.iter().map(|c| c.operation).filter(|o| !reads.iter().any(|read| o.contains(read))).collect()
    }
}

#[test]
fn limits_are_set_one_after_the_other_and_removed() {
    let house = house();
    assert_eq!(house.get()["startsLocal"], Value::Null);
    let answer = house.put(json!({ "startsLocal": "2026-12-01T08:00:00" })).expect(200);
    assert_eq!(
        (&answer["item"]["outcome"], &answer["item"]["effective"]),
        (&json!("ordered"), &json!("whenProgrammed"))
    );
    let ends = json!({ "endsLocal": "2026-12-31T18:00:00", "expectedReturn": "2027-01-01" });
    house.put(ends).expect(200);
    let answer = house.put(json!({ "timeProfileIds": [house.profiles[0]] })).expect(200);
    let wanted = json!({
        "startsLocal": "2026-12-01T08:00:00", "endsLocal": "2026-12-31T18:00:00",
        "timeProfileIds": [house.profiles[0]], "offlineExpirySeconds": null, "expectedReturn": "2027-01-01",
    });
    assert_eq!((&answer["limits"], &house.get()), (&wanted, &wanted));
    house.world.simulator.program(None, house.key.parse::<Uuid>().unwrap()).unwrap();
    house.writes();
    let again = house.put(wanted).expect(200);
    assert_eq!((&again["item"]["outcome"], house.writes()), (&json!("unchanged"), vec![]));
    let none =
        json!({ "startsLocal": null, "endsLocal": null, "timeProfileIds": [], "expectedReturn": null });
    let answer = house.put(none).expect(200);
    assert!(answer["limits"]["endsLocal"].is_null() && answer["limits"]["timeProfileIds"] == json!([]));
    assert_eq!(house.get(), answer["limits"]);
    let key = house.world.get(&house.world.of(&format!("keys/{}", house.key))).expect(200);
    let mut rights = house.rights[..2].to_vec();
    rights.sort();
    assert_eq!(key["accessRights"]["wanted"], json!(rights), "the rights stay");
}

#[test]
fn one_profile_alone_is_not_written_with_everything_else() {
    let house = house();
    house.put(json!({ "timeProfileIds": [house.profiles[0]] })).expect(200);
    assert_eq!(house.writes(), ["Keys_InsertTimeLimitTitle", "Keys_OrderKey"]);
    house.put(json!({ "timeProfileIds": null })).expect(200);
    assert_eq!(house.writes()[0], "Keys_DeleteTimeLimit");
}

#[test]
fn impossible_limits_are_refused_before_anything_is_written() {
    let house = house();
    house.put(json!({ "endsLocal": "2026-12-31T18:00:00" })).expect(200);
    house.writes();
    for body in
        [json!({ "startsLocal": "2027-01-01T00:00:00" }), json!({ "startsLocal": "2026-03-29T03:30:00" })]
    {
        let answer = house.put(body);
        assert_eq!((answer.status, answer.code()), (422, "invalid-time-limit"), "{:#}", answer.body);
    }
    assert_eq!(house.put(json!({ "timeProfileIds": [Uuid::nil()] })).code(), "invalid-request");
    assert_eq!(house.writes(), [""; 0]);
    let answer = house.put(json!({ "startsLocal": "2026-10-25T03:30:00" })).expect(200);
    assert!(answer["warning"].as_str().unwrap().contains("twice"), "{answer:#}");
    house.put(json!({ "startsLocal": "2026-10-25T05:30:00" })).expect(200);
}

#[test]
fn a_lost_answer_changes_nothing_in_the_end() {
    for operation in ["Keys_UpdateSecurityAccesses", "Keys_InsertTimeLimitTitle", "Keys_OrderKey"] {
        let house = house();
        let fault = Fault { after_effect: true, times: Some(1), ..Fault::on(operation, Action::Drop) };
        house.world.simulator.add_fault(fault);
        house.put(json!({ "timeProfileIds": [house.profiles[0]] })).expect(200);
        let answer = house.put(json!({ "startsLocal": "2026-12-01T08:00:00" })).expect(200);
        assert_eq!(answer["item"]["outcome"], "ordered", "{operation}");
        assert_eq!(house.get()["timeProfileIds"], json!([house.profiles[0]]), "{operation}");
    }
}

#[test]
fn keys_of_the_blocked_and_block_listed_keys_are_left_alone() {
    let house = house();
    house.world.put(&house.world.of(&format!("block-list/{}", house.key)), json!({})).expect(200);
    let answer = house.put(json!({ "startsLocal": "2026-12-01T08:00:00" }));
    assert_eq!((answer.status, answer.code()), (422, "key-unmodifiable"), "{:#}", answer.body);
    house.world.post(&house.world.of("users/anna/block"), json!({ "reason": "lost" })).expect(200);
    let answer = house.put(json!({ "startsLocal": "2026-12-01T08:00:00" }));
    assert_eq!((answer.status, answer.code()), (409, "user-blocked"));
}

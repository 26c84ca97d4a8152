//! Limits in time: what is named changes, all else on the key stays.

mod rules;
mod sending;
mod trouble;
mod untouched;

use serde_json::{Value, json};
use simulator::{Action, Fault};

use crate::support::{House, Response};

/// A house and its time profiles: the first is fixed, the second editable.
struct Limited {
    house: House,
    profiles: Vec<String>,
}

impl Limited {
    fn new(house: House) -> Self {
        let items = house.world.get(&house.world.of("time-profiles")).expect(200)["items"].clone();
        let id = |kind: &str| {
            let item = items.as_array().unwrap().iter().find(|item| item["kind"] == kind).unwrap();
            item["id"].as_str().unwrap().to_owned()
        };
        let profiles = vec![id("fixed"), id("editable")];
        house.world.simulator.reset_calls();
        house.world.effects.reset(None);
        Self { house, profiles }
    }

    /// Anna has the first key with two API rights, programmed.
    fn with_key() -> Self {
        let house = House::new();
        house.give(&[0], &[0, 1]);
        Self::new(house)
    }

    fn path(&self, n: usize) -> String {
        self.house.world.of(&format!("keys/{}/limits", self.house.keys[n]))
    }

    /// Sets limits of the first key.
    fn put(&self, body: Value) -> Response {
        self.put_on(0, body)
    }

    fn put_on(&self, n: usize, body: Value) -> Response {
        self.house.world.put(&self.path(n), body)
    }

    /// The limits of the first key.
    fn get(&self) -> Value {
        self.house.world.get(&self.path(0)).expect(200)
    }

    /// What iLOQ has planned for a key: rights, slots, offline time, renewal.
    fn plan(&self, n: usize) -> Value {
        self.row(n)["plan"].clone()
    }

    /// All that iLOQ has of a key.
    fn row(&self, n: usize) -> Value {
        row(&self.house, &self.house.keys[n])
    }

    /// The weekly rows of the slot of a profile on the first key: days, start, end.
    fn rows(&self, profile: usize) -> Vec<[i64; 3]> {
        let plan = self.plan(0);
        let mut slots = plan["slots"].as_array().unwrap().iter();
        let slot = slots.find(|slot| slot["TimeLimitTitle_ID"] == self.profiles[profile].as_str()).unwrap();
        let row = |row: &Value| {
            ["WeekDayMask", "StartTimeMS", "EndTimeMS"].map(|member| row[member].as_i64().unwrap())
        };
        slot["TimeLimitData"].as_array().unwrap().iter().map(row).collect()
    }

    fn lose(&self, operation: &str, after_effect: bool) {
        let fault = Fault { after_effect, times: Some(1), ..Fault::on(operation, Action::Drop) };
        self.house.world.simulator.add_fault(fault);
    }
}

/// All that iLOQ has of a key.
fn row(house: &House, key: &str) -> Value {
    let snapshot = house.world.simulator.snapshot();
    let mut systems = snapshot.as_object().unwrap().values();
    systems.next().unwrap()["keys"][key].clone()
}

fn refused(answer: &Response) -> (u16, &str, Vec<&str>) {
    let errors = answer.body["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    (answer.status, answer.code(), errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect())
}

#[test]
fn limits_are_set_one_after_the_other_and_removed() {
    let limited = Limited::with_key();
    assert_eq!(limited.get()["startsLocal"], Value::Null);
    let answer = limited.put(json!({ "startsLocal": "2026-12-01T08:00:00" })).expect(200);
    assert_eq!(
        (&answer["item"]["outcome"], &answer["item"]["effective"]),
        (&json!("ordered"), &json!("whenProgrammed"))
    );
    let ends = json!({ "endsLocal": "2026-12-31T18:00:00", "expectedReturn": "2027-01-01" });
    limited.put(ends).expect(200);
    let answer = limited.put(json!({ "timeProfileIds": [limited.profiles[0]] })).expect(200);
    let wanted = json!({
        "startsLocal": "2026-12-01T08:00:00", "endsLocal": "2026-12-31T18:00:00",
        "timeProfileIds": [limited.profiles[0]], "offlineExpirySeconds": null, "expectedReturn": "2027-01-01",
    });
    assert_eq!((&answer["limits"], &limited.get()), (&wanted, &wanted));
    limited.house.program(0);
    limited.house.writes();
    let again = limited.put(wanted).expect(200);
    assert_eq!((&again["item"]["outcome"], limited.house.writes()), (&json!("unchanged"), vec![]));
    let none =
        json!({ "startsLocal": null, "endsLocal": null, "timeProfileIds": [], "expectedReturn": null });
    let answer = limited.put(none).expect(200);
    assert!(answer["limits"]["endsLocal"].is_null() && answer["limits"]["timeProfileIds"] == json!([]));
    assert_eq!(limited.get(), answer["limits"]);
    let mut rights = limited.house.rights[..2].to_vec();
    rights.sort();
    assert_eq!(limited.house.key(0)["accessRights"]["wanted"], json!(rights), "the rights stay");
}

#[test]
fn one_profile_alone_is_not_written_with_everything_else() {
    let limited = Limited::with_key();
    limited.put(json!({ "timeProfileIds": [limited.profiles[0]] })).expect(200);
    assert_eq!(limited.house.writes(), ["Keys_InsertTimeLimitTitle", "Keys_OrderKey"]);
    limited.put(json!({ "timeProfileIds": null })).expect(200);
    assert_eq!(limited.house.writes(), ["Keys_DeleteTimeLimit", "Keys_OrderKey"]);
    limited.put(json!({ "timeProfileIds": limited.profiles })).expect(200);
    assert_eq!(limited.house.writes(), ["Keys_UpdateSecurityAccesses", "Keys_OrderKey"]);
}

#[test]
fn keys_of_the_blocked_and_block_listed_keys_are_left_alone() {
    let limited = Limited::with_key();
    let world = &limited.house.world;
    world.put(&world.of(&format!("block-list/{}", limited.house.keys[0])), json!({})).expect(200);
    for body in
        [json!({ "startsLocal": "2026-12-01T08:00:00" }), json!({ "timeProfileIds": limited.profiles })]
    {
        assert_eq!(refused(&limited.put(body)), (422, "key-unmodifiable", vec![]));
    }
    world.post(&world.of("users/anna/block"), json!({ "reason": "lost" })).expect(200);
    let answer = limited.put(json!({ "startsLocal": "2026-12-01T08:00:00" }));
    assert_eq!(refused(&answer), (409, "user-blocked", vec![]));
}

//! `CanAddTimeLimit`, as a single profile asks it: only 0 adds it.

use serde_json::json;

use super::{UNKNOWN, force, says};
use crate::support::House;

/// Code of the check and its problem.
const REFUSALS: [(i32, &str); 18] = [
    (1, "too-many-limits"),
    (2, "invalid-time-limit"),
    (3, "invalid-time-limit"),
    (4, "invalid-time-limit"),
    (5, "invalid-time-limit"),
    (6, "invalid-time-limit"),
    (7, "invalid-time-limit"),
    (8, "invalid-time-limit"),
    (9, "invalid-time-limit"),
    (10, "invalid-time-limit"),
    (11, "invalid-time-limit"),
    (12, "too-many-limits"),
    (13, "invalid-time-limit"),
    (14, "invalid-time-limit"),
    (15, "key-unmodifiable"),
    (16, "key-unmodifiable"),
    (17, "key-unmodifiable"),
    (UNKNOWN, "invalid-time-limit"),
];

#[test]
fn a_profile_that_is_refused_changes_nothing() {
    for (code, problem) in REFUSALS {
        let house = House::new();
        house.give(&[0], &[0]);
        let profiles = house.world.get(&house.world.of("time-profiles")).expect(200);
        let profile = &profiles["items"][0]["id"];
        let path = house.world.of(&format!("keys/{}/limits", house.keys[0]));
        let before = house.world.simulator.snapshot();
        force(&house, "Keys_CanAddTimeLimitTitle", code);
        house.calls();
        let answer = house.world.put(&path, json!({ "timeProfileIds": [profile] }));
        assert_eq!((answer.status, answer.code()), (422, problem), "{code}: {:#}", answer.body);
        says(&answer.body, problem, "CanAddTimeLimit", code, "");
        assert_eq!(house.writes(), [""; 0], "{code}");
        assert_eq!(house.world.simulator.snapshot(), before, "{code}");
    }
}

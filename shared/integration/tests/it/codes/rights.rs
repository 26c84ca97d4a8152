//! `CanAdd` and `CanDelete` of access rights, where 1 is the go-ahead. All is asked before anything is changed.

use serde_json::json;

use super::{UNKNOWN, force, says};
use crate::support::House;

const ADD: &str = "Keys_CanAddSecurityAccess";
const DELETE: &str = "Keys_CanDeleteSecurityAccess";

/// Code of `CanAdd`, problem, what its text has to name.
const NOT_ADDED: [(i32, &str, &str); 4] = [
    (0, "key-unmodifiable", "iLOQ Manager"),
    (2, "key-unmodifiable", "block list"),
    (3, "too-many-rights", "fewer access rights"),
    (UNKNOWN, "key-unmodifiable", "iLOQ Manager"),
];

/// Code of `CanDelete`, what its text has to name.
const NOT_DELETED: [(i32, &str); 3] = [(0, "iLOQ Manager"), (2, "block list"), (UNKNOWN, "iLOQ Manager")];

#[test]
fn a_right_that_may_not_be_added_changes_nothing() {
    for (code, problem, next) in NOT_ADDED {
        let house = House::new();
        house.give(&[0], &[0]);
        let before = house.world.simulator.snapshot();
        force(&house, ADD, code);
        house.calls();
        // One right comes, one goes; where there is no room for one more, one that goes would make it.
        let rights: &[usize] = if code == 3 { &[0, 1] } else { &[1] };
        let exact = house.put("access-rights", house.link(&[0], rights)).expect(207);
        let linked = house.post("keys", house.link(&[1], &[0])).expect(207);
        let set = json!({ "type": "key", "keys": house.link(&[0], &[0, 1])["keys"] });
        let set = house.put("keys", set).expect(207);
        for (answer, key) in [(&exact, 0), (&linked, 1), (&set, 0)] {
            assert_eq!(house.outcome(answer, key), "failed", "{code}");
            says(&house.item(answer, key)["problem"], problem, "CanAdd", code, next);
        }
        assert_eq!(house.writes(), [""; 0], "{code}");
        assert_eq!(house.world.simulator.snapshot(), before, "{code}: not even attached");
        assert!(house.key(1).get("userId").is_none());
    }
}

#[test]
fn a_right_that_may_not_go_changes_nothing() {
    for (code, next) in NOT_DELETED {
        let house = House::new();
        house.give(&[0], &[0, 2]);
        let before = house.world.simulator.snapshot();
        force(&house, DELETE, code);
        house.calls();
        let exact = house.put("access-rights", house.link(&[0], &[1])).expect(207);
        assert_eq!(house.outcome(&exact, 0), "failed", "{code}");
        says(&house.item(&exact, 0)["problem"], "key-unmodifiable", "CanDelete", code, next);
        let gone = house.detach(0).expect(200);
        assert_eq!(house.outcome(&gone, 0), "pending", "{code}: tried again by itself");
        says(&house.item(&gone, 0)["problem"], "key-unmodifiable", "CanDelete", code, next);
        assert_eq!(house.writes(), [""; 0], "{code}");
        assert_eq!(house.world.simulator.snapshot(), before, "{code}");
        house.world.simulator.set_faults(Vec::new());
        house.retry_job();
        assert!(house.key(0).get("userId").is_none(), "{code}");
    }
}

/// The key does not have it: that is what was wanted.
#[test]
fn a_right_that_is_not_there_need_not_go() {
    let house = House::new();
    house.give(&[0], &[0, 1]);
    force(&house, DELETE, 3);
    let answer = house.put("access-rights", house.link(&[0], &[0])).expect(200);
    assert_ne!(house.outcome(&answer, 0), "failed", "{answer:#}");
    assert!(house.calls().iter().all(|call| *call != "Keys_DeleteSecurityAccess"));
}

/// A key on the block list answers 2 to both, a full one 3.
#[test]
fn real_states_lead_to_the_same() {
    let house = House::new();
    house.give(&[0], &[0]);
    house.world.put(&house.world.of(&format!("block-list/{}", house.keys[0])), json!({})).expect(200);
    let add = house.put("access-rights", house.link(&[0], &[0, 1])).expect(207);
    says(&house.item(&add, 0)["problem"], "key-unmodifiable", "CanAdd", 2, "block list");
    let take = house.put("access-rights", house.link(&[0], &[])).expect(207);
    says(&house.item(&take, 0)["problem"], "key-unmodifiable", "CanDelete", 2, "block list");
    assert_eq!(house.outcome(&house.detach(0).expect(200), 0), "pending");

    let house = House::new();
    let mut limits = house.world.simulator.limits(None).unwrap();
    limits.rights_per_key = 0;
    house.world.simulator.set_limits(None, limits).unwrap();
    let full = house.post("keys", house.link(&[0], &[0])).expect(207);
    says(&house.item(&full, 0)["problem"], "too-many-rights", "CanAdd", 3, "fewer access rights");
    assert!(house.key(0).get("userId").is_none());
}

//! Since when rights that were taken off are still on a key: from when iLOQ has agreed, not before.

use serde_json::json;
use simulator::Fault;

use crate::support::{House, PHONE, catch_crash};

fn pending(house: &House, n: usize) -> bool {
    house.key(n)["revocationPendingSince"].is_string()
}

#[test]
fn what_iloq_refuses_is_no_revocation() {
    for (operation, code) in [("Keys_CanDeleteSecurityAccess", 2), ("Keys_CanOrderKey", 1)] {
        let house = House::new();
        house.give(&[0], &[0]);
        house.world.simulator.add_fault(Fault::answering(operation, code));
        let answer = house.detach(0).expect(200);
        assert_eq!(house.outcome(&answer, 0), "pending");
        // Whoever takes a key away has taken its rights off in the plan before the order is refused.
        assert_eq!(pending(&house, 0), operation == "Keys_CanOrderKey", "{operation}");
        house.world.simulator.set_faults(Vec::new());
        house.retry_job();
        assert!(pending(&house, 0));
        house.program(0);
        house.refresh_job();
        assert!(!pending(&house, 0));
    }
}

/// A key that iLOQ does not let be changed is as it was, also here.
#[test]
fn a_refused_change_of_rights_leaves_the_record_as_it_was() {
    for (operation, code, rights) in
        [("Keys_CanDeleteSecurityAccess", 2, vec![1]), ("Keys_CanAddSecurityAccess", 3, vec![0, 1])]
    {
        let house = House::new();
        house.give(&[0], &[0]);
        house.refresh_job();
        house.world.simulator.add_fault(Fault::answering(operation, code));
        let answer = house.put("access-rights", house.link(&[0], &rights)).expect(207);
        assert_eq!(house.outcome(&answer, 0), "failed");
        assert_eq!(house.item(&answer, 0)["status"], "programmed", "{answer:#}");
        assert!(!pending(&house, 0), "{operation}");
        assert_eq!(house.key(0)["accessRights"]["wanted"], json!([house.rights[0]]), "{operation}");
        assert_eq!(house.world.get(&house.world.of("drift")).expect(200)["items"], json!([]), "{operation}");
        let dry = json!({ "keys": house.link(&[0], &rights)["keys"], "dryRun": true });
        assert_eq!(house.put("access-rights", dry).status, 207, "a plan says so too");
    }
}

#[test]
fn it_is_noted_whatever_dies() {
    for away in [true, false] {
        let prepared = || {
            let house = House::new();
            house.give(&[0], &[0, 1]);
            house.refresh_job();
            house.world.effects.reset(None);
            house
        };
        let act = |house: &House| {
            if away {
                house.detach(0).expect(200)
            } else {
                house.put("access-rights", house.link(&[0], &[0])).expect(200)
            }
        };
        let whole = prepared();
        act(&whole);
        let effects = whole.world.effects.seen();
        assert!(pending(&whole, 0));
        for at in 1..=effects {
            let house = prepared();
            house.world.effects.reset(Some(at));
            assert!(catch_crash(|| act(&house)).is_none(), "effect {at} of {effects} was not reached");
            act(&house);
            assert!(pending(&house, 0), "{away}, crash at effect {at}: {:#}", house.key(0));
            house.program(0);
            house.refresh_job();
            assert!(!pending(&house, 0), "{away}, crash at effect {at}");
        }
    }
}

/// Rights that a phone has and that can't be taken with it: a phone key with a right of another type.
#[test]
fn a_phone_that_iloq_keeps_loses_its_api_rights_all_the_same() {
    let house = House::with_phone();
    house.put("access-rights", house.link(&[PHONE], &[0])).expect(200);
    house.program(PHONE);
    house.refresh_job();
    house.world.simulator.add_fault(Fault::answering("Keys_CanReturnKey", 1));
    let answer = house.detach(PHONE).expect(200);
    let item = house.item(&answer, PHONE);
    assert_eq!((&item["outcome"], &item["effective"]), (&json!("pending"), &json!("whenAppOpened")));
    assert!(house.ordered(PHONE).is_empty() && pending(&house, PHONE));
    // What is on the block list can't be changed, and opens nothing.
    let house = House::with_phone();
    house.put("access-rights", house.link(&[PHONE], &[0])).expect(200);
    house.world.simulator.add_fault(Fault::answering("Keys_CanReturnKey", 4));
    house.world.simulator.add_fault(Fault::answering("Keys_CanDeleteKey", 3));
    house.writes();
    assert_eq!(house.outcome(&house.detach(PHONE).expect(200), PHONE), "pending");
    assert_eq!(house.writes(), [""; 0]);
}

#[test]
fn a_right_that_is_given_back_before_it_was_off_is_no_revocation() {
    let house = House::new();
    house.give(&[0], &[0, 1]);
    house.refresh_job();
    let set = |rights: &[usize]| house.put("access-rights", house.link(&[0], rights)).expect(200);
    set(&[0]);
    assert!(pending(&house, 0));
    set(&[0, 1]);
    assert!(!pending(&house, 0), "what is on the key is wanted again");
    house.post("block", json!({ "reason": "leaver" })).expect(200);
    house.post("unblock", json!({ "restore": true })).expect(200);
    assert!(!pending(&house, 0), "and all of it is");
    set(&[0]);
    house.program(0);
    assert!(!pending(&house, 0), "a key that is read now tells that it is done");
    assert_eq!(house.told("key.revocationOverdue").len(), 0);
}

#[test]
fn a_key_without_rights_has_none_to_take_off() {
    let house = House::new();
    house.give(&[0], &[]);
    house.refresh_job();
    house.post("block", json!({ "reason": "leaver" })).expect(200);
    house.refresh_job();
    assert!(!pending(&house, 0));
    for _ in 0..30 {
        house.world.advance(std::time::Duration::from_secs(4 * 3600));
        house.refresh_job();
    }
    assert_eq!(house.told("key.revocationOverdue").len(), 0);
}

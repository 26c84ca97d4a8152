//! Requests for keys that nobody sends again, after they died or iLOQ was away in the middle: the jobs end them.

use serde_json::{Value, json};
use simulator::{Action, Fault};

use crate::support::{House, Response, catch_crash};

type Operation = fn(&House) -> Response;

const OPERATIONS: [(&str, Operation); 4] = [
    ("link", |house| house.post("keys", house.link(&[0], &[0, 1]))),
    ("rights", |house| house.put("access-rights", house.link(&[1], &[1, 2]))),
    ("exactly", |house| {
        let mut body = house.link(&[0], &[2]);
        body["type"] = json!("key");
        house.put("keys", body)
    }),
    ("unlink", |house| house.detach(1)),
];

/// The user has the key 1 with the rights 0 and 1, programmed; the key 0 is free.
fn prepared() -> House {
    let house = House::new();
    house.give(&[1], &[0, 1]);
    house.refresh_job();
    house.world.effects.reset(None);
    house
}

/// What iLOQ and the portal have of each key.
fn states(house: &House) -> [Value; 2] {
    [0, 1].map(|n| {
        let row = house.row(n);
        json!([row["Person_ID"], house.planned(n), house.ordered(n), house.wanted(n), house.key(n)["userId"]])
    })
}

/// What the jobs make of it, when the request is dead for sure.
fn jobs(house: &House) -> [Value; 2] {
    house.retry_job();
    house.refresh_job();
    states(house)
}

#[test]
fn what_died_is_ended_by_the_jobs_or_was_never_begun() {
    for (name, operation) in OPERATIONS {
        let whole = prepared();
        let before = states(&whole);
        whole.world.effects.reset(None);
        operation(&whole).expect(200);
        let effects = whole.world.effects.seen();
        let after = states(&whole);
        assert_ne!(before, after);
        let mut begun = [false; 2];
        for at in 1..=effects {
            let house = prepared();
            house.world.effects.reset(Some(at));
            assert!(catch_crash(|| operation(&house)).is_none(), "{name}: effect {at} of {effects}");
            house.world.effects.reset(None);
            let ended = jobs(&house);
            for n in [0, 1] {
                let is_after = ended[n] == after[n];
                let is_before = !begun[n] && ended[n] == before[n];
                assert!(is_after || is_before, "{name}, effect {at} of {effects}, key {n}: {}", ended[n]);
                begun[n] |= is_after;
            }
            assert_eq!(house.retries(), [Value::Null; 0], "{name}, effect {at}");
            house.writes();
            assert_eq!(
                (jobs(&house), house.writes()),
                (ended, vec![]),
                "{name}, effect {at}: nothing is left"
            );
        }
        assert_eq!(begun, [true; 2], "{name}");
    }
}

#[test]
fn what_iloq_did_not_answer_waits_and_is_done_when_it_answers() {
    for (name, operation) in OPERATIONS {
        let whole = prepared();
        let before = states(&whole);
        whole.calls();
        operation(&whole).expect(200);
        let mut calls = whole.calls();
        let after = states(&whole);
        calls.sort_unstable();
        calls.dedup();
        let mut waited = 0;
        for call in calls {
            let house = prepared();
            house.world.simulator.add_fault(Fault::on(call, away()));
            let answer = operation(&house);
            let told = answer.body.to_string();
            assert!(answer.status == 503 || answer.status == 207, "{name}: {call}: {told}");
            assert!(told.contains("iloq-unavailable"), "{name}: {call}: {told}");
            let retries = house.retries();
            house.world.simulator.set_faults(Vec::new());
            let ended = jobs(&house);
            for n in [0, 1] {
                let waits = retries.iter().find(|retry| retry["key"] == house.keys[n].as_str());
                let expected = if waits.is_some() { &after[n] } else { &before[n] };
                assert!(
                    ended[n] == *expected || ended[n] == after[n],
                    "{name}, {call}, key {n}: {}",
                    ended[n]
                );
            }
            assert!(
                retries.iter().all(|retry| retry["problem"]["code"] == "iloq-unavailable"),
                "{retries:#?}"
            );
            waited += retries.len();
            assert_eq!(house.retries(), [Value::Null; 0], "{name}: {call}");
        }
        assert!(waited > 1, "{name}: {waited}");
    }
}

fn away() -> Action {
    Action::Status { status: 503, code: None, message: None, retry_after: None }
}

/// What it was to give is not given to a blocked user, and not taken from whom the key has been given to.
#[test]
fn what_was_overtaken_is_void() {
    let house = prepared();
    house.world.simulator.add_fault(Fault::on("Keys_OrderKey", away()));
    assert_eq!(house.post("keys", house.link(&[0], &[0])).code(), "iloq-unavailable");
    house.world.simulator.set_faults(Vec::new());
    house.post("block", json!({ "reason": "leaver" })).expect(200);
    jobs(&house);
    assert_eq!((house.planned(0), house.row(0)["Person_ID"].clone()), (vec![], Value::Null));

    let house = prepared();
    house.world.simulator.add_fault(Fault::on("Keys_Update", away()));
    assert_eq!(house.post("keys", house.link(&[0], &[0])).code(), "iloq-unavailable");
    house.world.simulator.set_faults(Vec::new());
    house.add_user("bea", "Bea");
    house.world.post(&house.world.of("users/bea/keys"), house.link(&[0], &[2])).expect(200);
    jobs(&house);
    assert_eq!((house.key(0)["userId"].clone(), house.planned(0)), (json!("bea"), vec![2]));
    assert_eq!(house.retries(), [Value::Null; 0]);
}

/// One key that iLOQ does not answer for keeps no other from its turn.
#[test]
fn one_key_that_iloq_does_not_answer_for_holds_up_nobody() {
    let house = prepared();
    house.attach(&[0], &[]);
    house.world.simulator.add_fault(Fault::on("Keys_OrderKey", away()));
    house.put("access-rights", house.link(&[0], &[2]));
    house.put("access-rights", house.link(&[1], &[2]));
    let waits = |n: usize| house.retries().iter().any(|retry| retry["key"] == house.keys[n].as_str());
    assert!(waits(0) && waits(1));
    house.world.simulator.set_faults(Vec::new());
    let first = house.retries()[0]["key"].as_str().unwrap().to_owned();
    let one = Fault { path: Some(first.clone()), ..Fault::on("Keys_OrderKey", away()) };
    house.world.simulator.add_fault(one);
    jobs(&house);
    let retries = house.retries();
    assert_eq!((retries.len(), &retries[0]["key"], &retries[0]["tries"]), (1, &json!(first), &json!(2)));
}

#[test]
fn limits_whose_order_iloq_did_not_answer_are_ordered_later() {
    let house = prepared();
    house.world.simulator.add_fault(Fault::on("Keys_OrderKey", away()));
    let path = house.world.of(&format!("keys/{}/limits", house.keys[1]));
    assert_eq!(
        house.world.put(&path, json!({ "endsLocal": "2027-01-31T12:00:00" })).code(),
        "iloq-unavailable"
    );
    assert_eq!(house.retries()[0]["kind"], "order-key");
    house.world.simulator.set_faults(Vec::new());
    jobs(&house);
    assert_eq!((house.key(1)["status"].clone(), house.retries()), (json!("ordered"), vec![]));
}

/// The answer to the write is lost, and iLOQ does not say what became of it.
#[test]
fn limits_of_which_nobody_knows_whether_they_were_written_are_ordered_later() {
    let house = prepared();
    let lost = Fault { after_effect: true, ..Fault::on("Keys_UpdateSecurityAccesses", Action::Drop) };
    house.world.simulator.add_fault(lost);
    house.world.simulator.add_fault(Fault { skip: 1, ..Fault::on("Keys_GetTimeLimits", away()) });
    let path = house.world.of(&format!("keys/{}/limits", house.keys[1]));
    let answer = house.world.put(&path, json!({ "endsLocal": "2027-01-31T12:00:00" }));
    assert_eq!(answer.code(), "iloq-unavailable");
    assert_eq!(house.retries().len(), 1);
    house.world.simulator.set_faults(Vec::new());
    jobs(&house);
    assert_eq!((house.key(1)["status"].clone(), house.retries()), (json!("ordered"), vec![]));
}

/// The block list opens and closes doors only once it is ordered.
#[test]
fn a_changed_block_list_is_ordered_whatever_dies() {
    let list = |house: &House| house.world.get(&house.world.of("block-list")).expect(200)["items"].clone();
    let path = |house: &House| house.world.of(&format!("block-list/{}", house.keys[1]));
    let change = |house: &House, on: bool| {
        if on { house.world.put(&path(house), json!({})) } else { house.world.delete(&path(house)) }
    };
    for on in [true, false] {
        let prepared = || {
            let house = prepared();
            if !on {
                change(&house, true).expect(200);
            }
            house.world.effects.reset(None);
            house
        };
        let whole = prepared();
        change(&whole, on).expect(200);
        let effects = whole.world.effects.seen();
        let mut begun = false;
        for at in 1..=effects {
            let house = prepared();
            let before = list(&house);
            house.world.effects.reset(Some(at));
            assert!(catch_crash(|| change(&house, on)).is_none(), "{on}: effect {at} of {effects}");
            house.world.effects.reset(None);
            let changed = list(&house) != before;
            assert!(changed || !begun, "{on}: effect {at} of {effects}");
            begun |= changed;
            house.retry_job();
            let items = list(&house);
            assert_eq!(items.as_array().unwrap().len(), usize::from(changed == on), "{on}, effect {at}");
            let ordered = items.as_array().unwrap().iter().all(|item| item["state"] == "listed");
            assert!(ordered, "{on}, effect {at} of {effects}: {items:#}");
            assert_eq!(house.retries(), [Value::Null; 0], "{on}, effect {at}");
        }
        assert!(begun);
    }
}

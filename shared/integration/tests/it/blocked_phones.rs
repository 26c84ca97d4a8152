//! A phone key that is on its way when its user is blocked: whatever the phone does later, it opens nothing.

use std::time::Duration;

use serde_json::json;

use crate::{
    at_once::at_once,
    support::{House, catch_crash},
};

const MINUTE: Duration = Duration::from_secs(60);

fn block(house: &House) -> serde_json::Value {
    house.post("block", json!({ "reason": "leaver" })).expect(200)
}

/// iLOQ neither returns nor deletes a key that was sent and not answered. The phone may answer at any moment.
#[test]
fn a_key_that_waits_for_its_phone_is_emptied_by_the_block_itself() {
    for reason in ["leaver", "lost"] {
        let mut house = House::new();
        let phone = house.send(&[0, 1]);
        let answer = house.post("block", json!({ "reason": reason })).expect(200);
        let item = house.item(&answer, phone);
        assert_eq!(
            (&item["action"], &item["outcome"], &item["effective"], &item["problem"]["code"]),
            (&json!("detach"), &json!("pending"), &json!("whenAppOpened"), &json!("needs-manager")),
            "{item:#}"
        );
        assert_eq!(item["status"], "sent");
        assert!(house.planned(phone).is_empty() && house.ordered(phone).is_empty());
        assert_eq!(house.wanted(phone), 0);
        house.writes();
        let again = block(&house);
        assert_eq!(
            (house.outcome(&again, phone), house.writes()),
            ("pending", vec![]),
            "nothing is left to take"
        );

        house.world.simulator.activate(None, house.id(phone)).unwrap();
        assert_eq!(house.key(phone)["accessRights"]["programmed"], json!([]), "the phone got nothing");
        house.retry_job();
        assert!(house.is_gone(phone));
        assert_eq!(house.retries().len(), 0);
        assert_eq!(house.world.simulator.messages(None).len(), 1, "no second message");
    }
}

/// Until the key is returned, what the block took from it can be given back.
#[test]
fn lifting_the_block_fills_it_again() {
    let mut house = House::new();
    let phone = house.send(&[0, 1]);
    block(&house);
    block(&house);
    let answer = house.post("unblock", json!({ "restore": true })).expect(200);
    assert_eq!(house.outcome(&answer, phone), "ordered", "{answer:#}");
    assert_eq!((house.ordered(phone), house.wanted(phone)), (vec![0, 1], 2));
    assert_eq!(house.retries().len(), 0);
    house.world.simulator.activate(None, house.id(phone)).unwrap();
    house.retry_job();
    assert_eq!(house.key(phone)["status"], "programmed", "it is taken away no more");
}

/// The same where it is taken away without a block.
#[test]
fn a_key_that_is_taken_away_before_its_phone_answers_is_emptied_too() {
    let mut house = House::new();
    let phone = house.send(&[0]);
    let answer = house.detach(phone).expect(200);
    assert_eq!(house.item(&answer, phone)["effective"], "whenAppOpened");
    assert!(house.ordered(phone).is_empty());
}

/// If iLOQ does not take the order, the key keeps its rights, and that is said: nothing is in effect.
#[test]
fn an_order_that_is_refused_is_not_told_as_effective() {
    let mut house = House::new();
    let phone = house.send(&[0]);
    house.world.simulator.add_fault(simulator::Fault::answering("Keys_CanOrderKey", 3));
    let answer = block(&house);
    let item = house.item(&answer, phone);
    assert_eq!((&item["outcome"], item.get("effective")), (&json!("pending"), None), "{item:#}");
    house.world.simulator.set_faults(Vec::new());
    house.retry_job();
    assert!(house.ordered(phone).is_empty(), "tried again by itself");
}

#[test]
fn a_crash_at_every_effect_of_the_block_ends_in_the_same() {
    let prepared = || {
        let mut house = House::new();
        let phone = house.send(&[0, 1]);
        house.world.effects.reset(None);
        (house, phone)
    };
    let (whole, _) = prepared();
    block(&whole);
    let effects = whole.world.effects.seen();
    for at in 1..=effects {
        let (house, phone) = prepared();
        house.world.effects.reset(Some(at));
        assert!(catch_crash(|| block(&house)).is_none(), "effect {at} of {effects} was not reached");
        let answer = block(&house);
        assert_eq!(house.outcome(&answer, phone), "pending", "crash at effect {at}");
        assert!(house.ordered(phone).is_empty(), "crash at effect {at}");
        assert_eq!((house.wanted(phone), house.retries().len()), (0, 1), "crash at effect {at}");
    }
}

/// The call that sends dies at each of its effects, then the user is blocked, and nobody sends again.
#[test]
fn a_key_whose_sending_died_ends_with_the_block() {
    let whole = House::new();
    whole.try_send("k", &[0]).expect(201);
    let effects = whole.world.effects.seen();
    let id = whole.world.get(&whole.world.of("keys?user=anna")).expect(200)["items"][0]["id"].clone();
    for at in 1..=effects {
        let mut house = House::new();
        house.keys.push(id.as_str().unwrap().to_owned());
        let phone = house.keys.len() - 1;
        house.world.effects.reset(Some(at));
        assert!(catch_crash(|| house.try_send("k", &[0])).is_none(), "effect {at} of {effects}");
        house.world.effects.reset(None);
        let answer = block(&house);
        let row = house.row(phone);
        if row.is_null() {
            // Not made, or made and deleted again.
            house.world.advance(10 * MINUTE);
            house.retry_job();
        } else {
            assert!(house.ordered(phone).is_empty() && house.planned(phone).is_empty(), "{at}: {answer:#}");
            house.world.simulator.activate(None, house.id(phone)).unwrap();
            house.retry_job();
        }
        assert!(house.is_gone(phone), "crash at effect {at}: {answer:#}");
        assert_eq!(house.retries(), Vec::<serde_json::Value>::new(), "crash at effect {at}");
        let records = house.world.store.snapshot();
        house.refresh_job();
        let removed = house.told("key.removed").len() + house.told("key.returned").len();
        assert!(removed <= 1, "{at}: {records:?}");
    }
}

/// The call that sends notes its end only after a block has come: what the block has noted stays.
#[test]
fn a_block_while_the_message_goes_out_is_not_forgotten() {
    let send = || {
        let house = House::new();
        let path = house.world.of("users/anna/mobile-keys");
        let body = json!({ "phone": "+358405556666", "accessRightIds": [house.rights[0]] });
        (house, path, body)
    };
    for seed in 0..100 {
        let (house, path, body) = send();
        let blocking = ("POST", house.world.of("users/anna/block"), json!({ "reason": "leaver" }));
        let (sent, blocked) = at_once(&house, seed, ("POST k", path, body), blocking);
        assert!(blocked.status < 300, "{seed}: {:#}", blocked.body);
        assert!(matches!(sent.status, 201 | 409 | 422), "{seed}: {:#}", sent.body);
        house.retry_job();
        for id in house.world.simulator.ids(None, "keys") {
            let mut systems = house.world.simulator.snapshot();
            let key =
                systems.as_object_mut().unwrap().values_mut().next().unwrap()["keys"][id.to_string()].take();
            if key["record"]["Person_ID"] == house.person("anna") {
                assert_eq!(key["ordered"]["rights"], json!([]), "{seed}: {:#} {:#}", sent.body, blocked.body);
                house.world.simulator.activate(None, id).unwrap();
                house.retry_job();
            }
        }
        let held = house.world.get(&house.world.of("keys?user=anna")).expect(200);
        assert_eq!(held["items"], json!([]), "{seed}: {:#} {:#}", sent.body, blocked.body);
        assert_eq!(house.retries().len(), 0, "{seed}");
    }
}

/// iLOQ makes the key only after the block has looked: said so, and looked at again by the jobs.
#[test]
fn a_key_that_appears_after_the_block_is_taken_by_the_job() {
    let mut house = House::new();
    // The call dies when it has asked iLOQ for the key, which has not made it yet.
    let made = "Keys_Insert";
    let fault = simulator::Fault::on(made, simulator::Action::Drop);
    house.world.simulator.add_fault(fault);
    assert_eq!(house.try_send("k", &[0]).status, 503);
    house.world.simulator.set_faults(Vec::new());

    let answer = block(&house);
    let item = &answer["items"][0];
    assert_eq!(
        (&item["action"], &item["outcome"], item.get("effective"), &item["problem"]["code"]),
        (&json!("detach"), &json!("pending"), None, &json!("in-progress")),
        "{answer:#}"
    );
    let id = item["keyId"].as_str().unwrap().to_owned();
    assert_eq!(house.told("key.removed").len(), 0);

    let record =
        json!({ "FNKey_ID": id, "Description": "Late", "KeyTypeMask": 6, "Person_ID": house.person("anna") });
    let late =
        house.add(json!({ "record": record, "rights": [house.rights[0]], "phone_number": "+358405556666" }));
    assert_eq!(house.keys[late], id);
    house.retry_job();
    assert!(house.is_gone(late), "{:#}", house.row(late));
    house.retry_job();
    assert_eq!(house.retries().len(), 0);
}

#[test]
fn a_key_that_never_appears_is_waited_for_and_then_forgotten() {
    let house = House::new();
    house.world.simulator.add_fault(simulator::Fault::on("Keys_Insert", simulator::Action::Drop));
    assert_eq!(house.try_send("k", &[0]).status, 503);
    house.world.simulator.set_faults(Vec::new());
    house.refresh_job();
    assert_eq!(house.told("key.removed").len(), 0, "it may still come");
    assert_eq!(house.outcome_of_one(&block(&house)), "pending");
    house.retry_job();
    house.retry_job();
    assert_eq!(house.retries().len(), 0);
    house.refresh_job();
    house.calls();
    house.refresh_job();
    assert_eq!(house.calls(), ["Keys_GetAllKeys"], "nothing is followed");
    assert_eq!(house.told("key.removed").len(), 0, "what never was is not told as removed");
}

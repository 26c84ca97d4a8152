//! Keys that the portal has to do with: how they are followed, what that costs, and when it ends.

use serde_json::{Value, json};

use crate::support::{House, PHONE};

/// Records of keys in the store.
fn records(house: &House) -> usize {
    house.world.store.snapshot().keys().filter(|key| key.contains(":k:")).count()
}

#[test]
fn a_refresh_of_many_keys_costs_one_listing_and_two_calls_for_each_on_its_way() {
    let mut house = House::new();
    let keys: Vec<usize> = (0..50)
        .map(|n| house.add_key(&json!({ "Description": format!("Key {n}"), "KeyTypeMask": 264 })))
        .collect();
    house.give(&keys, &[0]);
    house.refresh_job();
    let moved = &keys[..5];
    house.put("access-rights", house.link(moved, &[1])).expect(200);
    house.calls();
    house.refresh_job();
    let calls = house.calls();
    assert!(calls.len() <= 1 + 2 * moved.len(), "{calls:#?}");
    assert_eq!(calls.iter().filter(|call| **call == "Keys_GetAllKeys").count(), 1);
    moved.iter().for_each(|key| house.program(*key));
    house.refresh_job();
    assert_eq!(house.calls().len(), 1 + 2 * moved.len());
    house.refresh_job();
    assert_eq!(house.calls(), ["Keys_GetAllKeys"], "all have arrived");
}

#[test]
fn a_key_that_is_gone_is_told_once_and_followed_no_more() {
    let house = House::with_phone();
    house.give(&[0, 1], &[0]);
    house.refresh_job();
    house.detach(PHONE).expect(200);
    let gone = house.id(1);
    house.world.simulator.remove(None, "keys", gone).unwrap();
    house.refresh_job();
    let told = [house.told("key.returned"), house.told("key.removed")];
    assert_eq!((told[0].len(), &told[0][0]["key"]), (1, &json!(house.keys[PHONE])));
    assert_eq!(
        (told[1].len(), &told[1][0]["key"], &told[1][0]["user"]),
        (1, &json!(house.keys[1]), &json!("anna"))
    );
    assert_eq!(records(&house), 1, "the one that is there");
    house.calls();
    house.refresh_job();
    assert_eq!(house.calls(), ["Keys_GetAllKeys"], "no call for what is gone");
    assert_eq!((house.told("key.returned").len(), house.told("key.removed").len()), (1, 1));
}

/// Blocking a user with n keys of one right each. A leaver: 2 + 8n (the keys and the block list; then for each its
/// rights twice, `CanDelete` and `Delete` of the right, `CanOrder`, `Order`, the key, its update). Lost keys: 4 + 3n
/// (the same two, and the list is ordered once with two; for each its rights, `CanAddKey`, `AddKey`).
#[test]
fn a_block_costs_the_same_for_each_key() {
    let cost = |keys: usize, reason: &str| -> usize {
        let mut house = House::new();
        let keys: Vec<usize> = (0..keys)
            .map(|n| house.add_key(&json!({ "Description": format!("Key {n}"), "KeyTypeMask": 264 })))
            .collect();
        house.give(&keys, &[0]);
        house.calls();
        house.post("block", json!({ "reason": reason })).expect(200);
        house.calls().len()
    };
    for (reason, each, once) in [("leaver", 7, 2), ("lost", 2, 4)] {
        let costs: Vec<usize> = [1, 2, 5, 10].iter().map(|n| cost(*n, reason)).collect();
        for (n, cost) in [1, 2, 5, 10].into_iter().zip(&costs) {
            assert_eq!(*cost, once + each * n, "{reason}, {n} keys; all: {costs:?}");
        }
    }
}

#[test]
fn phone_keys_are_counted_in_the_status() {
    let house = House::with_phone();
    house.put("access-rights", house.link(&[PHONE], &[0, 1])).expect(200);
    house.program(PHONE);
    house.refresh_job();
    house.put("access-rights", house.link(&[PHONE], &[0])).expect(200);
    house.world.advance(std::time::Duration::from_secs(73 * 3600));
    house.refresh_job();
    assert_eq!(house.status()["revocationsOverdue"], 1);
    assert_eq!(house.told("key.revocationOverdue").len(), 1);
    house.world.simulator.add_fault(simulator::Fault::answering("Keys_CanOrderKey", 9));
    house.put("access-rights", house.link(&[PHONE], &[2])).expect(200);
    assert_eq!(house.status()["ordersRefused"], json!({ "9": 1 }));
    house.world.simulator.set_faults(Vec::new());
    house.detach(PHONE).expect(200);
    let status: Value = house.status();
    assert_eq!((&status["ordersRefused"], &status["revocationsOverdue"]), (&json!({}), &json!(0)));
}

/// An import that was blocked, and is adopted by a user of the portal.
#[test]
fn a_block_and_its_journal_go_over_to_the_user_who_adopts() {
    let house = House::new();
    house.world.post(&house.world.of("users/sync"), json!({})).expect(200);
    let users = house.world.get(&house.world.of("users?limit=1000")).expect(200);
    let import =
        users["items"].as_array().unwrap().iter().find(|user| user["origin"] == "iloq").unwrap().clone();
    let (id, person) = (import["id"].as_str().unwrap(), import["iloq"]["personId"].clone());
    let below = |user: &str, what: &str| house.world.of(&format!("users/{user}/{what}"));
    house.world.post(&below(id, "keys"), house.link(&[0], &[0, 1])).expect(200);
    house.program(0);
    house.world.post(&below(id, "block"), json!({ "reason": "leaver" })).expect(200);
    house.world.put(&house.world.of("users/own"), json!({ "iloqPersonId": person })).expect(201);
    let adopted = house.world.get(&house.world.of("users/own")).expect(200);
    assert_eq!(adopted["blocked"], true);
    let refused = house.world.post(&below("own", "keys"), house.link(&[1], &[0]));
    assert_eq!((refused.status, refused.code()), (409, "user-blocked"));
    let lifted = house.world.post(&below("own", "unblock"), json!({ "restore": true })).expect(200);
    assert_eq!(house.outcome(&lifted, 0), "ordered", "{lifted:#}");
    assert_eq!((&house.key(0)["userId"], house.wanted(0)), (&json!("own"), 2));
    assert_eq!(house.world.get(&house.world.of("users/own")).expect(200)["blocked"], false);
}

/// What somebody does in Manager to a key that the portal has to do with: told, once.
#[test]
fn what_is_done_in_manager_is_told() {
    let house = House::new();
    house.add_user("bea", "Bea");
    house.give(&[0, 1], &[0]);
    house.refresh_job();
    house.refresh_job();
    assert_eq!(house.told("key.rightsChanged").len(), 0);
    let bea = house.person("bea");
    let patch = |n: usize, change: Value| {
        house.world.simulator.patch(None, "keys", house.id(n), change.as_object().unwrap().clone()).unwrap();
    };
    // Another holder, then nobody, then Anna again.
    let told = |kind: &str| -> Vec<String> {
        let all = house.told(kind);
        assert!(all.iter().all(|change| change["key"] == house.keys[0].as_str()), "{all:#?}");
        all.iter().map(|change| change["data"]["user"].as_str().unwrap().to_owned()).collect()
    };
    for (holder, attached, detached) in
        [(bea, vec!["bea"], vec!["anna"]), (Value::Null, vec!["bea"], vec!["anna", "bea"])]
    {
        patch(0, json!({ "Person_ID": holder }));
        house.refresh_job();
        house.refresh_job();
        assert_eq!((told("key.attached"), told("key.detached")), (into(attached), into(detached)));
    }
    let anna = house.person("anna");
    patch(0, json!({ "Person_ID": anna }));
    house.refresh_job();
    house.refresh_job();
    let attached = house.told("key.attached");
    assert_eq!((attached.len(), &attached[1]["user"]), (2, &json!("anna")));
}

fn into(users: Vec<&str>) -> Vec<String> {
    users.into_iter().map(str::to_owned).collect()
}

/// A right that is put on a key in Manager: told when the key is looked at, with what is planned now.
#[test]
fn rights_that_are_changed_in_manager_are_told() {
    let house = House::new();
    house.give(&[0], &[0]);
    house.refresh_job();
    house.change_in_manager(0, &[1]);
    for _ in 0..2 {
        house.refresh_job();
        let told = house.told("key.rightsChanged");
        assert_eq!((told.len(), &told[0]["key"]), (1, &json!(house.keys[0])), "{told:#?}");
        assert_eq!(told[0]["data"]["planned"], json!([house.rights[1]]));
    }
    house.program(0);
    house.refresh_job();
    assert_eq!(house.told("key.rightsChanged").len(), 1);
    // The portal still wants what it wanted: that is drift, and putting it again ends it.
    let drift = house.world.get(&house.world.of("drift")).expect(200);
    assert_eq!(drift["items"][0]["id"], house.keys[0].as_str());
    house.put("access-rights", house.link(&[0], &[0])).expect(200);
    house.program(0);
    house.refresh_job();
    assert_eq!(house.told("key.rightsChanged").len(), 1);
    assert_eq!(house.world.get(&house.world.of("drift")).expect(200)["items"], json!([]));
}

/// Manager gives a key to a person, or takes it away.
fn hand_over(house: &House, n: usize, person: &Value) {
    let change = json!({ "Person_ID": person }).as_object().unwrap().clone();
    house.world.simulator.patch(None, "keys", house.id(n), change).unwrap();
}

#[test]
fn what_is_done_in_manager_to_keys_that_the_portal_never_touched_is_told() {
    let mut house = House::new();
    house.world.post(&house.world.of("users/sync"), json!({})).expect(200);
    house.add_user("bea", "Bea");
    let (anna, bea) = (house.person("anna"), house.person("bea"));
    hand_over(&house, 0, &anna);
    let phone = json!({ "Description": "Phone", "KeyTypeMask": 6, "Person_ID": anna });
    let phone = house.add(json!({ "record": phone, "programmed": true, "phone_number": "+358401112222" }));
    let told = |house: &House| {
        let kinds = ["key.attached", "key.detached", "key.returned", "key.removed"];
        kinds.map(|kind| {
            house.told(kind).iter().map(|c| (c["user"].clone(), c["key"].clone())).collect::<Vec<_>>()
        })
    };
    let is = |house: &House, user: &str, n: usize| (json!(user), json!(house.keys[n]));
    house.refresh_job();
    assert_eq!(told(&house), [const { vec![] }; 4], "what was so at the first look is no news");
    let new = house.add_key(&json!({ "Description": "New", "KeyTypeMask": 264, "Person_ID": anna }));
    hand_over(&house, 1, &anna);
    hand_over(&house, 0, &bea);
    house.world.simulator.remove(None, "keys", house.id(phone)).unwrap();
    for _ in 0..2 {
        house.refresh_job();
        let [mut attached, detached, returned, removed] = told(&house);
        let mut expected = vec![is(&house, "anna", new), is(&house, "anna", 1), is(&house, "bea", 0)];
        attached.sort_by_key(|(_, key)| key.to_string());
        expected.sort_by_key(|(_, key)| key.to_string());
        assert_eq!(attached, expected);
        assert_eq!((detached, returned), (vec![is(&house, "anna", 0)], vec![]));
        assert_eq!(removed, [is(&house, "anna", phone)]);
    }
    hand_over(&house, 1, &Value::Null);
    house.refresh_job();
    assert_eq!(told(&house)[1].last(), Some(&is(&house, "anna", 1)), "it is followed from then on");
}

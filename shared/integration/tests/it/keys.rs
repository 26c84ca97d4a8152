//! Keys: what iLOQ is asked, what is on the key in the end, and what the portal is told.

use serde_json::json;
use simulator::{Action, Fault, Uuid};

use crate::support::House;

#[test]
fn a_key_is_ordered_then_programmed_after_a_refresh() {
    let house = House::new();
    let answer = house.attach(&[0, 1], &[0, 1]);
    for item in answer["items"].as_array().unwrap() {
        assert_eq!((&item["outcome"], &item["status"]), (&json!("ordered"), &json!("ordered")), "{answer:#}");
        assert_eq!(item["effective"], "whenProgrammed");
    }
    let key = house.key(0);
    assert_eq!((&key["userId"], &key["status"]), (&json!("anna"), &json!("ordered")));
    assert_eq!(key["accessRights"]["programmed"], json!([]));
    house.program(0);
    let refreshed =
        house.world.post(&house.world.of("keys/refresh"), json!({ "userId": "anna" })).expect(200);
    let statuses: Vec<_> =
        refreshed["items"].as_array().unwrap().iter().map(|i| (&i["keyId"], &i["status"])).collect();
    for (id, status) in statuses {
        let wanted = if *id == json!(house.keys[0]) { "programmed" } else { "ordered" };
        assert_eq!(status, wanted);
    }
    assert_eq!(house.key(0)["accessRights"]["programmed"].as_array().unwrap().len(), 2);
}

#[test]
fn linking_costs_at_most_nine_calls_and_one_for_each_right() {
    let house = House::new();
    house.attach(&[1], &[]);
    house.calls();
    house.attach(&[0], &[0, 1]);
    let calls = house.calls();
    assert!(calls.len() <= 2 + 9, "{calls:#?}");
    assert_eq!(calls.iter().filter(|c| c.contains("CanAdd")).count(), 1);
    house.attach(&[0], &[0, 1]);
    let again = house.calls();
    assert!(again.iter().all(|c| c.contains("Get")), "unchanged: reads only, {again:#?}");
}

#[test]
fn rights_change_on_several_keys_in_one_call_and_others_stay() {
    let house = House::new();
    house.attach(&[0, 1], &[0, 1]);
    house.program(0);
    house.program(1);
    let body = house.link(&[0, 1], &[1, 2]);
    let answer = house.world.put(&house.world.of("users/anna/access-rights"), body).expect(200);
    assert!(answer["items"].as_array().unwrap().iter().all(|i| i["outcome"] == "ordered"), "{answer:#}");
    let rights = &house.key(0)["accessRights"];
    let mut wanted = vec![house.rights[1].clone(), house.rights[2].clone()];
    wanted.sort();
    assert_eq!(rights["wanted"], json!(wanted));
    let drift = house.world.get(&house.world.of("drift")).expect(200);
    assert_eq!(drift["items"].as_array().unwrap().len(), 2);
}

#[test]
fn a_fact_about_one_key_fails_that_key_alone() {
    let house = House::new();
    house.world.put(&house.world.of("users/bea"), json!({ "firstName": "Bea" })).expect(201);
    house.world.post(&house.world.of("users/bea/keys"), house.link(&[3], &[0])).expect(200);
    let mut body = house.link(&[0, 3], &[0]);
    body["keys"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "keyId": house.keys[1], "accessRightIds": [Uuid::nil()] }));
    let answer = house.world.post(&house.world.of("users/anna/keys"), body).expect(207);
    let codes: Vec<_> =
        answer["items"].as_array().unwrap().iter().map(|i| i["problem"]["code"].as_str()).collect();
    assert_eq!(codes, [None, Some("key-attached-to-another-user"), Some("unknown-access-right")]);
}

#[test]
fn only_free_keys_are_offered() {
    let house = House::new();
    house.attach(&[0], &[0]);
    house.world.put(&house.world.of(&format!("block-list/{}", house.keys[0])), json!({})).expect(200);
    let offered = house.world.get(&house.world.of("keys?available=true&type=key")).expect(200);
    let ids: Vec<_> =
        offered["items"].as_array().unwrap().iter().map(|k| k["id"].as_str().unwrap()).collect();
    for (n, key) in house.keys.iter().enumerate() {
        assert_eq!(ids.contains(&key.as_str()), n != 0);
    }
}

#[test]
fn a_set_of_keys_takes_the_others_away() {
    let house = House::new();
    house.attach(&[0, 1], &[0]);
    let mut body = house.link(&[1, 2], &[0]);
    body["type"] = json!("key");
    let answer = house.world.put(&house.world.of("users/anna/keys"), body).expect(200);
    let outcomes: Vec<_> =
        answer["items"].as_array().unwrap().iter().map(|i| i["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["unchanged", "ordered", "removed"], "{answer:#}");
    assert!(house.key(0).get("userId").is_none());
    house.world.delete(&house.world.of(&format!("users/anna/keys/{}", house.keys[1]))).expect(200);
    assert!(house.key(1).get("userId").is_none());
}

#[test]
fn an_order_that_is_refused_is_told_and_what_was_changed_stays() {
    let house = House::new();
    let id = house.keys[0].parse().unwrap();
    house
        .world
        .simulator
        .patch(None, "keys", id, json!({ "CanOrder": 3 }).as_object().unwrap().clone())
        .unwrap();
    let answer = house.attach(&[0], &[0]);
    let item = &answer["items"][0];
    assert_eq!(
        (&item["outcome"], &item["problem"]["code"]),
        (&json!("changedNotOrdered"), &json!("licence-limit"))
    );
    house
        .world
        .simulator
        .patch(None, "keys", id, json!({ "CanOrder": 0 }).as_object().unwrap().clone())
        .unwrap();
    assert_eq!(house.attach(&[0], &[0])["items"][0]["outcome"], "ordered", "the order alone is tried again");
}

#[test]
fn a_lost_answer_changes_nothing_in_the_end() {
    for operation in ["Keys_InsertSecurityAccess", "Keys_OrderKey", "Keys_Update"] {
        let house = House::new();
        let fault = Fault { after_effect: true, times: Some(1), ..Fault::on(operation, Action::Drop) };
        house.world.simulator.add_fault(fault);
        let answer = house.attach(&[0], &[0, 1]);
        assert_eq!(answer["items"][0]["outcome"], "ordered", "{operation}: {answer:#}");
        assert_eq!(house.key(0)["accessRights"]["wanted"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn a_lost_key_is_replaced_and_blocked() {
    let house = House::new();
    house.attach(&[0], &[0, 1]);
    house.program(0);
    let path = house.world.of(&format!("keys/{}/replace", house.keys[0]));
    let answer = house.world.post(&path, json!({ "newKeyId": house.keys[1] })).expect(200);
    let outcomes: Vec<_> =
        answer["items"].as_array().unwrap().iter().map(|i| i["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["ordered", "blockListed"], "{answer:#}");
    let new = house.key(1);
    assert_eq!(
        (&new["userId"], new["accessRights"]["wanted"].as_array().unwrap().len()),
        (&json!("anna"), 2)
    );
    let list = house.world.get(&house.world.of("block-list")).expect(200);
    assert_eq!(list["items"][0]["keyId"], house.keys[0].as_str());
    let off = house.world.delete(&house.world.of(&format!("block-list/{}", house.keys[0]))).expect(200);
    assert_eq!(off["items"][0]["outcome"], "removed");
}

#[test]
fn the_job_follows_a_key_until_it_is_programmed_and_tells_the_portal() {
    let house = House::new();
    house.attach(&[0, 1], &[0]);
    house.program(0);
    house.calls();
    house.world.post("/v1/jobs/refresh-keys", json!({})).expect(200);
    let calls = house.calls();
    assert!(calls.len() <= 1 + 2, "one listing, two calls for the one that moved: {calls:#?}");
    let changes = house.world.get(&house.world.of("changes?limit=1000")).expect(200);
    let told: Vec<_> =
        changes["items"].as_array().unwrap().iter().filter(|c| c["type"] == "key.status").collect();
    assert_eq!(told.len(), 1);
    assert_eq!((&told[0]["key"], &told[0]["data"]["to"]), (&json!(house.keys[0]), &json!("programmed")));
    house.world.post("/v1/jobs/refresh-keys", json!({})).expect(200);
    assert_eq!(house.calls().len(), 1, "nothing moved: the listing alone");
}

#[test]
fn a_refused_order_is_listed_and_tried_again_alone() {
    let house = House::new();
    let id = house.keys[0].parse().unwrap();
    let code = |n: i32| json!({ "CanOrder": n }).as_object().unwrap().clone();
    house.world.simulator.patch(None, "keys", id, code(3)).unwrap();
    house.attach(&[0], &[0]);
    let retries = house.world.get(&house.world.of("retries")).expect(200);
    assert_eq!(
        (&retries["items"][0]["kind"], &retries["items"][0]["key"]),
        (&json!("order-key"), &json!(house.keys[0]))
    );
    let status = house.world.get("/v1/status").expect(200);
    assert_eq!(status["systems"][0]["ordersRefused"]["3"], 1, "{status:#}");
    house.world.simulator.patch(None, "keys", id, code(0)).unwrap();
    house.world.advance(std::time::Duration::from_secs(70));
    house.calls();
    house.world.post("/v1/jobs/retry", json!({})).expect(200);
    assert_eq!(house.calls(), ["Keys_GetKey", "Keys_CanOrderKey", "Keys_OrderKey"]);
    assert_eq!(house.world.get(&house.world.of("retries")).expect(200)["items"], json!([]));
}

#[test]
fn rights_that_stay_on_a_key_too_long_are_told_once() {
    let house = House::new();
    house.attach(&[0], &[0, 1]);
    house.program(0);
    house.world.post("/v1/jobs/refresh-keys", json!({})).expect(200);
    house.world.put(&house.world.of("users/anna/access-rights"), house.link(&[0], &[0])).expect(200);
    for _ in 0..2 {
        house.world.advance(std::time::Duration::from_secs(73 * 3600));
        house.world.post("/v1/jobs/refresh-keys", json!({})).expect(200);
    }
    assert_eq!(house.told("key.revocationOverdue").len(), 1);
    assert_eq!(house.world.get("/v1/status").expect(200)["systems"][0]["revocationsOverdue"], 1);
}

#[test]
fn a_phone_key_that_was_never_ordered_is_deleted_and_may_be_deleted_again() {
    let mut house = House::new();
    let person = house.person("anna");
    let phone =
        house.add(json!({ "record": { "Description": "Phone", "KeyTypeMask": 6, "Person_ID": person } }));
    let path = house.world.of(&format!("users/anna/keys/{}", house.keys[phone]));
    let outcomes: Vec<_> = (0..2)
        .map(|_| house.world.delete(&path).expect(200)["items"][0]["outcome"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(outcomes, ["deleted", "unchanged"]);
    let never = house.world.of(&format!("users/anna/keys/{}", Uuid::nil()));
    let answer = house.world.delete(&never);
    assert_eq!(answer.body["items"][0]["problem"]["code"], "unknown-key", "{:#}", answer.body);
}

//! Ordering, programming, returning.

use chrono::TimeDelta;
use serde_json::{Map, Value, json};
use simulator::{Limits, NewKey};

use crate::client::Client;

fn can_order(client: &Client, key: &str) -> Value {
    client.get(&format!("Keys/{key}/CanOrder"))
}

fn add_right(client: &Client, key: &str, name: &str) {
    let right = client.right(name);
    client.ok("POST", &format!("Keys/{key}/SecurityAccesses"), json!({ "SecurityAccess_ID": right }));
}

fn members(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn an_order_goes_from_planning_to_programmed() {
    let client = Client::new();
    let key = client.key(1, 264);
    add_right(&client, &key, "Offices");
    let state = || {
        let record = client.get(&format!("Keys/{key}"));
        [record["State"].clone(), record["ProgrammingState"].clone(), record["IsProgrammed"].clone()]
    };
    assert_eq!(can_order(&client, &key), 0);
    let reply = client.call("POST", &format!("Keys/{key}/Order"), Value::Null);
    assert_eq!(reply.status, 204);
    assert_eq!(state(), [json!(1), json!(1), json!(false)]);
    assert_eq!(can_order(&client, &key), 4);
    client.refused(400, "POST", &format!("Keys/{key}/Order"), Value::Null);
    let id = key.parse().unwrap();
    client.simulator.fetch(None, id).unwrap();
    assert_eq!(state()[1], 2);
    client.simulator.program(None, id).unwrap();
    assert_eq!(state(), [json!(1), json!(3), json!(true)]);
    assert_eq!(can_order(&client, &key), 4);
    assert!(client.simulator.program(None, id).is_err(), "nothing is ordered");
    add_right(&client, &key, "Sauna");
    assert_eq!((can_order(&client, &key), state()[1].clone()), (json!(0), json!(0)));
}

#[test]
fn a_change_after_the_order_waits_for_the_next() {
    let client = Client::new();
    let key = client.key(1, 264);
    add_right(&client, &key, "Offices");
    client.ok("POST", &format!("Keys/{key}/Order"), Value::Null);
    add_right(&client, &key, "Sauna");
    client.simulator.program(None, key.parse().unwrap()).unwrap();
    assert_eq!(client.get(&format!("Keys/{key}"))["ProgrammingState"], 0);
    let programmed = client.get(&format!("Keys/{key}/SecurityAccesses?mode=2"));
    assert_eq!(programmed["SecurityAccesses"].as_array().unwrap().len(), 1);
}

#[test]
fn can_order_tells_why_not() {
    let client = Client::new();
    let standard = client.key(1, 264);
    add_right(&client, &standard, "Master access");
    assert_eq!(can_order(&client, &standard), 1);
    assert_eq!(can_order(&client, &client.key(2, 10)), 2);
    let key = client.key(3, 264);
    client.simulator.set_limits(None, Limits { licence: Some(4), ..Limits::default() }).unwrap();
    assert_eq!(can_order(&client, &key), 3);
    client.simulator.set_limits(None, Limits { main_zone_required: true, ..Limits::default() }).unwrap();
    assert_eq!(can_order(&client, &key), 12);
    client.simulator.set_limits(None, Limits::default()).unwrap();
    for code in [5, -1] {
        client
            .simulator
            .patch(None, "keys", key.parse().unwrap(), members(json!({ "CanOrder": code })))
            .unwrap();
        assert_eq!(can_order(&client, &key), code);
    }
    client.simulator.patch(None, "keys", key.parse().unwrap(), members(json!({ "CanOrder": 0 }))).unwrap();
    client.simulator.block(None, key.parse().unwrap(), true).unwrap();
    assert_eq!(can_order(&client, &key), 8);
    client.simulator.block(None, key.parse().unwrap(), false).unwrap();
    assert_eq!(can_order(&client, &key), 0);
    let mut record = client.get(&format!("Keys/{key}"));
    record["Person_ID"] = Value::Null;
    client.ok("PUT", "Keys", json!({ "Key": record }));
    assert_eq!(can_order(&client, &key), 13);
    assert_eq!(can_order(&client, &client.key(4, 384)), 14);
    for key in [standard, key] {
        client.refused(400, "POST", &format!("Keys/{key}/Order"), Value::Null);
    }
}

#[test]
fn the_first_reason_of_the_table_wins() {
    let client = Client::new();
    let key = client.key(1, 6);
    assert_eq!(can_order(&client, &key), 9);
    client.simulator.block(None, key.parse().unwrap(), true).unwrap();
    assert_eq!(can_order(&client, &key), 8);
}

#[test]
fn an_external_tag_is_programmed_by_its_order() {
    let client = Client::new();
    let id = Client::guid(1);
    let person = client.person(2);
    let key = json!({ "FNKey_ID": id, "KeyTypeMask": 384, "Person_ID": person, "TagKey": "4711" });
    client.ok("POST", "Keys", json!({ "Key": key }));
    client.ok("POST", &format!("Keys/{id}/Order"), Value::Null);
    let record = client.get(&format!("Keys/{id}"));
    assert_eq!((&record["KeyTypeMask"], &record["ProgrammingState"]), (&json!(400), &json!(3)));
    assert_eq!(client.get(&format!("Keys/{id}/CanReturn")), 0);
    client.ok("POST", &format!("Keys/{id}/Return"), Value::Null);
}

#[test]
fn can_return_tells_why_not() {
    let client = Client::new();
    let can = |key: &str| client.get(&format!("Keys/{key}/CanReturn"));
    let standard = NewKey {
        rights: [client.right("Master access").parse().unwrap()].into(),
        programmed: true,
        ..NewKey::default()
    };
    let standard = NewKey { record: members(json!({ "KeyTypeMask": 6, "Stamp": "" })), ..standard };
    let standard = client.simulator.add_key(None, standard).unwrap().to_string();
    assert_eq!(can(&standard), 1);
    let physical = client.find("Keys", "KeyTypeMask", &json!(264), "FNKey_ID");
    assert_eq!(can(&physical), 2);
    assert_eq!(can(&client.key(1, 6)), 3);
    let phone = client.find("Keys", "Description", &json!("Phone"), "FNKey_ID");
    assert_eq!(can(&phone), 0);
    client.simulator.block(None, phone.parse().unwrap(), true).unwrap();
    assert_eq!(can(&phone), 4);
    client.refused(400, "POST", &format!("Keys/{phone}/Return"), Value::Null);
}

#[test]
fn a_returned_key_is_in_no_list_and_holds_nothing() {
    let client = Client::new();
    let phone = client.find("Keys", "Description", &json!("Phone"), "FNKey_ID");
    let person = client.get(&format!("Keys/{phone}"))["Person_ID"].as_str().unwrap().to_owned();
    assert_eq!(client.get(&format!("Persons/{person}/CanDelete")), 1);
    client.ok("POST", &format!("Keys/{phone}/Return"), Value::Null);
    assert_eq!(client.get(&format!("Keys/{phone}"))["State"], 4);
    assert!(client.get("Keys").as_array().unwrap().iter().all(|key| key["FNKey_ID"] != phone));
    assert_eq!(client.get(&format!("Persons/{person}/Keys")), json!({ "Keys": [] }));
    assert_eq!(client.get(&format!("Persons/{person}/CanDelete")), 0);
    for (method, path) in
        [("POST", "Return"), ("GET", "CanReturn"), ("GET", "CanOrder"), ("GET", "CanDelete")]
    {
        client.refused(404, method, &format!("Keys/{phone}/{path}"), Value::Null);
    }
}

#[test]
fn keys_can_be_set_to_program_themselves() {
    let client = Client::new();
    client.simulator.set_limits(None, Limits { programmed_after: Some(60), ..Limits::default() }).unwrap();
    let key = client.key(1, 264);
    client.ok("POST", &format!("Keys/{key}/Order"), Value::Null);
    let state = || client.get(&format!("Keys/{key}"))["ProgrammingState"].clone();
    client.simulator.advance(TimeDelta::seconds(50));
    assert_eq!(state(), 1);
    client.simulator.advance(TimeDelta::seconds(20));
    assert_eq!(state(), 3);
}

#[test]
fn programming_can_fail() {
    let client = Client::new();
    let key = client.key(1, 264);
    client.ok("POST", &format!("Keys/{key}/Order"), Value::Null);
    client.simulator.fail(None, key.parse().unwrap()).unwrap();
    assert_eq!(client.get(&format!("Keys/{key}"))["ProgrammingState"], -1);
    assert_eq!(can_order(&client, &key), 4);
}

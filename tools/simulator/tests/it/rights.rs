//! Access rights on keys.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::{Limits, UserChange};

use crate::client::Client;

fn names(client: &Client, key: &str, mode: i64) -> Vec<Value> {
    let answer = client.get(&format!("Keys/{key}/SecurityAccesses?mode={mode}"));
    answer["SecurityAccesses"].as_array().unwrap().iter().map(|right| right["Name"].clone()).collect()
}

fn add(client: &Client, key: &str, name: &str) {
    let right = client.right(name);
    client.ok("POST", &format!("Keys/{key}/SecurityAccesses"), json!({ "SecurityAccess_ID": right }));
}

#[test]
fn the_plan_and_what_is_programmed_are_two_views() {
    let client = Client::new();
    let key = client.key(1, 264);
    add(&client, &key, "Offices");
    assert_eq!((names(&client, &key, 1), names(&client, &key, 2)), (vec![json!("Offices")], vec![]));
    client.ok("POST", &format!("Keys/{key}/Order"), Value::Null);
    assert!(names(&client, &key, 2).is_empty());
    client.simulator.program(None, key.parse().unwrap()).unwrap();
    assert_eq!(names(&client, &key, 2), [json!("Offices")]);
    let right = client.right("Offices");
    client.ok("DELETE", &format!("Keys/{key}/SecurityAccesses/{right}"), Value::Null);
    assert_eq!((names(&client, &key, 1), names(&client, &key, 2)), (vec![], vec![json!("Offices")]));
    let record = client.get(&format!("Keys/{key}"));
    assert_eq!((&record["ProgrammingState"], &record["IsProgrammed"]), (&json!(0), &json!(true)));
}

#[test]
fn the_checks_say_yes_with_1() {
    let client = Client::new();
    let key = client.key(1, 264);
    let can_add = format!("Keys/{key}/SecurityAccesses/CanAdd");
    assert_eq!(client.get(&can_add), 1);
    client.simulator.set_limits(None, Limits { rights_per_key: 1, ..Limits::default() }).unwrap();
    let (right, other) = (client.right("Offices"), client.right("Sauna"));
    let can_delete = format!("Keys/{key}/SecurityAccesses/{right}/CanDelete");
    assert_eq!(client.get(&can_delete), 3);
    client.refused(400, "DELETE", &format!("Keys/{key}/SecurityAccesses/{right}"), Value::Null);
    add(&client, &key, "Offices");
    assert_eq!((client.get(&can_add), client.get(&can_delete)), (json!(3), json!(1)));
    client.refused(
        400,
        "POST",
        &format!("Keys/{key}/SecurityAccesses"),
        json!({ "SecurityAccess_ID": other }),
    );
    client.simulator.block(None, key.parse().unwrap(), true).unwrap();
    assert_eq!((client.get(&can_add), client.get(&can_delete)), (json!(2), json!(2)));
    client.refused(400, "DELETE", &format!("Keys/{key}/SecurityAccesses/{right}"), Value::Null);
}

#[test]
fn only_rights_that_are_there_and_not_on_the_key_are_added() {
    let client = Client::new();
    let key = client.key(1, 264);
    let path = format!("Keys/{key}/SecurityAccesses");
    client.refused(400, "POST", &path, json!({ "SecurityAccess_ID": Client::guid(9) }));
    client.refused(400, "POST", &path, json!({}));
    add(&client, &key, "Offices");
    client.refused(400, "POST", &path, json!({ "SecurityAccess_ID": client.right("Offices") }));
    let sauna = client.right("Sauna");
    let change = json!({ "Status": 1 }).as_object().unwrap().clone();
    client.simulator.patch(None, "rights", sauna.parse().unwrap(), change).unwrap();
    client.refused(400, "POST", &path, json!({ "SecurityAccess_ID": sauna }));
}

#[test]
fn the_bulk_call_deletes_what_it_leaves_out() {
    let client = Client::new();
    let key = client.key(1, 264);
    add(&client, &key, "Offices");
    let path = format!("Keys/{key}/SecurityAccesses");
    let end = json!({ "SlotNo": 1, "LimitDateLg": "2026-06-30T18:00:00" });
    client.ok("PUT", &path, json!({ "SecurityAccessIds": [client.right("Sauna")], "TimeLimitSlots": [end] }));
    assert_eq!(names(&client, &key, 1), [json!("Sauna")]);
    client.ok("PUT", &path, json!({ "SecurityAccessIds": [client.right("Sauna")] }));
    let limits = client.get(&format!("Keys/{key}/TimeLimitTitles?mode=1"));
    assert_eq!(limits["KeyTimeLimitSlots"], json!([]), "the end date was left out");
    client.refused(400, "PUT", &path, json!({ "SecurityAccessIds": [Client::guid(9)] }));
    client.ok("PUT", &path, json!({}));
    assert!(names(&client, &key, 1).is_empty());
    client.simulator.block(None, key.parse().unwrap(), true).unwrap();
    client.refused(400, "PUT", &path, json!({}));
}

#[test]
fn rights_outside_the_users_zones_are_counted_and_kept() {
    let client = Client::new();
    let key = client.key(1, 264);
    add(&client, &key, "Offices");
    add(&client, &key, "Parking hall");
    let mut zones = BTreeSet::new();
    for kind in [2, 4, 8] {
        zones.insert(client.find("Zones", "Type", &json!(kind), "Zone_ID").parse().unwrap());
    }
    client.simulator.change_user("api", UserChange { zones: Some(zones), ..UserChange::default() }).unwrap();
    let answer = client.get(&format!("Keys/{key}/SecurityAccesses?mode=1"));
    assert_eq!(answer["OutsideUserZonesCount"], 1);
    assert_eq!(names(&client, &key, 1), [json!("Offices")]);
    assert_eq!(client.get(&format!("Keys/{key}/CanOrder")), 6);
    client.ok("PUT", &format!("Keys/{key}/SecurityAccesses"), json!({ "SecurityAccessIds": [] }));
    client
        .simulator
        .change_user("api", UserChange { zones: Some(BTreeSet::new()), ..UserChange::default() })
        .unwrap();
    assert_eq!(names(&client, &key, 1), [json!("Parking hall")]);
}

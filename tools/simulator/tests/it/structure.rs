//! The house: real estates, locks, network modules, access right definitions.

use serde_json::{Value, json};

use crate::client::{Client, text};

#[test]
fn the_root_real_estate_has_the_zero_id() {
    let client = Client::new();
    let places = client.get("RealEstates");
    let zero = "00000000-0000-0000-0000-000000000000";
    let root = places.as_array().unwrap().iter().find(|place| place["RealEstate_ID"] == zero).unwrap();
    assert_eq!(root["ParentRealEstate_ID"], Value::Null);
    let others =
        places.as_array().unwrap().iter().filter(|place| place["ParentRealEstate_ID"].is_string()).count();
    assert_eq!(others, 6);
}

#[test]
fn every_type_of_zone_lock_and_right_is_there() {
    let client = Client::new();
    let values = |list: &str, member: &str| {
        let mut values: Vec<_> = client
            .get(list)
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|record| record[member].as_i64())
            .collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    assert_eq!(values("Zones", "Type"), [1, 2, 4, 8]);
    assert_eq!(values("Locks", "LockType"), [2, 3, 4, 5]);
    assert_eq!(values("SecurityAccesses", "Type"), [1, 3]);
    assert_eq!(values("TimeLimitTitles", "OptionMask"), [2, 10]);
    assert_eq!(values("NetworkModules", "Type"), [8, 9]);
}

#[test]
fn an_online_lock_hangs_on_a_device_of_a_module() {
    let client = Client::new();
    let lock = client.find("Locks", "LockType", &json!(4), "FLock_ID");
    let lock = client.get(&format!("Locks/{lock}"));
    assert!(lock["RealEstate_Id"].is_string(), "spelled this way in answers");
    let device = client.get(&format!("NetworkModuleDevices/{}", text(&lock["NetworkModuleDevice_ID"])));
    let module = text(&device["FProgKey_ID"]);
    let devices = client.get(&format!("NetworkModules/{module}/NetworkModuleDevices"));
    assert!(devices.as_array().unwrap().contains(&device));
    let relays = client.get(&format!("NetworkModules/{module}/NetworkModuleDeviceRelays"));
    assert_eq!(relays.as_array().unwrap().len(), 2);
    client.refused(404, "GET", &format!("NetworkModules/{}", Client::guid(1)), Value::Null);
}

#[test]
fn the_rights_of_a_lock_are_planned_and_ordered() {
    let client = Client::new();
    let lock = text(&client.get("Locks")[0]["FLock_ID"]);
    let path = format!("Locks/{lock}/SecurityAccesses");
    let both = [client.right("Offices"), client.right("Sauna")];
    client.ok(
        "PUT",
        &path,
        json!({ "SecurityAccessIds": both, "LockOptions": { "S40FlipFlop": true, "S40LoggingOn": null } }),
    );
    assert_eq!(client.get(&format!("{path}?mode=1"))["SecurityAccesses"].as_array().unwrap().len(), 2);
    let options = client.get(&format!("Locks/{lock}/Options"));
    assert_eq!(
        (&options["S40FlipFlop"], &options["S40LoggingOn"], &options["S10CollectAuditTrail"]),
        (&json!(true), &json!(true), &Value::Null)
    );
    client.refused(400, "PUT", &path, json!({ "SecurityAccessIds": [Client::guid(1)] }));
    client.get(&format!("Locks/{lock}/TimeLimitTitles?mode=1"));
    client.refused(404, "GET", &format!("Locks/{}/Options", Client::guid(1)), Value::Null);
}

#[test]
fn a_right_is_defined_changed_and_deleted_while_unused() {
    let client = Client::new();
    let id = Client::guid(1);
    let right = json!({ "SecurityAccess_ID": id, "Name": "Roof", "Type": 3, "Status": 0 });
    let answer = client.ok("POST", "SecurityAccesses", json!({ "SecurityAccess": right }));
    assert_eq!(answer["SecurityAccess"]["Name"], "Roof");
    client.ok(
        "PUT",
        "SecurityAccesses",
        json!({ "SecurityAccess": { "SecurityAccess_ID": id, "Name": "Attic", "Type": 1 } }),
    );
    let read = client
        .get("SecurityAccesses")
        .as_array()
        .unwrap()
        .iter()
        .find(|right| right["Name"] == "Attic")
        .cloned()
        .unwrap();
    assert_eq!(read["Type"], 3, "read-only");
    let key = client.key(2, 264);
    client.ok("POST", &format!("Keys/{key}/SecurityAccesses"), json!({ "SecurityAccess_ID": id }));
    client.refused(400, "DELETE", &format!("SecurityAccesses/{id}"), Value::Null);
    client.ok("DELETE", &format!("Keys/{key}/SecurityAccesses/{id}"), Value::Null);
    client.ok("DELETE", &format!("SecurityAccesses/{id}"), Value::Null);
    for (kind, status) in [(0, 0), (2, 0), (3, 1)] {
        let right = json!({ "SecurityAccess_ID": id, "Type": kind, "Status": status });
        client.refused(400, "POST", "SecurityAccesses", json!({ "SecurityAccess": right }));
    }
}

#[test]
fn a_lock_is_made_changed_and_deleted() {
    let client = Client::new();
    let id = Client::guid(1);
    let root = "00000000-0000-0000-0000-000000000000";
    let lock = json!({ "FLock_ID": id, "LockType": 3, "LockingObject": "New door", "RealEstate_ID": root, "Secret": "s" });
    let rights = json!([{ "SecurityAccess_ID": client.right("Offices") }]);
    let answer = client.ok("POST", "Locks", json!({ "Lock": lock, "SecurityAccesses": rights }));
    assert_eq!((&answer["RealEstate_ID"], &answer["Description"]), (&json!(root), &json!("")));
    client.refused(400, "POST", "Locks", json!({ "Lock": lock }));
    let read = client.get(&format!("Locks/{id}"));
    assert_eq!((&read["RealEstate_Id"], &read["Description"]), (&json!(root), &Value::Null));
    assert!(read.get("RealEstate_ID").is_none() && read.get("Secret").is_none());
    let planned = client.get(&format!("Locks/{id}/SecurityAccesses?mode=1"));
    assert_eq!(planned["SecurityAccesses"][0]["Name"], "Offices");
    client.ok(
        "PUT",
        "Locks",
        json!({ "Lock": { "FLock_ID": id, "LockType": 3, "LockingObject": "Old door" } }),
    );
    assert_eq!(client.get(&format!("Locks/{id}"))["LockingObject"], "Old door");
    client.ok("DELETE", &format!("Locks/{id}"), Value::Null);
    client.refused(404, "GET", &format!("Locks/{id}"), Value::Null);
    let installed = client.find("Locks", "PhysicalState", &json!(1), "FLock_ID");
    client.ok("DELETE", &format!("Locks/{installed}"), Value::Null);
    assert_eq!(client.get(&format!("Locks/{installed}"))["PhysicalState"], 2);
}

#[test]
fn what_is_not_simulated_says_so() {
    let client = Client::new();
    for path in ["CalendarDatas/x", "CalendarDataTitles", "SecurityRoles"] {
        client.refused(501, "GET", path, Value::Null);
    }
    client.refused(404, "GET", &format!("PersonRoles/{}", Client::guid(1)), Value::Null);
}

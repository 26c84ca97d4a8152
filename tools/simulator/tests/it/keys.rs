//! Key records, zones, deletion.

use serde_json::{Value, json};

use crate::client::{Client, text};

fn insert(number: u32, kind: i64, more: Value) -> Value {
    let mut key = json!({ "FNKey_ID": Client::guid(number), "KeyTypeMask": kind });
    key.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "Key": key })
}

fn options(client: &Client, change: impl Fn(i64) -> i64) {
    let now = client.get("LockGroups")[0]["OptionMask"].as_i64().unwrap();
    let change = json!({ "OptionMask": change(now) }).as_object().unwrap().clone();
    client.simulator.patch_lock_group(None, change).unwrap();
}

#[test]
fn a_key_is_inserted_in_planning() {
    let client = Client::new();
    let person = client.person(1);
    let key = client.ok(
        "POST",
        "Keys",
        insert(2, 264, json!({ "Person_ID": person, "TagKey": "255", "ROM_ID": "FF" })),
    );
    assert_eq!(key, client.get(&format!("Keys/{}", Client::guid(2))));
    assert_eq!(
        (&key["State"], &key["ProgrammingState"], &key["IsProgrammed"]),
        (&json!(0), &json!(0), &json!(false))
    );
    assert_eq!((&key["ROM_ID"], &key["TagKeyHex"], &key["Stamp"]), (&Value::Null, &json!("FF"), &json!("")));
    let keys = client.get(&format!("Persons/{person}/Keys"));
    assert_eq!(keys, json!({ "Keys": [key] }), "wrapped");
    assert!(client.get("Keys").is_array(), "not wrapped");
    client.refused(400, "POST", "Keys", insert(2, 264, json!({})));
}

#[test]
fn what_does_not_fit_is_refused() {
    let client = Client::new();
    let long = "x".repeat(51);
    let cases = [
        (400, json!({})),
        (8, json!({})),
        (6, json!({})),
        (264, json!({ "Person_ID": Client::guid(9) })),
        (264, json!({ "RealEstate_ID": Client::guid(9) })),
        (264, json!({ "Description": long })),
        (264, json!({ "Stamp": "12345678901" })),
        (264, json!({ "OnlineAccessCode": "12a45" })),
        (264, json!({ "State": 1 })),
    ];
    for (kind, more) in cases {
        client.refused(400, "POST", "Keys", insert(1, kind, more));
    }
    options(&client, |mask| mask & !(32_768 | 65_536));
    client.refused(400, "POST", "Keys", insert(1, 264, json!({})));
    client.refused(400, "POST", "Keys", insert(1, 384, json!({})));
}

#[test]
fn an_update_replaces_the_record() {
    let client = Client::new();
    let id = client.key(1, 264);
    let mut key = client.get(&format!("Keys/{id}"));
    key["Description"] = json!("Back door");
    key["ProgrammingState"] = json!(3);
    key["State"] = json!(1);
    client.ok("PUT", "Keys?updateVersionCode=false", json!({ "Key": key }));
    let read = client.get(&format!("Keys/{id}"));
    assert_eq!((&read["Description"], &read["State"]), (&json!("Back door"), &json!(1)));
    assert_eq!(read["ProgrammingState"], 0, "read-only");
    let refuse = |name: &str, value: Value| {
        let mut key = read.clone();
        key[name] = value;
        client.refused(400, "PUT", "Keys", json!({ "Key": key }))
    };
    refuse("Stamp", Value::Null);
    refuse("State", json!(4));
    refuse("KeyTypeMask", json!(6));
    refuse("Person_ID", json!(Client::guid(77)));
    client.refused(400, "PUT", "Keys?updateVersionCode=yes", json!({ "Key": read }));
    let mut short = read.clone();
    short.as_object_mut().unwrap().remove("Stamp");
    client.refused(400, "PUT", "Keys", json!({ "Key": short }));
}

#[test]
fn a_stamp_read_from_the_key_is_not_edited() {
    let client = Client::new();
    let mut key = client.find("Keys", "StampSource", &json!(1), "FNKey_ID");
    key = text(&json!(key));
    let mut record = client.get(&format!("Keys/{key}"));
    record["Stamp"] = json!("9999");
    let message = client.refused(400, "PUT", "Keys", json!({ "Key": record }));
    assert!(message.contains("Key.Stamp"), "{message}");
}

#[test]
fn the_holder_of_a_handed_over_key_changes_only_if_the_option_is_on() {
    let client = Client::new();
    let other = client.person(1);
    let key = client.find("Keys", "KeyTypeMask", &json!(264), "FNKey_ID");
    let mut record = client.get(&format!("Keys/{key}"));
    record["Person_ID"] = json!(other);
    options(&client, |mask| mask & !1);
    client.refused(400, "PUT", "Keys", json!({ "Key": record }));
    options(&client, |mask| mask | 1);
    client.ok("PUT", "Keys", json!({ "Key": record }));
    let phone = client.key(2, 6);
    let mut record = client.get(&format!("Keys/{phone}"));
    record["Person_ID"] = Value::Null;
    client.refused(400, "PUT", "Keys", json!({ "Key": record }));
}

#[test]
fn the_main_zone_is_set_before_the_first_order() {
    let client = Client::new();
    let id = client.key(1, 264);
    let zone = client.find("Zones", "Type", &json!(1), "Zone_ID");
    let (can, set) = (format!("Keys/{id}/CanUpdateMainZone"), format!("Keys/{id}/UpdateMainZone"));
    options(&client, |mask| mask & !2);
    assert_eq!(client.get(&can), 1);
    client.refused(400, "PUT", &set, json!({ "Zone_ID": zone }));
    options(&client, |mask| mask | 2);
    assert_eq!(client.get(&can), 0);
    client.refused(400, "PUT", &set, json!({ "Zone_ID": Client::guid(9) }));
    client.refused(405, "POST", &set, json!({ "Zone_ID": zone }));
    client.ok("PUT", &set, json!({ "Zone_ID": zone }));
    let zones = client.get(&format!("Keys/{id}/Zones"));
    assert_eq!((&zones["MainZone"], &zones["OutsideUserZoneCount"]), (&json!(zone), &json!(0)));
    assert_eq!(zones["ZoneIds"].as_array().unwrap().len(), 2);
    client.ok("POST", &format!("Keys/{id}/Order"), Value::Null);
    assert_eq!(client.get(&can), 2);
    client.refused(400, "PUT", &set, json!({ "Zone_ID": zone }));
}

#[test]
fn keys_are_found_by_their_chip() {
    let client = Client::new();
    let key = client.find("Keys", "KeyTypeMask", &json!(264), "FNKey_ID");
    let rom = text(&client.get(&format!("Keys/{key}"))["ROM_ID"]);
    let found = client.get(&format!("Keys/GetByRomIds?romIds={rom}&romIds=00"));
    assert_eq!((found.as_array().unwrap().len(), &found[0]["FNKey_ID"]), (1, &json!(key)));
}

#[test]
fn can_delete_tells_why_not() {
    let client = Client::new();
    let (planned, ordered) = (client.key(1, 264), client.key(2, 264));
    let can = |id: &str| client.get(&format!("Keys/{id}/CanDelete"));
    assert_eq!(can(&planned), 0);
    client.ok("POST", &format!("Keys/{ordered}/Order"), Value::Null);
    assert_eq!(can(&ordered), 2);
    client.simulator.program(None, ordered.parse().unwrap()).unwrap();
    assert_eq!(can(&ordered), 1);
    client.simulator.block(None, planned.parse().unwrap(), true).unwrap();
    assert_eq!(can(&planned), 3);
    client.refused(400, "DELETE", &format!("Keys/{planned}"), Value::Null);
    client.simulator.block(None, planned.parse().unwrap(), false).unwrap();
    client.ok("DELETE", &format!("Keys/{planned}"), Value::Null);
    client.refused(404, "GET", &format!("Keys/{planned}"), Value::Null);
}

#[test]
fn key_tags_hang_on_keys() {
    let client = Client::new();
    let key = client.key(1, 264);
    let tag = json!({ "Tag_ID": Client::guid(5), "FNKey_ID": key, "Key": "acme.id", "Value": "7", "SaveToKeyAuditTrail": true });
    client.ok("POST", "KeyTags", tag.clone());
    client.refused(400, "POST", "KeyTags", tag.clone());
    assert_eq!(client.get(&format!("Keys/{key}/KeyTags")), json!([tag]));
    client.ok("DELETE", &format!("KeyTags/{}", Client::guid(5)), Value::Null);
    assert_eq!(client.get("KeyTags"), json!([]));
}

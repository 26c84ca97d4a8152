//! The block list.

use serde_json::{Value, json};
use simulator::Limits;

use crate::client::Client;

fn changes(client: &Client) -> Vec<Value> {
    let list = client.get("Blacklists");
    list["BlacklistItems"].as_array().unwrap().iter().map(|item| item["ChangeType"].clone()).collect()
}

#[test]
fn a_key_is_listed_ordered_and_taken_off() {
    let client = Client::new();
    let key = client.find("Keys", "KeyTypeMask", &json!(264), "FNKey_ID");
    let can_order = || client.get("Blacklists/CanOrderS40Blacklist");
    assert_eq!(
        client.get("Blacklists"),
        json!({ "BlacklistItems": [], "BlacklistPacket": null, "OutsideUserZoneKeyCount": 0 })
    );
    assert_eq!(can_order(), 2);
    client.refused(400, "POST", "Blacklists/OrderS40Blacklist", Value::Null);
    assert_eq!(client.get(&format!("Blacklists/CanAddKey/{key}")), true);
    assert_eq!(client.get(&format!("Blacklists/CanRemoveKey/{key}")), false);
    client.refused(400, "DELETE", &format!("Blacklists/RemoveKey/{key}"), Value::Null);
    client.ok("POST", &format!("Blacklists/AddKey/{key}"), Value::Null);
    assert_eq!(changes(&client), [json!(1)]);
    assert_eq!(client.get(&format!("Blacklists/CanAddKey/{key}")), false);
    client.refused(400, "POST", &format!("Blacklists/AddKey/{key}"), Value::Null);
    assert_eq!(can_order(), 0);
    client.ok("POST", "Blacklists/OrderS40Blacklist", Value::Null);
    assert_eq!((changes(&client), can_order()), (vec![json!(0)], json!(2)));
    let list = client.get("Blacklists");
    assert_eq!(
        (&list["BlacklistPacket"]["HardDataVersion"], &list["BlacklistPacket"]["State"]),
        (&json!(1), &json!(1))
    );
    client.ok("DELETE", &format!("Blacklists/RemoveKey/{key}"), Value::Null);
    assert_eq!((changes(&client), can_order()), (vec![json!(2)], json!(0)));
    client.ok("POST", "Blacklists/OrderS40Blacklist", Value::Null);
    assert!(changes(&client).is_empty());
}

#[test]
fn only_keys_with_a_right_are_listed() {
    let client = Client::new();
    let key = client.key(1, 264);
    assert_eq!(client.get(&format!("Blacklists/CanAddKey/{key}")), false);
    client.refused(400, "POST", &format!("Blacklists/AddKey/{key}"), Value::Null);
    client.refused(404, "GET", &format!("Blacklists/CanAddKey/{}", Client::guid(9)), Value::Null);
}

#[test]
fn listing_makes_a_right_of_type_0() {
    let client = Client::new();
    let rights = || {
        let all = client.get("SecurityAccesses");
        all.as_array().unwrap().iter().filter(|right| right["Type"] == 0).count()
    };
    let key = client.find("Keys", "KeyTypeMask", &json!(264), "FNKey_ID");
    client.ok("POST", &format!("Blacklists/AddKey/{key}"), Value::Null);
    assert_eq!(rights(), 1);
    client.ok("DELETE", &format!("Blacklists/RemoveKey/{key}"), Value::Null);
    assert_eq!((rights(), changes(&client).len()), (0, 0));
}

#[test]
fn the_order_can_be_refused() {
    let client = Client::new();
    let key = client.find("Keys", "KeyTypeMask", &json!(264), "FNKey_ID");
    client.ok("POST", &format!("Blacklists/AddKey/{key}"), Value::Null);
    let cases = [
        (Limits { block_list: 0, ..Limits::default() }, 3),
        (Limits { block_list_needs_token: true, ..Limits::default() }, 1),
    ];
    for (limits, code) in cases {
        client.simulator.set_limits(None, limits).unwrap();
        assert_eq!(client.get("Blacklists/CanOrderS40Blacklist"), code);
        client.refused(400, "POST", "Blacklists/OrderS40Blacklist", Value::Null);
    }
}

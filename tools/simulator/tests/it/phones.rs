//! Phone keys.

use serde_json::{Value, json};

use crate::client::Client;

fn phone(client: &Client, key: &str) -> Value {
    client.get(&format!("Keys/{key}/KeyPhone"))
}

#[test]
fn the_first_order_sends_a_message_and_the_phone_registers() {
    let client = Client::new();
    let key = client.key(1, 6);
    assert_eq!(client.get(&format!("Keys/{key}/CanOrder")), 9);
    client.ok(
        "PUT",
        "KeyPhones",
        json!({ "FNKey_ID": key, "PhoneNo": "+358401112223", "Email": "", "OptionMask": 3 }),
    );
    assert_eq!(phone(&client, &key)["OptionMask"], 0, "only bit 8 is taken");
    client.ok("POST", &format!("Keys/{key}/Order"), Value::Null);
    assert_eq!(phone(&client, &key)["OptionMask"], 1);
    let messages = client.simulator.messages(None);
    assert_eq!(messages.len(), 1);
    assert_eq!(
        (messages[0].address.as_str(), messages[0].channel, messages[0].reason),
        ("+358401112223", "sms", "order")
    );
    assert_eq!(messages[0].language.as_deref(), Some("FIN"));
    client.simulator.activate(None, key.parse().unwrap()).unwrap();
    assert_eq!(phone(&client, &key)["OptionMask"], 2);
    assert_eq!(client.get(&format!("Keys/{key}"))["ProgrammingState"], 3);
    let right = json!({ "SecurityAccess_ID": client.right("Offices") });
    client.ok("POST", &format!("Keys/{key}/SecurityAccesses"), right);
    client.ok("POST", &format!("Keys/{key}/Order"), Value::Null);
    assert_eq!(client.simulator.messages(None).len(), 1, "later orders send none");
}

#[test]
fn e_mail_is_used_when_asked_for() {
    let client = Client::new();
    let key = client.key(1, 6);
    let update = |email: Value| {
        let body = json!({ "FNKey_ID": key, "PhoneNo": null, "Email": email, "OptionMask": 8 });
        client.ok("PUT", "KeyPhones", body);
    };
    update(Value::Null);
    assert_eq!(client.get(&format!("Keys/{key}/CanOrder")), 10);
    update(json!("a@example.com"));
    client.ok("POST", &format!("Keys/{key}/Order"), Value::Null);
    assert_eq!(client.simulator.messages(None)[0].channel, "email");
    assert_eq!(phone(&client, &key)["OptionMask"], 9);
}

#[test]
fn a_phone_number_is_used_once() {
    let client = Client::new();
    let (one, other) = (client.key(1, 6), client.key(2, 6));
    let update = |key: &str| json!({ "FNKey_ID": key, "PhoneNo": "+358401112223" });
    client.ok("PUT", "KeyPhones", update(&one));
    client.ok("PUT", "KeyPhones", update(&one));
    let message = client.refused(400, "PUT", "KeyPhones", update(&other));
    assert!(message.contains("Invalid value (+358401112223) for parameter PhoneNo"), "{message}");
    let physical = client.key(3, 264);
    client.refused(404, "PUT", "KeyPhones", update(&physical));
    client.refused(404, "GET", &format!("Keys/{physical}/KeyPhone"), Value::Null);
}

#[test]
fn re_registering_sends_the_message_again() {
    let client = Client::new();
    let key = client.key(1, 6);
    let path = format!("KeyPhones/{key}/ReRegister");
    client.refused(400, "POST", &path, Value::Null);
    client.ok("PUT", "KeyPhones", json!({ "FNKey_ID": key, "PhoneNo": "+358401112223" }));
    client.ok("POST", &format!("Keys/{key}/Order"), Value::Null);
    client.simulator.activate(None, key.parse().unwrap()).unwrap();
    client.ok("POST", &path, Value::Null);
    let messages = client.simulator.messages(None);
    assert_eq!((messages.len(), messages[1].reason), (2, "re-register"));
    assert_eq!(phone(&client, &key)["OptionMask"], 1);
    client.simulator.activate(None, key.parse().unwrap()).unwrap();
    assert_eq!(phone(&client, &key)["OptionMask"], 2);
    client.refused(404, "POST", &format!("KeyPhones/{}/ReRegister", Client::guid(99)), Value::Null);
}

#[test]
fn location_reporting_is_kept() {
    let client = Client::new();
    let path = format!("Keys/{}/LocationReporting", client.key(1, 6));
    assert_eq!(client.get(&path), json!({ "LocationReportingInAuditTrail": false }));
    client.ok("PUT", &path, json!({ "LocationReportingInAuditTrail": true }));
    assert_eq!(client.get(&path), json!({ "LocationReportingInAuditTrail": true }));
}

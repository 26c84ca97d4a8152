//! Webhooks.

use chrono::TimeDelta;
use serde_json::{Value, json};
use simulator::Opening;

use crate::client::{Client, text};

fn client() -> Client {
    let client = Client::new();
    client.simulator.set_clock("2026-05-01T12:00:00Z".parse().unwrap());
    Client::sign_in(client.simulator, "api", "correct horse battery staple")
}

fn subscription(client: &Client, number: u32, event: &str) -> Value {
    json!({
        "SubscriptionId": Client::guid(number), "WebhookEventId": client.find("Webhooks/Events", "Name", &json!(event), "Id"),
        "TargetEndpointUri": "https://example.com/hook", "StartDateUtc": "2026-05-01T00:00:00Z",
        "EndDateUtc": "2027-05-01T00:00:00Z", "CustomHeader": "Bearer x",
    })
}

#[test]
fn an_added_key_is_delivered_signed() {
    let client = client();
    client.ok("POST", "Webhooks/Subscriptions", subscription(&client, 1, "key_added"));
    assert!(client.simulator.take_due_deliveries().is_empty());
    client.key(2, 264);
    let due = client.simulator.take_due_deliveries();
    assert_eq!(due.len(), 1);
    let body: Value = serde_json::from_str(&due[0].body).unwrap();
    assert_eq!(
        (&body["Data"]["FNKey_ID"], &body["CreationTimeUtc"]),
        (&json!(Client::guid(2)), &json!("2026-05-01T12:00:00.000Z"))
    );
    let header = |name: &str| {
        due[0].headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()).unwrap()
    };
    assert_eq!(
        (header("counter"), header("event-name"), header("custom-header")),
        ("1".into(), "key_added".into(), "QmVhcmVyIHg=".into())
    );
    assert_eq!(header("webhook-signature").len(), 64);
    assert!(client.simulator.take_due_deliveries().is_empty(), "given out once");
}

#[test]
fn a_delivery_is_tried_seven_times() {
    let client = client();
    client.ok("POST", "Webhooks/Subscriptions", subscription(&client, 1, "key_added"));
    client.key(2, 264);
    for (try_number, minutes) in [0, 5, 15, 60, 360, 720, 1440].into_iter().enumerate() {
        client.simulator.advance(TimeDelta::minutes(minutes) - TimeDelta::seconds(1));
        if minutes > 0 {
            assert!(client.simulator.take_due_deliveries().is_empty(), "not before {minutes} minutes");
        }
        client.simulator.advance(TimeDelta::seconds(1));
        let due = client.simulator.take_due_deliveries();
        assert_eq!(due.len(), 1, "try {try_number}");
        client.simulator.delivered(due[0].payload, Some(500));
    }
    client.simulator.advance(TimeDelta::days(10));
    assert!(client.simulator.take_due_deliveries().is_empty());
    let client = Client::sign_in(client.simulator, "api", "correct horse battery staple");
    let given_up = client.get(&format!("Webhooks/Subscriptions/{}/Payloads?state=4", Client::guid(1)));
    assert_eq!(given_up[0]["FailedRequests"], 7);
    assert_eq!(
        client.get("Webhooks/Subscriptions/PendingPayloads"),
        json!({ "SubscriptionIds": [Client::guid(1)] })
    );
}

#[test]
fn a_delivery_that_is_taken_is_done() {
    let client = client();
    client.ok("POST", "Webhooks/Subscriptions", subscription(&client, 1, "key_blocklisted"));
    let key = client.find("Keys", "KeyTypeMask", &json!(264), "FNKey_ID");
    client.ok("POST", &format!("Blacklists/AddKey/{key}"), Value::Null);
    let due = client.simulator.take_due_deliveries();
    client.simulator.delivered(due[0].payload, Some(204));
    let done = client.get(&format!("Webhooks/Subscriptions/{}/Payloads?state=2", Client::guid(1)));
    assert_eq!(done.as_array().unwrap().len(), 1);
    client.refused(400, "GET", &format!("Webhooks/Subscriptions/{}/Payloads", Client::guid(1)), Value::Null);
}

#[test]
fn a_passage_is_announced_when_it_arrives() {
    let client = client();
    client.ok("POST", "Webhooks/Subscriptions", subscription(&client, 1, "device_log_arrived"));
    let lock = text(&client.get("Locks")[0]["FLock_ID"]).parse().unwrap();
    let key = client.find("Keys", "KeyTypeMask", &json!(264), "FNKey_ID");
    let opening = Opening {
        key: Some(key.parse().unwrap()),
        arrives_at: Some("2026-05-01T13:00:00Z".to_owned()),
        ..Opening::default()
    };
    client.simulator.open(None, lock, &opening).unwrap();
    assert!(client.simulator.take_due_deliveries().is_empty());
    client.simulator.advance(TimeDelta::hours(1));
    let due = client.simulator.take_due_deliveries();
    let body: Value = serde_json::from_str(&due[0].body).unwrap();
    assert_eq!((&body["Data"]["fnKey_ID"], &body["Data"]["DeviceLogTypeMask"]), (&json!(key), &json!(2052)));
    assert!(body["Data"]["Person_ID"].is_string());
}

#[test]
fn subscriptions_are_checked() {
    let client = client();
    let good = subscription(&client, 1, "key_added");
    let cases = [
        ("TargetEndpointUri", json!("ftp://x")),
        ("EndDateUtc", json!("2027-05-03T00:00:00Z")),
        ("EndDateUtc", json!("2026-04-01T00:00:00Z")),
        ("WebhookEventId", json!(Client::guid(9))),
        ("JsonPathFilter", json!("$..")),
        ("StartDateUtc", Value::Null),
    ];
    for (name, value) in cases {
        let mut body = good.clone();
        body[name] = value;
        client.refused(400, "POST", "Webhooks/Subscriptions", body);
    }
    for number in 1..=3 {
        client.ok("POST", "Webhooks/Subscriptions", subscription(&client, number, "key_added"));
    }
    client.refused(400, "POST", "Webhooks/Subscriptions", subscription(&client, 4, "key_added"));
    client.ok("POST", "Webhooks/Subscriptions", subscription(&client, 4, "key_blocklisted"));
    let path = format!("Webhooks/Subscriptions/{}", Client::guid(1));
    let key = client.get(&path)["SignKey"].clone();
    client.ok("PUT", "Webhooks/Subscriptions", good);
    assert_eq!(client.get(&path)["SignKey"], key, "kept by an update");
    client.ok("DELETE", &path, Value::Null);
    client.refused(404, "GET", &path, Value::Null);
}

#[test]
fn a_filter_lets_only_some_through() {
    let client = client();
    let mut body = subscription(&client, 1, "key_added");
    body["JsonPathFilter"] = json!("$[?($.KeyTypeMask == 264)]");
    client.ok("POST", "Webhooks/Subscriptions", body);
    client.key(2, 6);
    client.key(3, 264);
    assert_eq!(client.simulator.take_due_deliveries().len(), 1);
}

//! Planned trouble.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Action, Ending, Fault, Settings};

use crate::client::Client;

fn insert(number: u32) -> Value {
    json!({ "Person": { "Person_ID": Client::guid(number), "PersonCode": "" } })
}

fn exists(client: &Client, number: u32) -> bool {
    client.call("GET", &format!("Persons/{}", Client::guid(number)), Value::Null).status == 200
}

#[test]
fn an_error_answer_comes_before_or_after_the_effect() {
    let client = Client::new();
    let action = Action::Status {
        status: 429,
        code: None,
        message: Some("Slow down".to_owned()),
        retry_after: Some(2),
    };
    client.simulator.set_faults(vec![Fault::on("Persons_Insert", action).nth(2)]);
    client.ok("POST", "Persons", insert(1));
    let reply = client.call("POST", "Persons", insert(2));
    assert_eq!(
        (reply.status, reply.json()),
        (429, json!({ "Code": "TooManyRequests", "Message": "Slow down" }))
    );
    assert!(reply.headers.contains(&("retry-after", "2".to_owned())));
    assert!(!exists(&client, 2));
    client.ok("POST", "Persons", insert(2));

    client.simulator.set_faults(vec![Fault::on("Persons_Insert", Action::status(500)).after_effect()]);
    client.refused(500, "POST", "Persons", insert(3));
    assert!(exists(&client, 3));
    let entry =
        client.simulator.calls().into_iter().rfind(|call| call.operation == "Persons_Insert").unwrap();
    assert_eq!((entry.effect, entry.fault.as_deref()), (true, Some("status")));
}

#[test]
fn a_connection_is_dropped_before_or_after_the_effect() {
    let client = Client::new();
    for (number, fault, happened) in [
        (1, Fault::on("Persons_Insert", Action::Drop), false),
        (2, Fault::on("Persons_Insert", Action::Drop).after_effect(), true),
    ] {
        client.simulator.set_faults(vec![fault]);
        assert_eq!(client.call("POST", "Persons", insert(number)).ending, Ending::Dropped);
        assert_eq!(exists(&client, number), happened);
    }
}

#[test]
fn answers_are_spoiled() {
    let client = Client::new();
    let spoiled = |action: Action| {
        client.simulator.set_faults(vec![Fault {
            path: Some("/Zones".to_owned()),
            action,
            ..Fault::default()
        }]);
        client.call("GET", "Zones", Value::Null)
    };
    assert_eq!(spoiled(Action::Hang).ending, Ending::Hung);
    assert_eq!(spoiled(Action::Truncate { keep: 9 }).ending, Ending::Cut(9));
    assert_eq!(spoiled(Action::Delay { ms: 250 }).delay, Duration::from_millis(250));
    let page = spoiled(Action::Garbage);
    assert!(page.status == 200 && page.body.starts_with(b"<html>"));
    assert!(spoiled(Action::WrongType).json().is_object());
    assert_eq!(spoiled(Action::Answer { body: Value::from(11) }).json(), Value::from(11));
    let reply = spoiled(Action::ExpireSession);
    assert_eq!(reply.status, 401);
    client.simulator.set_faults(Vec::new());
    assert_eq!(client.call("GET", "Zones", Value::Null).status, 401, "the session stays dead");
}

#[test]
fn every_answer_waits_for_the_latency() {
    let client = Client::new();
    client.simulator.set_settings(Settings { latency_ms: 40, ..Settings::default() });
    assert_eq!(client.call("GET", "Test", Value::Null).delay, Duration::from_millis(40));
}

#[test]
fn calls_are_written_down_and_counted() {
    let client = Client::new();
    client.simulator.reset_calls();
    client.ok("POST", "Persons", insert(1));
    client.refused(400, "POST", "Persons", insert(1));
    client.get("Persons");
    let counters = client.simulator.counters();
    assert_eq!(
        (counters.total, counters.calls["Persons_Insert"], counters.effects["Persons_Insert"]),
        (3, 2, 1)
    );
    assert_eq!((counters.max_in_flight, counters.effects.contains_key("Persons_GetAllPersons")), (1, false));
    let calls = client.simulator.calls();
    assert_eq!((calls[0].sequence, calls[0].status, calls[1].status), (1, 200, 400));
    assert_eq!(calls[0].ids, [Client::guid(1)]);
    assert_eq!(calls[0].session.as_deref(), Some(client.session.as_str()));
    let _one = client.simulator.enter();
    client.get("Persons");
    assert_eq!(client.simulator.counters().max_in_flight, 2);
}

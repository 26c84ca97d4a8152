//! The control interface.

use serde_json::{Value, json};
use simulator::Request;

use crate::client::{Client, text};

fn control(client: &Client, method: &str, path: &str, body: Value) -> (u16, Value) {
    let mut request = Request::new(method, &format!("/_control{path}"));
    if !body.is_null() {
        request = request.json(&body);
    }
    let reply = client.simulator.handle(&request);
    (reply.status, reply.json())
}

#[track_caller]
fn done(client: &Client, method: &str, path: &str, body: Value) -> Value {
    let (status, answer) = control(client, method, path, body);
    assert!(status < 300, "{method} {path}: {status} {answer}");
    answer
}

#[test]
fn it_says_what_it_can_do() {
    let client = Client::new();
    let reply = client.simulator.handle(&Request::new("GET", "/_control"));
    assert!(String::from_utf8_lossy(&reply.body).contains("/_control/faults"));
    assert_eq!(control(&client, "GET", "/nothing", Value::Null).0, 404);
}

#[test]
fn manager_adds_changes_and_deletes_records() {
    let client = Client::new();
    let id = text(&done(&client, "POST", "/persons", json!({ "FirstName": "Manager's" }))["id"]);
    assert_eq!(client.get(&format!("Persons/{id}"))["FirstName"], "Manager's");
    done(&client, "PATCH", &format!("/persons/{id}"), json!({ "LastName": "Own" }));
    assert_eq!(client.get(&format!("Persons/{id}"))["LastName"], "Own");
    done(&client, "DELETE", &format!("/persons/{id}"), Value::Null);
    client.refused(404, "GET", &format!("Persons/{id}"), Value::Null);
    assert_eq!(control(&client, "DELETE", &format!("/persons/{id}"), Value::Null).0, 404);
    for (table, list) in [
        ("zones", "Zones"),
        ("rights", "SecurityAccesses"),
        ("locks", "Locks"),
        ("real-estates", "RealEstates"),
        ("profiles", "TimeLimitTitles"),
        ("modules", "NetworkModules"),
        ("devices", "NetworkModuleDevices"),
    ] {
        let before = client.get(list).as_array().unwrap().len();
        let id = text(&done(&client, "POST", &format!("/{table}"), json!({ "Name": "New" }))["id"]);
        assert_eq!(client.get(list).as_array().unwrap().len(), before + 1, "{table}");
        done(&client, "PATCH", &format!("/{table}/{id}"), json!({ "Name": "Changed" }));
        done(&client, "DELETE", &format!("/{table}/{id}"), Value::Null);
        assert_eq!(client.get(list).as_array().unwrap().len(), before, "{table}");
    }
}

#[test]
fn keys_are_made_programmed_and_used() {
    let client = Client::new();
    let person = client.person(1);
    let key = json!({ "record": { "KeyTypeMask": 6, "Person_ID": person }, "phone_number": "+358401112223", "rights": [client.right("Offices")] });
    let key = text(&done(&client, "POST", "/keys", key)["id"]);
    assert_eq!(control(&client, "POST", &format!("/keys/{key}/program"), Value::Null).0, 400);
    client.ok("POST", &format!("Keys/{key}/Order"), Value::Null);
    assert_eq!(done(&client, "GET", "/messages", Value::Null)[0]["channel"], "sms");
    for (action, state) in [("fetch", 2), ("activate", 3)] {
        done(&client, "POST", &format!("/keys/{key}/{action}"), Value::Null);
        assert_eq!(client.get(&format!("Keys/{key}"))["ProgrammingState"], state);
    }
    let lock = text(&client.get("Locks")[0]["FLock_ID"]);
    done(&client, "POST", &format!("/locks/{lock}/open"), json!({ "key": key }));
    assert_eq!(client.ok("POST", "LockLogs", json!({ "FNKeyIds": [key] }))["TotalCount"], 1);
    done(&client, "POST", &format!("/keys/{key}/block"), Value::Null);
    assert_eq!(client.get(&format!("Keys/{key}/CanReturn")), 4);
    done(&client, "POST", &format!("/keys/{key}/unblock"), Value::Null);
    done(&client, "PUT", &format!("/locks/{lock}/rights"), json!([client.right("Sauna")]));
    let rights = client.get(&format!("Locks/{lock}/SecurityAccesses?mode=2"));
    assert_eq!(rights["SecurityAccesses"][0]["Name"], "Sauna");
}

#[test]
fn settings_limits_clock_users_and_faults_are_changed() {
    let client = Client::new();
    done(&client, "PUT", "/clock", json!({ "at": "2026-05-01T00:00:00Z" }));
    assert_eq!(
        done(&client, "POST", "/clock/advance", json!({ "seconds": 90 })),
        json!({ "now": "2026-05-01T00:01:30.000Z" })
    );
    done(&client, "PUT", "/clock", json!({ "running": true }));
    done(&client, "PUT", "/settings", json!({ "session_minutes": null, "version": "9" }));
    assert_eq!(client.get("Version"), "9");
    assert_eq!(control(&client, "PUT", "/settings", json!({ "latncy_ms": 1 })).0, 400);
    done(&client, "PUT", "/limits", json!({ "licence": 1 }));
    assert_eq!(done(&client, "GET", "/limits", Value::Null)["licence"], 1);
    done(&client, "PUT", "/users/api", json!({ "rights": 1 }));
    client.refused(403, "GET", "Persons", Value::Null);
    done(&client, "PUT", "/users/second", json!({ "password": "p", "rights": 3 }));
    Client::sign_in(client.simulator.clone(), "second", "p").get("Persons");
    done(
        &client,
        "PUT",
        "/faults",
        json!([{ "operation": "Zones_GetAllZones", "action": { "status": { "status": 503 } } }]),
    );
    client.refused(503, "GET", "Zones", Value::Null);
    done(&client, "DELETE", "/faults", Value::Null);
    client.get("Zones");
    done(&client, "PATCH", "/lock-group", json!({ "OptionMask": 0 }));
    client.refused(403, "GET", "Zones", Value::Null);
    done(&client, "POST", "/sessions/expire", Value::Null);
    client.refused(401, "GET", "Zones", Value::Null);
}

#[test]
fn calls_and_state_are_shown() {
    let client = Client::new();
    let before = done(&client, "GET", "/state", Value::Null);
    let counters = done(&client, "GET", "/counters", Value::Null);
    assert_eq!(counters["calls"]["Authentication_CreateSession"], 1);
    done(&client, "DELETE", "/calls", Value::Null);
    client.person(1);
    let calls = done(&client, "GET", "/calls?bodies=true", Value::Null);
    assert_eq!((calls.as_array().unwrap().len(), &calls[0]["effect"]), (1, &json!(true)));
    assert!(text(&calls[0]["body"]).contains("Aino"));
    assert_ne!(done(&client, "GET", "/state", Value::Null), before);
    client.ok("DELETE", &format!("Persons/{}", Client::guid(1)), Value::Null);
    assert_eq!(done(&client, "GET", "/state", Value::Null), before);
}

//! From GetUrl to KillSession.

use chrono::TimeDelta;
use serde_json::{Map, Value, json};
use simulator::{Request, Seed, Settings, Simulator, UserChange};

use crate::client::{Client, log_in, text};

fn simulator() -> Simulator {
    Simulator::new(&Seed { persons: 1, ..Seed::default() })
}

fn log_in_result(simulator: &Simulator, body: Value) -> Value {
    let request = Request::new("POST", "/iloqws/api/v2/CreateSession").json(&body);
    let reply = simulator.handle(&request);
    assert_eq!(reply.status, 200, "a refused login is a Result, not a status");
    let answer = reply.json();
    assert_eq!(answer["SessionID"].is_string(), answer["Result"] == 1);
    answer["Result"].clone()
}

#[test]
fn get_url_answers_what_is_set() {
    let simulator = simulator();
    let ask = || {
        let request = Request::new("POST", "/iloqws/api/v2/Url/GetUrl").header("Host", "127.0.0.1:81");
        simulator.handle(&request.json(&json!({ "CustomerCode": "DEMO" }))).json()
    };
    assert_eq!(ask(), "http://127.0.0.1:81/iloqwspool2/");
    for (set, wanted) in [
        (None, Value::Null),
        (Some(""), json!("")),
        (Some("https://x.iloq.com/p"), json!("https://x.iloq.com/p")),
    ] {
        simulator.set_settings(Settings { get_url: set.map(str::to_owned), ..Settings::default() });
        assert_eq!(ask(), wanted);
    }
    for code in ["", "D", &"D".repeat(51)] {
        let request =
            Request::new("POST", "/iloqws/api/v2/Url/GetUrl").json(&json!({ "CustomerCode": code }));
        assert_eq!(simulator.handle(&request).status, 400, "{code}");
    }
}

#[test]
fn both_addresses_are_served() {
    let client = Client::new();
    let request = Request::new("GET", "/iloqwspool2/api/v2/Zones").header("sessionid", &client.session);
    assert_eq!(client.simulator.handle(&request).status, 200);
    let request = Request::new("GET", "/elsewhere/api/v2/Zones").header("SessionId", &client.session);
    assert_eq!(client.simulator.handle(&request).status, 404);
}

#[test]
fn wrong_credentials_are_result_5() {
    let simulator = simulator();
    let good = log_in("api", "correct horse battery staple");
    for (name, value) in [
        ("UserName", json!("apo")),
        ("Password", json!("x")),
        ("CustomerCode", json!("OTHER")),
        ("Password", Value::Null),
    ] {
        let mut body = good.clone();
        body[name] = value;
        assert_eq!(log_in_result(&simulator, body), 5, "{name}");
    }
    assert_eq!(log_in_result(&simulator, good), 1);
}

#[test]
fn five_failures_lock_the_credentials_for_15_minutes() {
    let simulator = simulator();
    let wrong = || log_in_result(&simulator, log_in("api", "wrong"));
    let right = || log_in_result(&simulator, log_in("api", "correct horse battery staple"));
    assert_eq!((wrong(), wrong(), wrong(), wrong()), (json!(5), json!(5), json!(5), json!(5)));
    assert_eq!(wrong(), 7);
    assert_eq!(wrong(), 8);
    assert_eq!(right(), 8);
    simulator.advance(TimeDelta::minutes(14));
    assert_eq!(right(), 8);
    simulator.advance(TimeDelta::minutes(2));
    assert_eq!(wrong(), 5);
    assert_eq!(right(), 1);
    assert_eq!(
        (wrong(), wrong(), wrong(), wrong()),
        (json!(5), json!(5), json!(5), json!(5)),
        "a login starts the count anew"
    );
}

#[test]
fn other_results_can_be_set() {
    let simulator = simulator();
    for result in [2, 3, 4, 6, 9, 10, 11] {
        simulator
            .change_user("api", UserChange { login_result: Some(result), ..UserChange::default() })
            .unwrap();
        assert_eq!(log_in_result(&simulator, log_in("api", "correct horse battery staple")), result);
    }
    simulator.change_user("api", UserChange { login_result: Some(1), ..UserChange::default() }).unwrap();
    assert_eq!(log_in_result(&simulator, log_in("api", "correct horse battery staple")), 1);
}

#[test]
fn calls_need_a_session_and_a_locking_system() {
    let client = Client::new();
    let unknown = "11111111-1111-4111-8111-111111111111";
    let request = Request::new("GET", "/iloqws/api/v2/Persons").header("SessionId", unknown);
    let reply = client.simulator.handle(&request);
    assert_eq!(
        (reply.status, reply.json()),
        (401, json!({ "Code": "Unauthorized", "Message": format!("Invalid session id: {unknown}") }))
    );
    assert_eq!(client.simulator.handle(&Request::new("GET", "/iloqws/api/v2/LockGroups")).status, 401);

    let fresh = log_in("api", "correct horse battery staple");
    let session = text(&client.ok("POST", "CreateSession", fresh)["SessionID"]);
    let client = Client { session, ..client };
    let message = client.refused(403, "GET", "Persons", Value::Null);
    assert!(message.contains("SetLockgroup"), "{message}");
    client.refused(404, "POST", "SetLockgroup", json!({ "LockGroup_ID": unknown }));
    let answer = client.ok("POST", "SetLockgroup", json!({ "LockGroup_ID": client.lock_group }));
    assert_eq!(answer, json!({ "RightsMask": (1_u64 << 55) - 1 }));
    client.get("Persons");
    assert_eq!(client.call("GET", "KillSession", Value::Null).status, 200);
    let message = client.refused(401, "GET", "Persons", Value::Null);
    assert_eq!(message, format!("Invalid session id: {}", client.session));
}

#[test]
fn a_session_dies_of_idleness_or_by_command() {
    let client = Client::new();
    client.simulator.advance(TimeDelta::minutes(29));
    client.get("Zones");
    client.simulator.advance(TimeDelta::minutes(29));
    client.get("Zones");
    client.simulator.advance(TimeDelta::minutes(31));
    client.refused(401, "GET", "Zones", Value::Null);
    let client = Client::sign_in(client.simulator, "api", "correct horse battery staple");
    client.simulator.expire_sessions();
    client.refused(401, "GET", "Zones", Value::Null);
}

#[test]
fn the_api_must_be_on_in_the_locking_system() {
    let client = Client::new();
    let set = |name: &str, value: i64| {
        let change: Map<String, Value> = json!({ name: value }).as_object().unwrap().clone();
        client.simulator.patch_lock_group(None, change).unwrap();
    };
    let options = client.get("LockGroups")[0]["OptionMask"].as_i64().unwrap();
    assert_eq!(options, 1 | 2 | 512 | 2048 | 16_384 | 32_768 | 65_536);
    set("OptionMask", options & !2048);
    client.refused(403, "POST", "SetLockgroup", json!({ "LockGroup_ID": client.lock_group }));
    client.refused(403, "GET", "Zones", Value::Null);
    set("OptionMask", options);
    set("State", 1);
    client.refused(403, "GET", "Zones", Value::Null);
}

#[test]
fn a_user_of_two_locking_systems_chooses() {
    let simulator = simulator();
    simulator.add_system(&Seed { persons: 7, seed: 2, name: "Annex".to_owned(), ..Seed::default() });
    let client = Client::sign_in(simulator, "api", "correct horse battery staple");
    let groups = client.get("LockGroups");
    assert_eq!(groups.as_array().unwrap().len(), 2);
    for group in groups.as_array().unwrap() {
        client.ok("POST", "SetLockgroup", json!({ "LockGroup_ID": group["LockGroup_ID"] }));
        let persons = if group["Name"] == "Annex" { 7 } else { 1 };
        assert_eq!(client.get("Persons").as_array().unwrap().len(), persons);
    }
}

#[test]
fn an_api_key_is_asked_for_where_it_is_set() {
    let client = Client::new();
    client.simulator.set_settings(Settings { api_key: Some("k".to_owned()), ..Settings::default() });
    client.refused(403, "GET", "Version", Value::Null);
    let request = Request::new("GET", "/iloqws/api/v2/Test").header("X-Api-Key", "k");
    assert_eq!(client.simulator.handle(&request).json(), "Test OK");
}

#[test]
fn passwords_are_not_kept() {
    let client = Client::new();
    let calls = client.simulator.calls();
    assert!(calls.iter().any(|call| call.operation == "Authentication_CreateSession" && call.body.is_none()));
    let kept = format!("{calls:?} {:?}", client.simulator.bodies());
    assert!(!kept.contains("battery"));
}

//! Rules of all calls: rights, zones, bodies, queries, paths.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use simulator::{Request, Settings, UserChange};

use crate::client::Client;

#[test]
fn every_right_is_asked_for() {
    let client = Client::new();
    let any = Client::guid(1);
    let cases = [
        ("GET", "Persons".to_owned(), 2_u64),
        ("DELETE", format!("Persons/{any}"), 65_536),
        ("GET", "Keys".to_owned(), 512),
        ("DELETE", format!("Keys/{any}"), 524_288),
        ("GET", format!("Keys/{any}/CanOrder"), 34_359_738_368),
        ("GET", "SecurityAccesses".to_owned(), 2_097_152),
        ("GET", "Blacklists".to_owned(), 128 | 8_388_608),
        ("GET", "Zones".to_owned(), 1),
        ("GET", "Locks".to_owned(), 1_073_741_824),
        ("GET", "NetworkModules".to_owned(), 2_147_483_648),
        ("POST", format!("KeyPhones/{any}/ReRegister"), 32 | 524_288 | 34_359_738_368),
    ];
    for (method, path, bits) in cases {
        let allow = |rights: u64| {
            client
                .simulator
                .change_user("api", UserChange { rights: Some(rights), ..UserChange::default() })
                .unwrap();
            client.call(method, &path, Value::Null)
        };
        let reply = allow(!(bits & bits.wrapping_neg()) & ((1 << 55) - 1));
        assert_eq!((reply.status, reply.json()["Code"].clone()), (403, json!("Forbidden")), "{path}");
        assert_ne!(allow(bits).status, 403, "{path}");
    }
}

#[test]
fn one_of_several_rights_is_enough_where_the_document_says_so() {
    let client = Client::new();
    let path = format!("Keys/{}/CanReturn", Client::guid(1));
    for (rights, status) in [(134_217_728, 404), (34_359_738_368, 404), (2, 403)] {
        client
            .simulator
            .change_user("api", UserChange { rights: Some(rights), ..UserChange::default() })
            .unwrap();
        assert_eq!(client.call("GET", &path, Value::Null).status, status);
    }
}

#[test]
fn a_user_sees_his_zones_only() {
    let client = Client::new();
    let (hidden, shown) = (client.person(1), client.person(2));
    let [hidden_zone, shown_zone] = [2, 1].map(|kind| client.find("Zones", "Type", &json!(kind), "Zone_ID"));
    for (person, zone) in [(&hidden, &hidden_zone), (&shown, &shown_zone)] {
        let change = json!({ "zones": [zone] }).as_object().unwrap().clone();
        client.simulator.patch(None, "persons", person.parse().unwrap(), change).unwrap();
    }
    let zones = BTreeSet::from([shown_zone.parse().unwrap()]);
    client.simulator.change_user("api", UserChange { zones: Some(zones), ..UserChange::default() }).unwrap();
    let persons = client.get("Persons");
    assert_eq!(persons.as_array().unwrap().len(), 1);
    assert_eq!(persons[0]["Person_ID"], shown);
    client.refused(404, "GET", &format!("Persons/{hidden}"), Value::Null);
    client.refused(404, "PUT", "Persons", json!({ "Person": { "Person_ID": hidden } }));
    client.refused(404, "DELETE", &format!("Persons/{hidden}"), Value::Null);
    assert_eq!(client.get("Zones").as_array().unwrap().len(), 1);
}

#[test]
fn bodies_are_checked() {
    let client = Client::new();
    let raw = |content_type: &str, body: &'static str| {
        let request = Request::new("POST", "/iloqws/api/v2/Persons").header("SessionId", &client.session);
        let request = Request { body: body.into(), ..request.header("content-type", content_type) };
        client.simulator.handle(&request).status
    };
    assert_eq!(raw("text/plain", r#"{"Person":{"PersonCode":""}}"#), 415);
    assert_eq!(raw("application/json", ""), 400);
    assert_eq!(raw("application/json", "{"), 400);
    assert_eq!(raw("application/json", "[]"), 400);
    assert_eq!(raw("application/json", "{}"), 400);
    assert_eq!(raw("application/json; charset=utf-8", r#"{"Person":{"PersonCode":""}}"#), 200);
    client.refused(400, "POST", "Persons", json!({ "Person": { "PersonCode": "", "Fristname": "A" } }));
    client.refused(400, "POST", "Persons", json!({ "PersonCode": "", "FirstName": "not wrapped" }));
    client.refused(400, "GET", "Zones", json!({}));
    assert_eq!(client.get("Persons").as_array().unwrap().len(), 5);
}

#[test]
fn paths_and_queries_are_exact() {
    let client = Client::new();
    for path in ["persons", "Persons/", "/Persons", "Persons/x/y/z", "Nothing"] {
        client.refused(404, "GET", path, Value::Null);
    }
    client.refused(405, "PATCH", "Persons", Value::Null);
    client.refused(400, "GET", "Persons/not-a-guid", Value::Null);
    client.refused(400, "GET", "Zones?page=1", Value::Null);
    let key = client.get("Keys")[0]["FNKey_ID"].as_str().unwrap().to_owned();
    for mode in ["", "?mode=0", "?mode=3", "?mode=x"] {
        client.refused(400, "GET", &format!("Keys/{key}/SecurityAccesses{mode}"), Value::Null);
    }
    client.get(&format!("Keys/{}/SecurityAccesses?mode=1", key.to_uppercase()));
}

#[test]
fn maintenance_refuses_everything() {
    let client = Client::new();
    client.simulator.set_settings(Settings { maintenance: true, ..Settings::default() });
    let reply = client.call("GET", "Test", Value::Null);
    assert_eq!(reply.status, 503);
    assert!(reply.headers.contains(&("retry-after", "30".to_owned())));
}

#[test]
fn void_operations_answer_204_without_a_body() {
    let client = Client::new();
    let id = client.person(1);
    let reply = client.call("PUT", "Persons", json!({ "Person": { "Person_ID": id } }));
    assert_eq!((reply.status, reply.body.len()), (204, 0));
}

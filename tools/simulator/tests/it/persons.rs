//! Persons.

use serde_json::{Value, json};
use simulator::{Seed, Simulator};

use crate::client::{Client, text};

#[test]
fn a_person_is_inserted_read_updated_and_deleted() {
    let client = Client::new();
    let id = Client::guid(1);
    let person = json!({ "person_id": id.to_uppercase(), "PersonCode": "77", "FirstName": "Zoë", "email": "z@example.com" });
    let answer = client.ok("POST", "Persons", json!({ "Person": person, "ZoneIds": [] }));
    assert_eq!(answer, json!({ "PersonIds": [id] }));
    let read = client.get(&format!("Persons/{id}"));
    assert_eq!(read["eMail"], "z@example.com");
    assert_eq!(read["State"], 0);
    assert_eq!(read.as_object().unwrap().len(), 21);

    let change = json!({ "Person_ID": id, "LastName": "O'Brien", "State": 1 });
    assert_eq!(client.call("PUT", "Persons", json!({ "Person": change })).status, 204);
    let read = client.get(&format!("Persons/{id}"));
    assert_eq!(read["LastName"], "O'Brien");
    assert_eq!(read["FirstName"], Value::Null, "what an update leaves out is gone");
    assert_eq!(read["State"], 0, "State can not be set");

    assert_eq!(client.get(&format!("Persons/{id}/CanDelete")), json!(0));
    assert_eq!(client.call("DELETE", &format!("Persons/{id}"), Value::Null).status, 200);
    client.refused(404, "GET", &format!("Persons/{id}"), Value::Null);
    client.refused(404, "DELETE", &format!("Persons/{id}"), Value::Null);
}

#[test]
fn ids_are_given_once() {
    let client = Client::new();
    let insert = |id: &str, external: &str| json!({ "Person": { "Person_ID": id, "PersonCode": "", "ExternalPersonId": external } });
    client.ok("POST", "Persons", insert(&Client::guid(1), "A"));
    let message = client.refused(400, "POST", "Persons", insert(&Client::guid(1), "B"));
    assert!(message.contains("Person_ID"), "{message}");
    let message = client.refused(400, "POST", "Persons", insert(&Client::guid(2), "A"));
    assert!(message.contains("Invalid value (A) for parameter Person.ExternalPersonId"), "{message}");
    client.ok("POST", "Persons", insert(&Client::guid(3), ""));
    client.ok("POST", "Persons", insert(&Client::guid(4), ""));
    client.refused(400, "PUT", "Persons", insert(&Client::guid(3), "A"));
}

#[test]
fn external_ids_find_persons_or_refuse() {
    let client = Client::new();
    for (number, external) in [(1, "A B"), (2, "C&D")] {
        let person =
            json!({ "Person_ID": Client::guid(number), "PersonCode": "", "ExternalPersonId": external });
        client.ok("POST", "Persons", json!({ "Person": person }));
    }
    let found = client.get("Persons/GetByExternalPersonIds?externalPersonIds=A+B&externalPersonIds=C%26D");
    assert_eq!(found.as_array().unwrap().len(), 2);
    for (query, value) in
        [("externalPersonIds=X", "X"), ("externalPersonIds=A%20B&externalPersonIds=X", "X"), ("", "")]
    {
        let path = format!("Persons/GetByExternalPersonIds?{query}");
        let message = client.refused(400, "GET", &path, Value::Null);
        assert_eq!(message, format!("Invalid value ({value}) for parameter externalPersonIds."));
    }
    client.refused(400, "GET", "Persons/GetByExternalPersonIds?externalPersonId=A", Value::Null);
}

#[test]
fn zones_must_exist() {
    let client = Client::new();
    let insert = |zone: String| json!({ "Person": { "Person_ID": Client::guid(1), "PersonCode": "" }, "ZoneIds": [zone] });
    client.refused(400, "POST", "Persons", insert(Client::guid(9)));
    let zone = client.find("Zones", "Type", &json!(1), "Zone_ID");
    client.ok("POST", "Persons", insert(zone));
}

#[test]
fn a_person_with_keys_or_a_set_code_is_not_deleted() {
    let client = Client::new();
    let with_key = text(&client.get("Persons")[0]["Person_ID"]);
    assert_eq!(client.get(&format!("Persons/{with_key}/CanDelete")), json!(1));
    let message = client.refused(400, "DELETE", &format!("Persons/{with_key}"), Value::Null);
    assert!(message.contains("CanDelete answers 1"), "{message}");
    let id = client.person(1);
    for code in [2, 3, 4, 5, 6, 7, 8, 9, 10, -1] {
        let change = json!({ "CanDelete": code }).as_object().unwrap().clone();
        client.simulator.patch(None, "persons", id.parse().unwrap(), change).unwrap();
        assert_eq!(client.get(&format!("Persons/{id}/CanDelete")), json!(code));
        client.refused(400, "DELETE", &format!("Persons/{id}"), Value::Null);
    }
}

#[test]
fn members_of_a_later_version_survive_a_round_trip() {
    let client = Client::new();
    let id = client.person(1);
    let change = json!({ "FutureMember": { "a": [1, 2] } }).as_object().unwrap().clone();
    client.simulator.patch(None, "persons", id.parse().unwrap(), change).unwrap();
    let mut read = client.get(&format!("Persons/{id}"));
    assert_eq!(read["FutureMember"]["a"], json!([1, 2]));
    read["FirstName"] = json!("Other");
    client.ok("PUT", "Persons", json!({ "Person": read }));
    assert_eq!(client.get(&format!("Persons/{id}")), read);
}

#[test]
fn a_listing_follows_every_change() {
    let client = Client::new();
    let count = || client.get("Persons").as_array().unwrap().len();
    assert_eq!(count(), 4);
    let id = client.person(1);
    assert_eq!(count(), 5);
    let change = json!({ "FirstName": "Manager's" }).as_object().unwrap().clone();
    client.simulator.patch(None, "persons", id.parse().unwrap(), change).unwrap();
    assert!(
        client.get("Persons").as_array().unwrap().iter().any(|person| person["FirstName"] == "Manager's")
    );
    client.ok("DELETE", &format!("Persons/{id}"), Value::Null);
    assert_eq!(count(), 4);
}

#[test]
fn the_same_seed_gives_the_same_people() {
    let seed = Seed { persons: 30, ..Seed::default() };
    assert_eq!(Simulator::new(&seed).snapshot(), Simulator::new(&seed).snapshot());
    let other = Seed { seed: 2, ..seed.clone() };
    assert_ne!(Simulator::new(&seed).snapshot(), Simulator::new(&other).snapshot());
}

#[test]
fn fifty_thousand_persons_are_listed() {
    let client = Client::with(&Seed { persons: 50_000, ..Seed::default() });
    let first = client.call("GET", "Persons", Value::Null);
    assert_eq!(first.json().as_array().unwrap().len(), 50_000);
    let again = client.call("GET", "Persons", Value::Null);
    assert_eq!(first.body.as_ptr(), again.body.as_ptr(), "the listing is kept until something changes");
}

//! Saving and deleting single users: the answers, and the calls that iLOQ sees.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Action, Fault, Seed};

use crate::support::{SYSTEM, World, settings};

/// A world whose session is open and whose default zone is known, so that counts are those of daily work.
fn warm() -> World {
    let world = World::set_up(&Seed { persons: 0, ..Seed::default() });
    world.put(&world.of("users/warm-up"), json!({ "firstName": "Warm", "lastName": "Up" })).expect(201);
    world.simulator.reset_calls();
    world
}

fn operations(world: &World) -> Vec<&'static str> {
    let calls = world.simulator.calls().iter().map(|c| c.operation).collect();
    world.simulator.reset_calls();
    calls
}

/// The only person of that name in iLOQ.
fn person(world: &World, last_name: &str) -> Value {
    let state = world.simulator.snapshot();
    let mut found = Vec::new();
    collect(&state, last_name, &mut found);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

fn collect(value: &Value, last_name: &str, found: &mut Vec<Value>) {
    match value {
        Value::Object(map) => {
            if map.get("LastName").and_then(Value::as_str) == Some(last_name) {
                found.push(value.clone());
            }
            map.values().for_each(|v| collect(v, last_name, found));
        }
        Value::Array(items) => items.iter().for_each(|v| collect(v, last_name, found)),
        _ => {}
    }
}

fn anna() -> Value {
    json!({
        "firstName": "Anna", "lastName": "Åkesson", "email": "anna@example.com", "mobilePhone": "+358401234567",
        "personCode": "A-1", "companyName": "Example Oy", "workTitle": "Tester", "language": "FIN",
    })
}

#[test]
fn a_new_user_is_a_lookup_and_a_post() {
    let world = warm();
    let user = world.put(&world.of("users/anna"), anna()).expect(201);
    assert_eq!(operations(&world), ["Persons_GetPersonsByExternalPersonIds", "Persons_Insert"]);
    assert_eq!(user["iloq"]["state"], "linked");
    assert_eq!(user["origin"], "portal");
    let person = person(&world, "Åkesson");
    assert_eq!(person["ExternalPersonId"], "anna");
    assert_eq!(person["eMail"], "anna@example.com");
    assert_eq!(person["Phone1"], "+358401234567");
    assert_eq!(person["PersonCode"], "A-1");
    assert_eq!(user["iloq"]["personId"], person["Person_ID"]);
    assert_eq!(world.get(&world.of("users/anna")).expect(200), user);
}

#[test]
fn the_first_user_costs_the_login_the_default_zone_and_a_listing() {
    let world = World::set_up(&Seed { persons: 0, ..Seed::default() });
    world.put(&world.of("users/anna"), anna()).expect(201);
    let calls = operations(&world);
    let data: Vec<_> =
        calls.into_iter().filter(|c| c.starts_with("Persons_") || c.starts_with("Zones_")).collect();
    assert_eq!(
        data,
        [
            "Persons_GetPersonsByExternalPersonIds",
            "Persons_GetAllPersons",
            "Zones_GetAllZones",
            "Persons_Insert"
        ]
    );
}

#[test]
fn an_unchanged_save_calls_nobody_and_writes_nothing() {
    let world = warm();
    let user = world.put(&world.of("users/anna"), anna()).expect(201);
    world.simulator.reset_calls();
    for body in [anna(), json!({}), user.clone()] {
        assert_eq!(world.put(&world.of("users/anna"), body).expect(200), user);
    }
    assert_eq!(operations(&world), [""; 0]);
}

#[test]
fn a_change_reads_merges_and_writes_and_keeps_what_only_iloq_knows() {
    let world = warm();
    world.put(&world.of("users/anna"), anna()).expect(201);
    let id = person(&world, "Åkesson")["Person_ID"].as_str().unwrap().parse().unwrap();
    let edit = json!({ "Address": "Street 1", "WorkTitle": "Chief", "Description": "by hand" });
    world.simulator.patch(None, "persons", id, edit.as_object().unwrap().clone()).unwrap();
    world.simulator.reset_calls();
    let user =
        world.put(&world.of("users/anna"), json!({ "email": null, "companyName": "New Ab" })).expect(200);
    assert_eq!(operations(&world), ["Persons_GetPerson", "Persons_Update"]);
    assert_eq!(user["workTitle"], "Chief", "iLOQ's change is taken over");
    assert!(user.get("email").is_none());
    let person = person(&world, "Åkesson");
    assert_eq!(person["CompanyName"], "New Ab");
    assert_eq!(person["eMail"], "");
    assert_eq!(person["Address"], "Street 1");
    assert_eq!(person["Description"], "by hand");
}

#[test]
fn whoever_waits_can_be_tried_now_and_given_up_by_hand() {
    let world = warm();
    world.http.down.set(true);
    let users: Vec<_> = (0..150).map(|n| world.of(&format!("users/u{n}"))).collect();
    for user in &users {
        world.put(user, anna()).expect(202);
    }
    world.http.down.set(false);
    let retries =
        || world.get(&world.of("retries?limit=1000")).expect(200)["items"].as_array().unwrap().clone();
    let waiting = retries();
    assert_eq!(waiting.len(), users.len());
    for (n, retry) in waiting.iter().enumerate() {
        let path = world.of(&format!("retries/{}", retry["id"].as_str().unwrap()));
        if n % 2 == 0 {
            assert_eq!(world.post(&path, json!({})).expect(200)["outcome"], "done");
        } else {
            world.delete(&path).expect(204);
        }
    }
    assert_eq!(retries(), [json!(null); 0]);
}

#[test]
fn null_clears_all_information_fields() {
    let world = warm();
    let with =
        json!({ "firstName": "Anna", "infoFields": { "E-mail": "anna@example.com", "Car": "ABC-123" } });
    let user = world.put(&world.of("users/anna"), with).expect(201);
    assert_eq!((&user["email"], &user["infoFields"]["Car"]), (&json!("anna@example.com"), &json!("ABC-123")));
    let user = world.put(&world.of("users/anna"), json!({ "infoFields": null })).expect(200);
    assert!(user.get("infoFields").is_none() && user.get("email").is_none(), "{user:#}");
    let both = json!({ "infoFields": null, "email": "anna@example.org" });
    let user = world.put(&world.of("users/anna"), both).expect(200);
    assert_eq!(user["email"], "anna@example.org", "a direct member wins");
}

#[test]
fn iloq_down_means_pending_and_the_retry_job_brings_it() {
    let world = warm();
    world.http.down.set(true);
    let user = world.put(&world.of("users/anna"), anna()).expect(202);
    assert_eq!(user["iloq"]["state"], "pending");
    assert_eq!(user["iloq"]["problem"]["code"], "iloq-unavailable");
    let retries = world.get(&world.of("retries")).expect(200);
    assert_eq!(retries["items"][0]["user"], "anna");
    assert_eq!(retries["items"][0]["kind"], "save-user");
    world.http.down.set(false);
    world.post("/v1/jobs/retry", json!({})).expect(200);
    assert_eq!(world.get(&world.of("users/anna")).expect(200)["iloq"]["state"], "pending", "not due yet");
    world.advance(Duration::from_secs(70));
    let answer = world.post("/v1/jobs/retry", json!({})).expect(200);
    assert_eq!(answer["systems"][0]["counts"]["done"], 1, "{answer:#}");
    assert_eq!(world.get(&world.of("users/anna")).expect(200)["iloq"]["state"], "linked");
    assert_eq!(world.get(&world.of("retries")).expect(200)["items"], json!([]));
    person(&world, "Åkesson");
}

#[test]
fn a_retry_is_tried_at_once_or_given_up_on_demand() {
    let world = warm();
    world.http.down.set(true);
    world.put(&world.of("users/anna"), anna()).expect(202);
    let id = world.get(&world.of("retries")).expect(200)["items"][0]["id"].as_str().unwrap().to_owned();
    let again = world.post(&world.of(&format!("retries/{id}")), json!({})).expect(202);
    assert_eq!(again["retry"]["tries"], 2);
    world.http.down.set(false);
    world.post(&world.of(&format!("retries/{id}")), json!({})).expect(200);
    assert_eq!(world.get(&world.of("users/anna")).expect(200)["iloq"]["state"], "linked");
    world.post(&world.of(&format!("retries/{id}")), json!({})).expect(404);
}

#[test]
fn a_lost_answer_is_read_back_and_makes_no_second_person() {
    for fault in [Fault::on("Persons_Insert", Action::Drop), Fault::on("Persons_Insert", Action::Garbage)] {
        let world = warm();
        world.simulator.add_fault(Fault { after_effect: true, times: Some(1), ..fault });
        let user = world.put(&world.of("users/anna"), anna()).expect(201);
        assert_eq!(user["iloq"]["state"], "linked");
        person(&world, "Åkesson");
    }
}

#[test]
fn a_refused_login_suspends_until_the_settings_are_put_again() {
    let world = World::set_up(&Seed { persons: 0, ..Seed::default() });
    let mut wrong = settings();
    wrong["password"] = json!("wrong");
    world.put(world.of("").trim_end_matches('/'), wrong).expect(200);
    let user = world.put(&world.of("users/anna"), anna()).expect(202);
    assert_eq!(user["iloq"]["problem"]["code"], "iloq-login-refused");
    assert_eq!(user["iloq"]["problem"]["iloq"]["result"], 5);
    let system = world.get(&format!("/v1/systems/{SYSTEM}")).expect(200);
    assert_eq!(system["state"], "suspended");
    world.simulator.reset_calls();
    let second = world.put(&world.of("users/bea"), json!({ "firstName": "Bea" })).expect(202);
    assert_eq!(second["iloq"]["problem"]["code"], "system-suspended");
    assert_eq!(world.post(&world.of("users/sync"), json!({})).code(), "system-suspended");
    assert_eq!(operations(&world), [""; 0], "no further login");
    world.put(&format!("/v1/systems/{SYSTEM}"), settings()).expect(200);
    world.advance(Duration::from_secs(4_000));
    world.post("/v1/jobs/retry", json!({})).expect(200);
    for user in ["anna", "bea"] {
        assert_eq!(world.get(&world.of(&format!("users/{user}"))).expect(200)["iloq"]["state"], "linked");
    }
}

#[test]
fn a_dead_session_is_replaced_and_the_request_replayed_once() {
    let world = warm();
    world.simulator.expire_sessions();
    world.put(&world.of("users/anna"), anna()).expect(201);
    let calls = operations(&world);
    assert_eq!(calls.iter().filter(|c| **c == "Authentication_CreateSession").count(), 1);
    assert_eq!(calls.iter().filter(|c| **c == "Persons_Insert").count(), 1);
    assert_eq!(world.simulator.session_count(), 1);
}

#[test]
fn deleting_asks_first_and_a_refusal_brings_the_user_back() {
    let world = warm();
    world.put(&world.of("users/anna"), anna()).expect(201);
    let id = person(&world, "Åkesson")["Person_ID"].as_str().unwrap().parse().unwrap();
    world
        .simulator
        .patch(None, "persons", id, json!({ "CanDelete": 2 }).as_object().unwrap().clone())
        .unwrap();
    world.simulator.reset_calls();
    let answer = world.delete(&world.of("users/anna")).expect(200);
    assert_eq!(operations(&world), ["Persons_CanDelete"]);
    assert_eq!(answer["outcome"], "undeletable");
    assert_eq!(answer["reason"]["check"], "CanDelete");
    assert_eq!(answer["reason"]["result"], 2);
    assert_eq!(world.get(&world.of("users/anna")).expect(200)["iloq"]["state"], "undeletable");
    let changes = world.get(&world.of("changes")).expect(200);
    assert_eq!(changes["items"][0]["type"], "user.restored");
    world
        .simulator
        .patch(None, "persons", id, json!({ "CanDelete": 0 }).as_object().unwrap().clone())
        .unwrap();
    world.simulator.reset_calls();
    assert_eq!(world.delete(&world.of("users/anna")).expect(200)["outcome"], "deleted");
    assert_eq!(operations(&world), ["Persons_CanDelete", "Persons_Delete"]);
    world.get(&world.of("users/anna")).expect(404);
    assert_eq!(world.delete(&world.of("users/anna")).expect(200)["outcome"], "alreadyGone");
    assert_eq!(world.delete(&world.of("users/nobody")).expect(404)["code"], "unknown-user");
}

#[test]
fn a_user_made_again_is_another_person() {
    let world = warm();
    let first = world.put(&world.of("users/anna"), anna()).expect(201);
    world.delete(&world.of("users/anna")).expect(200);
    let second = world.put(&world.of("users/anna"), anna()).expect(201);
    assert_ne!(first["iloq"]["personId"], second["iloq"]["personId"]);
}

#[test]
fn a_deletion_that_could_not_reach_iloq_is_done_by_the_job() {
    let world = warm();
    world.put(&world.of("users/anna"), anna()).expect(201);
    world.http.down.set(true);
    assert_eq!(world.delete(&world.of("users/anna")).expect(202)["outcome"], "pending");
    world.get(&world.of("users/anna")).expect(404);
    world.http.down.set(false);
    world.advance(Duration::from_secs(70));
    world.post("/v1/jobs/retry", json!({})).expect(200);
    assert!(!world.simulator.snapshot().to_string().contains("Åkesson"));
}

#[test]
fn names_are_proposed_linked_or_left_alone() {
    for (mode, state) in [("propose", "conflict"), ("link", "linked"), ("off", "linked")] {
        let world = World::set_up(&Seed { persons: 0, ..Seed::default() });
        let person =
            json!({ "FirstName": " anna", "LastName": "ÅKESSON", "PersonCode": "", "ExternalPersonId": "" });
        let id = world.simulator.add(None, "persons", person.as_object().unwrap().clone()).unwrap();
        let mut with = settings();
        with["matching"] = json!(mode);
        world.put(&format!("/v1/systems/{SYSTEM}"), with).expect(200);
        let user = world.put(&world.of("users/anna"), anna()).expect(201);
        assert_eq!(user["iloq"]["state"], state, "{mode}: {user:#}");
        match mode {
            "propose" => {
                let candidates = &user["iloq"]["problem"]["candidates"];
                assert_eq!(candidates[0]["personId"], id.to_string());
                let linked = world
                    .post(&world.of("users/anna/resolve"), json!({ "personId": id.to_string() }))
                    .expect(200);
                assert_eq!(linked["iloq"]["state"], "linked");
                assert_eq!(linked["iloq"]["externalPersonId"], "anna");
            }
            "link" => assert_eq!(user["iloq"]["personId"], id.to_string()),
            _ => assert_ne!(user["iloq"]["personId"], id.to_string()),
        }
    }
}

#[test]
fn a_conflict_may_be_resolved_by_a_new_person() {
    let world = World::set_up(&Seed { persons: 0, ..Seed::default() });
    let person =
        json!({ "FirstName": "Anna", "LastName": "Åkesson", "PersonCode": "", "ExternalPersonId": "hr-7" });
    world.simulator.add(None, "persons", person.as_object().unwrap().clone()).unwrap();
    world.put(&world.of("users/anna"), anna()).expect(201);
    let user = world.post(&world.of("users/anna/resolve"), json!({ "create": true })).expect(200);
    assert_eq!(user["iloq"]["state"], "linked");
    assert_eq!(user["iloq"]["externalPersonId"], "anna");
    assert_eq!(
        world.post(&world.of("users/anna/resolve"), json!({ "create": true })).code(),
        "user-conflict"
    );
}

#[test]
fn keys_stop_a_deletion_unless_they_are_to_be_removed() {
    let world = World::set_up(&Seed { persons: 4, keys_per_person: 2, ..Seed::default() });
    world.post(&world.of("users/sync"), json!({})).expect(200);
    assert!(world.simulator.snapshot().to_string().contains(r#""KeyTypeMask":6"#), "the seed has phone keys");
    for user in world.get(&world.of("users")).expect(200)["items"].as_array().unwrap() {
        let path = world.of(&format!("users/{}", user["id"].as_str().unwrap()));
        let refused = world.delete(&path).expect(200);
        assert_eq!((&refused["outcome"], &refused["reason"]["result"]), (&json!("undeletable"), &json!(1)));
        let gone = world.delete(&format!("{path}?removeKeys=true")).expect(200);
        assert_eq!(gone["outcome"], "deleted", "{gone:#}");
    }
    assert_eq!(world.simulator.ids(None, "persons").len(), 0);
}

#[test]
fn a_save_that_replaces_iloqs_change_tells_what_was_lost() {
    let world = warm();
    world.put(&world.of("users/anna"), anna()).expect(201);
    let id = person(&world, "Åkesson")["Person_ID"].as_str().unwrap().parse().unwrap();
    let edit = json!({ "CompanyName": "Manager's Oy" });
    world.simulator.patch(None, "persons", id, edit.as_object().unwrap().clone()).unwrap();
    world.put(&world.of("users/anna"), json!({ "companyName": "Portal's Oy" })).expect(200);
    let changes = world.get(&world.of("changes")).expect(200);
    let change = &changes["items"][0];
    assert_eq!((&change["type"], &change["user"]), (&json!("user.conflict"), &json!("anna")), "{changes:#}");
    assert_eq!(
        change["data"]["fields"]["companyName"],
        json!({ "iloq": "Manager's Oy", "portal": "Portal's Oy" })
    );
}

#[test]
fn what_a_retry_takes_from_iloq_is_told() {
    let world = warm();
    world.put(&world.of("users/anna"), anna()).expect(201);
    let id = person(&world, "Åkesson")["Person_ID"].as_str().unwrap().parse().unwrap();
    let edit = json!({ "WorkTitle": "Chief" });
    world.simulator.patch(None, "persons", id, edit.as_object().unwrap().clone()).unwrap();
    world.http.down.set(true);
    world.put(&world.of("users/anna"), json!({ "companyName": "New Oy" })).expect(202);
    world.http.down.set(false);
    world.advance(Duration::from_secs(70));
    world.post("/v1/jobs/retry", json!({})).expect(200);
    let changes = world.get(&world.of("changes")).expect(200);
    assert_eq!(changes["items"][0]["type"], "user.updated", "{changes:#}");
    assert_eq!(changes["items"][0]["data"]["fields"], json!(["workTitle"]));
}

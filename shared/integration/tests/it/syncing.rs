//! The full two-way sync: what iLOQ sees, what the portal is told, what the brake holds.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Action, Fault, Seed, UserChange};

use crate::support::{SYSTEM, World, settings};

fn sync(world: &World) -> Value {
    world.post(&world.of("users/sync"), json!({})).expect(200)
}

fn seeded(persons: usize) -> World {
    World::set_up(&Seed { persons, keys_per_person: 0, ..Seed::default() })
}

fn counts(answer: &Value) -> Vec<(String, u64)> {
    let counts = answer["counts"].as_object().unwrap();
    counts.iter().map(|(n, c)| (n.clone(), c.as_u64().unwrap())).filter(|(_, c)| *c > 0).collect()
}

fn count(name: &str, n: u64) -> Vec<(String, u64)> {
    vec![(name.to_owned(), n)]
}

fn writes(world: &World) -> usize {
    world.simulator.calls().iter().filter(|call| call.effect).count()
}

fn persons(world: &World) -> usize {
    world.simulator.ids(None, "persons").len()
}

fn patch(world: &World, person: &str, change: &Value) {
    let id = person.parse().unwrap();
    world.simulator.patch(None, "persons", id, change.as_object().unwrap().clone()).unwrap();
}

fn users(world: &World) -> Vec<Value> {
    let mut all = Vec::new();
    let mut path = world.of("users?limit=7");
    loop {
        let page = world.get(&path).expect(200);
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next"].as_str() {
            Some(next) => path = world.of(&format!("users?limit=7&cursor={next}")),
            None => return all,
        }
    }
}

#[test]
fn the_first_sync_imports_and_the_second_does_nothing() {
    let world = seeded(40);
    let first = sync(&world);
    assert_eq!(counts(&first), count("imported", 40));
    assert_eq!(first["run"]["state"], "done");
    assert_eq!(first["items"].as_array().unwrap().len(), 40);
    let all = users(&world);
    assert_eq!(all.len(), 40);
    assert!(all.iter().all(|u| u["origin"] == "iloq" && u["iloq"]["state"] == "linked"));
    let changes = world.get(&world.of("changes?limit=1000")).expect(200);
    assert_eq!(changes["items"].as_array().unwrap().len(), 40);
    assert_eq!(writes(&world), 0);
    world.simulator.reset_calls();
    let second = sync(&world);
    assert_eq!(counts(&second), count("unchanged", 40));
    let calls: Vec<_> = world.simulator.calls().iter().map(|c| c.operation).collect();
    assert_eq!(calls, ["Persons_GetAllPersons"]);
    let after = changes["next"].as_str().unwrap();
    let none = world.get(&world.of(&format!("changes?after={after}"))).expect(200);
    assert_eq!(none["items"], json!([]));
}

#[test]
fn each_side_gets_what_the_other_changed() {
    let world = seeded(3);
    sync(&world);
    let all = users(&world);
    let id = |n: usize| all[n]["id"].as_str().unwrap().to_owned();
    let person = |n: usize| all[n]["iloq"]["personId"].as_str().unwrap().to_owned();
    patch(&world, &person(0), &json!({ "WorkTitle": "from iLOQ" }));
    world.http.down.set(true);
    world.put(&world.of(&format!("users/{}", id(1))), json!({ "workTitle": "from the portal" })).expect(202);
    world.put(&world.of(&format!("users/{}", id(2))), json!({ "workTitle": "portal's" })).expect(202);
    world.http.down.set(false);
    patch(&world, &person(2), &json!({ "WorkTitle": "iLOQ's", "CompanyName": "Other Ab" }));
    let answer = sync(&world);
    assert_eq!(counts(&answer), count("updated", 3), "{answer:#}");
    let title = |n: usize| world.get(&world.of(&format!("users/{}", id(n)))).expect(200)["workTitle"].clone();
    assert_eq!([title(0), title(1), title(2)], ["from iLOQ", "from the portal", "portal's"]);
    let iloq = world.simulator.snapshot().to_string();
    assert!(iloq.contains("from the portal") && iloq.contains("portal's") && !iloq.contains("iLOQ's"));
    let changes = world.get(&world.of("changes?limit=1000")).expect(200);
    let told = |id: &str, kind: &str| {
        changes["items"].as_array().unwrap().iter().any(|c| c["user"] == id && c["type"] == kind)
    };
    assert!(told(&id(0), "user.updated"));
    assert!(told(&id(2), "user.updated"), "the other company is new to the portal");
    assert!(told(&id(2), "user.conflict"), "both changed the title");
    world.simulator.reset_calls();
    assert_eq!(counts(&sync(&world)), count("unchanged", 3));
    assert_eq!(writes(&world), 0);
}

#[test]
fn a_user_deleted_in_iloq_stays_and_is_never_made_again_by_itself() {
    let world = seeded(6);
    sync(&world);
    let gone = users(&world)[0].clone();
    let person = gone["iloq"]["personId"].as_str().unwrap().parse().unwrap();
    world.simulator.remove(None, "persons", person).unwrap();
    let answer = sync(&world);
    assert_eq!(answer["counts"]["gone"], 1, "{answer:#}");
    let path = world.of(&format!("users/{}", gone["id"].as_str().unwrap()));
    assert_eq!(world.get(&path).expect(200)["iloq"]["state"], "gone");
    world.put(&path, json!({ "workTitle": "still here" })).expect(200);
    assert_eq!(counts(&sync(&world)), count("unchanged", 6));
    assert_eq!(persons(&world), 5);
    let again = world.post(&format!("{path}/resolve"), json!({ "create": true })).expect(200);
    assert_eq!(again["iloq"]["state"], "linked");
    assert_ne!(again["iloq"]["personId"], gone["iloq"]["personId"]);
    assert_eq!(persons(&world), 6);
}

#[test]
fn a_list_that_makes_no_sense_makes_nobody_gone() {
    let world = seeded(4);
    sync(&world);
    world.simulator.add_fault(Fault::on("Persons_GetAllPersons", Action::WrongType));
    let answer = world.post(&world.of("users/sync"), json!({}));
    assert_eq!((answer.status, answer.code()), (502, "iloq-unexpected-answer"));
    world.simulator.set_faults(Vec::new());
    assert!(users(&world).iter().all(|u| u["iloq"]["state"] == "linked"));
    assert_eq!(counts(&sync(&world)), count("unchanged", 4));
}

#[test]
fn many_at_once_are_held_until_somebody_allows_them() {
    let world = seeded(30);
    sync(&world);
    for user in &users(&world)[..10] {
        let person = user["iloq"]["personId"].as_str().unwrap().parse().unwrap();
        world.simulator.remove(None, "persons", person).unwrap();
    }
    let answer = sync(&world);
    assert_eq!(answer["run"]["state"], "halted");
    assert_eq!(answer["held"].as_array().unwrap().len(), 10);
    assert_eq!(answer["counts"]["gone"], 0);
    let run = answer["run"]["id"].as_str().unwrap();
    let allowed = world.post(&world.of("users/sync"), json!({ "allowRemovals": run })).expect(200);
    assert_eq!(allowed["run"]["state"], "done", "{allowed:#}");
    assert_eq!(allowed["counts"]["gone"], 10);
}

/// Which person it is has to be decided, also if these are not to be seen any more.
#[test]
fn nobody_is_made_anew_because_the_candidates_are_out_of_sight() {
    let world = seeded(3);
    let other = world.simulator.ids(None, "zones")[1];
    let person = json!({ "FirstName": "Zora", "LastName": "Zeta", "zones": [other] });
    world.simulator.add(None, "persons", person.as_object().unwrap().clone()).unwrap();
    sync(&world);
    world.put(&world.of("users/zora"), json!({ "firstName": "Zora", "lastName": "Zeta" }));
    let state = |world: &World| world.get(&world.of("users/zora")).expect(200)["iloq"]["state"].clone();
    assert_eq!(state(&world), "conflict");
    let there = persons(&world);
    let seen: Vec<_> = world.simulator.ids(None, "zones").into_iter().filter(|zone| *zone != other).collect();
    for zones in [seen, Vec::new()] {
        let change = UserChange { zones: Some(zones.into_iter().collect()), ..UserChange::default() };
        world.simulator.change_user("api", change).unwrap();
        for _ in 0..2 {
            sync(&world);
            assert_eq!((state(&world), persons(&world)), (json!("conflict"), there));
        }
    }
}

#[test]
fn the_missing_are_held_if_the_api_user_sees_less_than_before() {
    let world = seeded(6);
    sync(&world);
    let zones = world.simulator.ids(None, "zones");
    let change = UserChange { zones: Some(zones[..1].iter().copied().collect()), ..UserChange::default() };
    world.simulator.change_user("api", change).unwrap();
    let answer = sync(&world);
    assert_eq!(answer["counts"]["gone"], 0, "{answer:#}");
    assert!(users(&world).iter().all(|u| u["iloq"]["state"] == "linked"));
    assert_eq!(answer["run"]["state"], "halted");
}

#[test]
fn a_dry_run_writes_nothing_anywhere_but_its_record() {
    let world = seeded(5);
    world.http.down.set(true);
    world.put(&world.of("users/anna"), json!({ "firstName": "Anna", "lastName": "New" })).expect(202);
    world.http.down.set(false);
    let answer = world.post(&world.of("users/sync"), json!({ "dryRun": true })).expect(200);
    assert_eq!(answer["dryRun"], true);
    assert_eq!(answer["counts"]["imported"], 5);
    assert_eq!(answer["counts"]["created"], 1);
    assert!(answer["items"].as_array().unwrap().iter().all(|i| i["outcome"] == "planned"));
    assert_eq!(writes(&world), 0);
    assert_eq!(users(&world).len(), 1);
    let real = sync(&world);
    assert_eq!((&real["counts"]["imported"], &real["counts"]["created"]), (&json!(5), &json!(1)));
}

#[test]
fn one_users_failure_stops_nobody_else_and_is_retried_alone() {
    let world = seeded(2);
    world.http.down.set(true);
    for user in ["anna", "bea", "cleo"] {
        world.put(&world.of(&format!("users/{user}")), json!({ "firstName": user })).expect(202);
    }
    world.http.down.set(false);
    let refuse = Action::Status { status: 400, code: None, message: None, retry_after: None };
    world.simulator.add_fault(Fault::on("Persons_Insert", refuse).nth(2));
    let answer = sync(&world);
    assert_eq!(
        (&answer["counts"]["created"], &answer["counts"]["failed"]),
        (&json!(2), &json!(1)),
        "{answer:#}"
    );
    assert_eq!(answer["run"]["state"], "done");
    let retries = world.get(&world.of("retries")).expect(200);
    assert_eq!(retries["items"].as_array().unwrap().len(), 1);
    world.advance(Duration::from_secs(130));
    let job = world.post("/v1/jobs/retry", json!({})).expect(200);
    assert_eq!(job["systems"][0]["counts"]["done"], 1, "{job:#} {retries:#}");
    assert!(users(&world).iter().all(|u| u["iloq"]["state"] == "linked"), "{:#}", json!(users(&world)));
    assert_eq!(persons(&world), 5);
}

#[test]
fn an_adopted_import_answers_under_its_new_id() {
    let world = seeded(3);
    sync(&world);
    let import = users(&world)[0].clone();
    let old = import["id"].as_str().unwrap();
    let person = import["iloq"]["personId"].as_str().unwrap();
    let anna = world.put(&world.of("users/anna"), json!({ "iloqPersonId": person })).expect(201);
    assert_eq!(anna["lastName"], import["lastName"]);
    assert_eq!(anna["iloq"]["personId"], person);
    let moved = world.get(&world.of(&format!("users/{old}"))).expect(404);
    assert_eq!(moved["movedTo"], "anna");
    let changes = world.get(&world.of("changes?limit=1000")).expect(200);
    assert_eq!(changes["items"].as_array().unwrap().last().unwrap()["type"], "user.adopted");
    assert_eq!(counts(&sync(&world)), count("unchanged", 3));
    let second = world.put(&world.of("users/bea"), json!({ "iloqPersonId": person }));
    assert_eq!((second.status, second.code()), (409, "user-conflict"), "{:#}", second.body);
}

#[test]
fn an_outage_in_the_middle_counts_and_loses_nothing() {
    let world = seeded(2);
    world.http.down.set(true);
    for n in 0..20 {
        world.put(&world.of(&format!("users/u{n}")), json!({ "firstName": format!("U{n}") })).expect(202);
    }
    world.http.down.set(false);
    let away = Action::Status { status: 503, code: None, message: None, retry_after: None };
    world.simulator.add_fault(Fault { skip: 5, ..Fault::on("Persons_Insert", away) });
    let answer = sync(&world);
    assert!(answer["counts"]["failed"].as_u64().unwrap() > 0, "{answer:#}");
    world.simulator.set_faults(Vec::new());
    let answer = sync(&world);
    assert_eq!(answer["counts"]["failed"], 0);
    assert_eq!(persons(&world), 22);
}

#[test]
fn a_sync_that_does_not_fit_is_cut_and_goes_on() {
    let world = seeded(0);
    world.http.down.set(true);
    for n in 0..120 {
        world.put(&world.of(&format!("users/u{n:03}")), json!({ "firstName": format!("U{n}") })).expect(202);
    }
    world.http.down.set(false);
    let slow = simulator::Settings { latency_ms: 2_000, ..world.simulator.settings() };
    world.simulator.set_settings(slow);
    world.simulator.reset_calls();
    let first = world.post(&world.of("users/sync"), json!({}));
    assert_eq!(first.status, 202, "{:#}", first.body);
    assert_eq!(first.body["run"]["state"], "incomplete");
    let run = first.body["run"]["id"].as_str().unwrap().to_owned();
    assert!(first.header("location").unwrap().ends_with(&format!("/runs/{run}")));
    let mut calls = 1;
    let last = loop {
        let answer = world.post(&world.of("users/sync"), json!({}));
        calls += 1;
        if answer.status == 200 {
            break answer.body;
        }
        assert!(calls < 20);
    };
    assert_eq!(last["run"]["id"], run.as_str(), "the same run goes on");
    assert_eq!(last["counts"]["created"], 120);
    let counters = world.simulator.calls();
    assert_eq!(counters.iter().filter(|c| c.operation == "Persons_Insert").count(), 120, "no write twice");
    assert_eq!(counters.iter().filter(|c| c.operation == "Persons_GetAllPersons").count(), calls);
    let items = world.get(&world.of(&format!("runs/{run}/items?limit=1000"))).expect(200);
    assert_eq!(items["items"].as_array().unwrap().len(), 120);
}

#[test]
fn a_sync_needs_to_know_where_the_email_is() {
    let world = seeded(1);
    let mut without = settings();
    without.as_object_mut().unwrap().remove("infoFields");
    world.put(&format!("/v1/systems/{SYSTEM}"), without).expect(200);
    let answer = world.post(&world.of("users/sync"), json!({}));
    assert_eq!((answer.status, answer.code()), (409, "setup-incomplete"));
    world.put(&world.of("users/anna"), json!({ "firstName": "Anna" })).expect(201);
}

#[test]
fn a_no_change_sync_reads_few_values() {
    let world = seeded(2_000);
    sync(&world);
    let (reads, writes) = (world.store.reads.get(), world.store.writes.get());
    assert_eq!(counts(&sync(&world)), count("unchanged", 2_000));
    let (reads, writes) = (world.store.reads.get() - reads, world.store.writes.get() - writes);
    assert!(reads < 120, "{reads} reads");
    assert!(writes < 20, "{writes} writes");
}

//! Systems: settings, their secrets, the check, removal.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulator::{Action, Fault, Seed, UserChange};

use crate::support::{SYSTEM, World, settings};

const PATH: &str = "/v1/systems/house";

fn world() -> World {
    World::set_up(&Seed { persons: 0, ..Seed::default() })
}

/// The settings with some members changed.
fn changed(changes: Value) -> Value {
    let mut settings = settings();
    let (Value::Object(settings_members), Value::Object(changes)) = (&mut settings, changes) else {
        unreachable!()
    };
    for (name, value) in changes {
        if value == json!("absent") {
            settings_members.remove(&name);
        } else {
            settings_members.insert(name, value);
        }
    }
    settings
}

fn check(world: &World) -> BTreeMap<String, (String, String)> {
    let answer = world.post(&world.of("check"), json!({})).expect(200);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let rows = answer["checks"].as_array().unwrap();
    let failed = rows.iter().any(|row| row["status"] == "fail");
    assert_eq!(answer["ok"], json!(!failed), "{answer:#}");
    assert_eq!(rows.len(), 14);
    rows.iter()
        .map(|row| {
            (
                text(&row["id"]),
                (text(&row["status"]), format!("{} {}", text(&row["detail"]), text(&row["fix"]))),
            )
        })
        .collect()
}

/// The checks that neither pass nor are the two that always warn.
fn wrong(checks: &BTreeMap<String, (String, String)>) -> Vec<(&str, &str)> {
    let usual = |id: &str, status: &str| status == "warn" && ["licence", "programming-token"].contains(&id);
    let mut wrong = Vec::new();
    for (id, (status, _)) in checks {
        if status != "pass" && !usual(id, status) {
            wrong.push((id.as_str(), status.as_str()));
        }
    }
    wrong
}

fn operations(world: &World) -> Vec<&'static str> {
    let calls = world.simulator.calls().iter().map(|call| call.operation).collect();
    world.simulator.reset_calls();
    calls
}

#[test]
fn settings_are_stored_without_a_call_and_shown_without_secrets() {
    let world = World::new(&Seed::default());
    let put = world.put(PATH, changed(json!({ "apiKey": "key-of-the-gateway" }))).expect(201);
    assert_eq!(put, world.get(PATH).expect(200));
    assert!(world.simulator.calls().is_empty());
    assert_eq!(
        (&put["id"], &put["passwordSet"], &put["apiKeySet"]),
        (&json!("house"), &json!(true), &json!(true))
    );
    assert_eq!(
        (&put["state"], &put["structure"], &put["lastRuns"]),
        (&json!("active"), &json!("single"), &json!({}))
    );
    let stored: Vec<u8> = world.store.snapshot().into_values().flatten().collect();
    for text in
        [put.to_string(), world.log.borrow().join("\n"), String::from_utf8_lossy(&stored).into_owned()]
    {
        assert!(!text.contains("battery") && !text.contains("gateway"));
    }
    // What was answered may be sent back.
    world.put(PATH, put).expect(200);
}

#[test]
fn secrets_stay_for_the_same_login_only() {
    let world = world();
    world.put(PATH, changed(json!({ "apiKey": "k", "name": "New" }))).expect(200);
    let kept = world.put(PATH, changed(json!({ "password": "absent", "name": "Newer" }))).expect(200);
    assert_eq!((&kept["name"], &kept["apiKeySet"]), (&json!("Newer"), &json!(true)));
    let dropped = world.put(PATH, changed(json!({ "password": "absent", "apiKey": null }))).expect(200);
    assert_eq!(dropped["apiKeySet"], json!(false));
    assert_eq!(wrong(&check(&world)), []);

    world.put(PATH, changed(json!({ "apiKey": "k" }))).expect(200);
    for changes in [
        json!({ "userName": "other" }),
        json!({ "serviceCode": "OTHER" }),
        json!({ "serviceAddress": "http://127.0.0.1:8085/other" }),
        json!({ "serviceAddress": "https://s5.iloq.com/iloqws", "apiKey": null }),
    ] {
        let mut body = changed(changes);
        body.as_object_mut().unwrap().remove("password");
        let problem = world.put(PATH, body).expect(422);
        assert_eq!(
            (&problem["code"], &problem["errors"][0]["pointer"]),
            (&json!("invalid-request"), &json!("/password"))
        );
    }
    let moved = changed(json!({ "serviceAddress": "https://s5.iloq.com/iloqws" }));
    assert_eq!(world.put(PATH, moved).expect(422)["errors"][0]["pointer"], "/apiKey");
    let elsewhere =
        world.put(PATH, changed(json!({ "serviceAddress": "https://iloq.com.evil.example" }))).expect(422);
    assert_eq!(
        (&elsewhere["code"], &elsewhere["errors"][0]["pointer"]),
        (&json!("address-not-allowed"), &json!("/serviceAddress"))
    );
}

#[test]
fn systems_are_listed_page_by_page_for_those_whose_token_covers_them() {
    let world = world();
    for id in ["attic", "barn"] {
        world.put(&format!("/v1/systems/{id}"), settings()).expect(201);
    }
    let first = world.get("/v1/systems?limit=2").expect(200);
    let ids =
        |page: &Value| page["items"].as_array().unwrap().iter().map(|i| i["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&first), ["attic", "barn"]);
    let second =
        world.get(&format!("/v1/systems?limit=2&cursor={}", first["next"].as_str().unwrap())).expect(200);
    assert_eq!((ids(&second), &second["next"]), (vec![json!(SYSTEM)], &Value::Null));
    let reader =
        world.call("GET", "/v1/systems", &[("authorization", "Bearer token-of-a-reader")], None).expect(200);
    assert_eq!(ids(&reader), [SYSTEM]);
}

#[test]
fn a_good_system_passes_and_iloq_sees_reads_only() {
    let world = world();
    assert_eq!(wrong(&check(&world)), []);
    let before = world.simulator.snapshot();
    operations(&world);
    assert_eq!(wrong(&check(&world)), []);
    let calls = operations(&world);
    assert!(
        calls.iter().all(|call| !["Insert", "Update", "Delete", "Order"].iter().any(|w| call.contains(w))),
        "{calls:?}"
    );
    assert_eq!(world.simulator.snapshot()["keys"], before["keys"]);
    // The session that the second check opened took the place of the first one's.
    assert_eq!(world.simulator.session_count(), 1);
    let last = &world.get(PATH).expect(200)["state"];
    assert_eq!(last, "active");
}

#[test]
fn what_is_wrong_in_iloq_is_named() {
    for (seed, settings, expected) in [
        (
            Seed { option_mask: 2048, ..Seed::default() },
            json!({}),
            vec![("api-access-rights", "fail"), ("key-handover", "fail")],
        ),
        (
            Seed { time_zone: "GMT Standard Time".to_owned(), ..Seed::default() },
            json!({}),
            vec![("time-zone", "fail")],
        ),
        (Seed { locks: 0, ..Seed::default() }, json!({}), vec![("doors-allow-api-rights", "warn")]),
        (Seed::default(), json!({ "infoFields": {} }), vec![("email-field", "fail")]),
        (
            Seed::default(),
            json!({ "defaults": { "zoneId": "00000000-0000-4000-8000-000000000001" } }),
            vec![("default-zone", "fail")],
        ),
        (
            Seed::default(),
            json!({ "lockGroupId": "00000000-0000-4000-8000-000000000001" }),
            vec![
                ("api-access-rights", "skipped"),
                ("api-enabled", "skipped"),
                ("default-zone", "skipped"),
                ("doors-allow-api-rights", "skipped"),
                ("key-handover", "skipped"),
                ("lock-group", "fail"),
                ("online-devices", "skipped"),
                ("programming-token", "skipped"),
                ("time-zone", "skipped"),
                ("user-rights", "skipped"),
            ],
        ),
    ] {
        let world = World::new(&Seed { persons: 0, ..seed });
        world.put(PATH, changed(settings)).expect(201);
        let checks = check(&world);
        assert_eq!(wrong(&checks), expected, "{checks:#?}");
    }
}

#[test]
fn rights_that_are_missing_are_named_and_a_refusal_in_spite_of_them_is_a_token() {
    // All but EditKeys (524288) and AdministrateLockingSystem (2147483648).
    let rights = Seed::default().rights & !524_288 & !2_147_483_648;
    let world = World::set_up(&Seed { rights, ..Seed::default() });
    let checks = check(&world);
    assert_eq!(wrong(&checks), [("user-rights", "fail")], "{checks:#?}");
    assert!(
        checks["user-rights"].1.contains("AdministrateLockingSystem, EditKeys."),
        "{}",
        checks["user-rights"].1
    );

    let world = self::world();
    for operation in [
        "Zones_GetAllZones",
        "SecurityAccess_GetAllSecurityAccesses",
        "Locks_GetAllLocks",
        "NetworkModules_GetAll",
    ] {
        world.simulator.add_fault(Fault::on(operation, Action::status(403)));
    }
    let checks = check(&world);
    assert_eq!(checks["login"].0, "pass");
    assert_eq!(checks["programming-token"].0, "fail", "{checks:#?}");
}

#[test]
fn an_outage_is_an_answer_too() {
    let world = world();
    world.http.down.set(true);
    let checks = check(&world);
    assert_eq!(checks["service-address"].0, "fail");
    assert!(
        checks.iter().all(|(id, (status, _))| id == "service-address" || status == "skipped"),
        "{checks:#?}"
    );
    world.http.down.set(false);
    assert_eq!(wrong(&check(&world)), []);
}

#[test]
fn a_refused_login_suspends_until_the_settings_are_put_again() {
    let world = world();
    world.put(PATH, changed(json!({ "password": "wrong" }))).expect(200);
    let first = check(&world);
    assert_eq!(first["login"].0, "fail");
    let view = world.get(PATH).expect(200);
    assert_eq!(
        (&view["state"], &view["suspendedBecause"]["code"]),
        (&json!("suspended"), &json!("system-suspended"))
    );

    operations(&world);
    let second = check(&world);
    assert!(second["login"].1.contains("CreateSession 5"), "{second:#?}");
    assert_eq!(second["service-address"].0, "skipped");
    assert!(operations(&world).is_empty(), "no call on a suspended system");

    let put = world.put(PATH, settings()).expect(200);
    assert_eq!((&put["state"], &put["suspendedBecause"]), (&json!("active"), &Value::Null));
    assert_eq!(wrong(&check(&world)), []);
}

#[test]
fn a_deleted_system_is_gone_and_its_session_ended() {
    let world = world();
    check(&world);
    assert_eq!(world.simulator.session_count(), 1);
    world.put(&world.of("users/anna"), json!({ "firstName": "Anna", "lastName": "A" })).expect(201);
    operations(&world);
    world.delete(PATH).expect(204);
    assert_eq!(
        (operations(&world), world.simulator.session_count()),
        (vec!["Authentication_KillSession"], 0)
    );
    assert_eq!(world.get(PATH).expect(404)["code"], "unknown-system");
    world.delete(PATH).expect(404);
    // A later system of that name starts empty.
    world.put(PATH, settings()).expect(201);
    assert_eq!(world.get(&world.of("users")).expect(200)["items"], json!([]));
}

#[test]
fn removal_waits_no_longer_than_two_seconds_for_iloq() {
    let world = world();
    check(&world);
    world.simulator.add_fault(Fault::on("Authentication_KillSession", Action::Hang));
    let before = iloq_client::io::Clock::monotonic(&*world.clock);
    world.delete(PATH).expect(204);
    let took = iloq_client::io::Clock::monotonic(&*world.clock) - before;
    assert!(took.as_secs_f64() <= 2.1, "{took:?}");
    assert_eq!(world.get(PATH).status, 404);
}

#[test]
fn a_user_without_a_password_that_lasts_is_told_so() {
    let world = world();
    world
        .simulator
        .change_user("api", UserChange { login_result: Some(9), ..UserChange::default() })
        .unwrap();
    assert!(check(&world)["login"].1.contains("without expiry"));
}

//! The subscription: made, changed, ended.

use serde_json::{Value, json};
use simulator::{Action, Fault, UserChange};

use super::{
    HOOK, deliver, foreign, house, in_iloq, open_a_door, renew, subscribed, subscription, take_wish, writes,
};
use crate::support::{World, catch_crash};

const ELSEWHERE: &str = "https://other.example/v1/events/house?tenant=7";

fn put(world: &World, body: Value) -> crate::support::Response {
    world.put(&world.of("event-subscription"), body)
}

fn targets(world: &World) -> Vec<String> {
    in_iloq(world).iter().map(|one| one["TargetEndpointUri"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn it_is_made_shown_changed_and_ended() {
    let world = house();
    assert_eq!(world.get(&world.of("event-subscription")).code(), "not-found");
    let made = put(&world, json!({ "targetUrl": HOOK })).expect(201);
    assert_eq!(made["events"], json!(["device_log_arrived", "key_added", "key_blocklisted"]));
    assert_eq!(
        (&made["state"], &made["signKeySet"], &made["targetUrl"]),
        (&json!("active"), &json!(true), &json!(HOOK))
    );
    assert!(made["endsAt"].as_str().unwrap().starts_with("2027-11-23T08:0"), "{made:#}");
    assert_eq!(subscription(&world), made);
    assert_eq!(writes(&world), ["Webhooks_AddSubscription"; 3]);

    let again = put(&world, made.clone()).expect(200);
    assert_eq!(writes(&world), [""; 0], "what is shown can be put, and changes nothing");
    assert_eq!(again["subscriptions"], made["subscriptions"]);

    put(&world, json!({ "targetUrl": ELSEWHERE })).expect(200);
    assert_eq!(writes(&world), ["Webhooks_UpdateSubscription"; 3]);
    assert_eq!(targets(&world), [ELSEWHERE; 3]);

    let fewer =
        put(&world, json!({ "targetUrl": HOOK, "events": ["key_added", "device_log_arrived", "key_added"] }));
    let fewer = fewer.expect(200);
    assert_eq!(fewer["events"], json!(["device_log_arrived", "key_added"]));
    assert_eq!(fewer["subscriptions"].as_array().unwrap().len(), 2, "{fewer:#}");
    assert_eq!(targets(&world), [HOOK; 2]);
    let kept = put(&world, json!({ "targetUrl": HOOK })).expect(200);
    assert_eq!(kept["events"], fewer["events"], "left out: as it is");

    writes(&world);
    world.delete(&world.of("event-subscription")).expect(204);
    assert_eq!(writes(&world), ["Webhooks_DeleteSubscription"; 2]);
    assert_eq!(in_iloq(&world), [json!(null); 0]);
    assert_eq!(world.get(&world.of("event-subscription")).code(), "not-found");
    writes(&world);
    world.delete(&world.of("event-subscription")).expect(204);
    assert!(world.simulator.calls().is_empty(), "nothing to do");
    put(&world, json!({ "targetUrl": HOOK })).expect(201);
    open_a_door(&world);
    assert_eq!(deliver(&world), [204]);
}

#[test]
fn bodies_are_checked_before_anything_is_called() {
    let world = house();
    world.simulator.reset_calls();
    for (body, pointer) in [
        (json!({}), "/targetUrl"),
        (json!({ "targetUrl": null }), "/targetUrl"),
        (json!({ "targetUrl": "http://portal.example/v1/events/house" }), "/targetUrl"),
        (json!({ "targetUrl": "ftp://portal.example/" }), "/targetUrl"),
        (json!({ "targetUrl": "portal.example" }), "/targetUrl"),
        (json!({ "targetUrl": "https://user@portal.example/" }), "/targetUrl"),
        (json!({ "targetUrl": "https://portal.example/#x" }), "/targetUrl"),
        (json!({ "targetUrl": HOOK, "events": [] }), "/events"),
        (json!({ "targetUrl": HOOK, "events": ["key_lost"] }), "/events/0"),
        (json!({ "targetUrl": HOOK, "events": "key_added" }), "/events"),
        (json!({ "targetUrl": HOOK, "signKey": "x" }), "/signKey"),
    ] {
        let answer = put(&world, body.clone());
        assert_eq!((answer.status, answer.code()), (422, "invalid-request"), "{body}");
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{body}: {:#}", answer.body);
    }
    assert!(world.simulator.calls().is_empty());
}

#[test]
fn only_an_administrator_changes_it() {
    let world = subscribed();
    let path = world.of("event-subscription");
    let reader: &[_] = &[("authorization", "Bearer token-of-a-reader")];
    assert_eq!(world.call("GET", &path, reader, None).status, 200);
    assert_eq!(
        world.call("PUT", &path, reader, Some(json!({ "targetUrl": HOOK }))).code(),
        "insufficient-scope"
    );
    assert_eq!(world.call("DELETE", &path, reader, None).code(), "insufficient-scope");
    assert_eq!(world.get("/v1/systems/nowhere/event-subscription").code(), "unknown-system");
    let audit = world.get(&world.of("audit")).expect(200);
    assert!(audit["items"].as_array().unwrap().iter().any(|entry| entry["action"] == "putSubscription"));
}

#[test]
fn the_sign_key_is_nowhere() {
    let world = subscribed();
    let shown = subscription(&world).to_string() + &renew(&world).to_string();
    let stored: String =
        world.store.snapshot().values().map(|value| String::from_utf8_lossy(value).into_owned()).collect();
    let log = world.log.borrow().join("\n");
    for one in in_iloq(&world) {
        let key = one["SignKey"].as_str().unwrap();
        assert!(key.len() > 30);
        for (place, text) in [("answers", &shown), ("store", &stored), ("log", &log)] {
            assert!(!text.to_lowercase().contains(&key.to_lowercase()), "{place}");
        }
    }
}

#[test]
fn a_fourth_subscription_of_an_event_is_refused_by_name() {
    let world = house();
    let others: Vec<_> = (1..=3)
        .map(|n| foreign(&world, n, "key_added", &format!("https://other{n}.example/hook?secret=s{n}")))
        .collect();
    writes(&world);
    let before = world.store.snapshot();
    let refused = put(&world, json!({ "targetUrl": HOOK }));
    assert_eq!((refused.status, refused.code()), (409, "setup-incomplete"), "{:#}", refused.body);
    let detail = refused.body["detail"].as_str().unwrap();
    for (n, id) in others.iter().enumerate() {
        assert!(
            detail.contains(id) && detail.contains(&format!("https://other{}.example", n + 1)),
            "{detail}"
        );
    }
    assert!(detail.contains("key_added") && !detail.contains("secret"), "{detail}");
    assert_eq!(writes(&world), [""; 0], "nothing is half made");
    let changed: Vec<_> = world
        .store
        .snapshot()
        .into_iter()
        .filter(|(k, v)| before.get(k) != Some(v))
        .map(|(k, _)| k)
        .collect();
    assert!(changed.iter().all(|key| key.contains(":audit") || key.ends_with(":session")), "{changed:?}");
    put(&world, json!({ "targetUrl": HOOK, "events": ["device_log_arrived"] })).expect(201);
    assert_eq!(in_iloq(&world).len(), 4);
}

#[test]
fn one_that_posts_there_already_is_taken_over() {
    let world = house();
    let id = foreign(&world, 1, "device_log_arrived", HOOK);
    writes(&world);
    let made = put(&world, json!({ "targetUrl": HOOK, "events": ["device_log_arrived"] })).expect(201);
    assert_eq!(made["subscriptions"][0]["id"], id.as_str());
    assert_eq!(in_iloq(&world).len(), 1);
    open_a_door(&world);
    assert_eq!(deliver(&world), [204]);
    assert!(take_wish(&world));
}

#[test]
fn a_missing_right_is_named() {
    let world = house();
    let all = simulator::Seed::default().rights;
    let administrate = 2_147_483_648;
    world
        .simulator
        .change_user("api", UserChange { rights: Some(all & !administrate), ..UserChange::default() })
        .unwrap();
    let refused = put(&world, json!({ "targetUrl": HOOK }));
    assert_eq!((refused.status, refused.code()), (502, "iloq-rights-missing"), "{:#}", refused.body);
    assert!(refused.body["detail"].as_str().unwrap().contains("AdministrateLockingSystem"));
    assert_eq!(world.get(&world.of("event-subscription")).code(), "not-found");

    world.simulator.change_user("api", UserChange { rights: Some(all), ..UserChange::default() }).unwrap();
    put(&world, json!({ "targetUrl": HOOK })).expect(201);
    // Taken away while the session lives, which still says that it is there.
    world
        .simulator
        .change_user("api", UserChange { rights: Some(all & !administrate), ..UserChange::default() })
        .unwrap();
    let problem = renew(&world)["problem"].clone();
    assert_eq!(problem["code"], "iloq-rights-missing", "{problem:#}");
    assert!(problem["detail"].as_str().unwrap().contains("AdministrateLockingSystem"), "{problem:#}");
    assert_eq!(subscription(&world)["problem"]["code"], "iloq-rights-missing");
    world.simulator.change_user("api", UserChange { rights: Some(all), ..UserChange::default() }).unwrap();
    renew(&world);
    assert_eq!(subscription(&world)["problem"], Value::Null);
    world
        .simulator
        .change_user("api", UserChange { rights: Some(all & !administrate), ..UserChange::default() })
        .unwrap();
    let ended = world.delete(&world.of("event-subscription"));
    assert_eq!(ended.code(), "iloq-rights-missing", "{:#}", ended.body);
}

#[test]
fn what_iloq_refuses_half_way_is_gone_on_with() {
    let world = house();
    let refuse =
        Fault { times: Some(1), skip: 1, ..Fault::on("Webhooks_AddSubscription", Action::status(500)) };
    world.simulator.set_faults(vec![refuse]);
    let failed = put(&world, json!({ "targetUrl": HOOK }));
    assert_eq!((failed.status, failed.code()), (502, "iloq-refused"), "{:#}", failed.body);
    let shown = subscription(&world);
    assert_eq!((&shown["state"], &shown["problem"]["code"]), (&json!("pending"), &json!("iloq-refused")));
    assert_eq!(in_iloq(&world).len(), 2, "the others are made");
    let job = renew(&world);
    assert_eq!((&job["state"], &job["counts"]["created"]), (&json!("done"), &json!(1)), "{job:#}");
    let shown = subscription(&world);
    assert_eq!((&shown["state"], &shown["problem"]), (&json!("active"), &Value::Null), "{shown:#}");
    assert_eq!(in_iloq(&world).len(), 3);

    world.simulator.set_faults(vec![Fault::on("Webhooks_DeleteSubscription", Action::status(503))]);
    assert_eq!(world.delete(&world.of("event-subscription")).status, 503);
    assert_eq!(subscription(&world)["state"], "removing");
    world.simulator.set_faults(Vec::new());
    assert_eq!(renew(&world)["counts"]["removed"], 3);
    assert_eq!(world.get(&world.of("event-subscription")).code(), "not-found");
    assert_eq!(in_iloq(&world).len(), 0);
}

/// What both sides have in the end: without what differs from one try to the next.
fn outcome(world: &World) -> Value {
    let mut shown = world.get(&world.of("event-subscription")).body;
    for member in ["updatedAt", "endsAt", "requestId"] {
        shown.as_object_mut().unwrap().remove(member);
    }
    for one in shown["subscriptions"].as_array_mut().into_iter().flatten() {
        one.as_object_mut().unwrap().remove("endsAt");
    }
    let mut there = in_iloq(world);
    there.sort_by_key(|one| one["SubscriptionId"].to_string());
    let there: Vec<_> =
        there.iter().map(|one| json!([one["SubscriptionId"], one["TargetEndpointUri"]])).collect();
    open_a_door(world);
    json!([shown, there, deliver(world), take_wish(world)])
}

/// Does `act` with a crash at each effect, again after it, and compares.
fn at_every_effect(make: impl Fn() -> World, act: impl Fn(&World)) {
    let whole = make();
    whole.effects.reset(None);
    act(&whole);
    let effects = whole.effects.seen();
    let expected = outcome(&whole);
    assert!(effects > 10);
    for at in 1..=effects {
        let world = make();
        world.effects.reset(Some(at));
        assert!(catch_crash(|| act(&world)).is_none(), "effect {at} of {effects} was not reached");
        act(&world);
        assert_eq!(outcome(&world), expected, "crash at effect {at} of {effects}");
    }
}

#[test]
fn a_crash_at_every_effect_of_making_it() {
    at_every_effect(house, |world| {
        let answer = put(world, json!({ "targetUrl": HOOK }));
        assert!(matches!(answer.status, 200 | 201), "{:#}", answer.body);
    });
}

#[test]
fn a_crash_at_every_effect_of_changing_it() {
    at_every_effect(subscribed, |world| {
        put(world, json!({ "targetUrl": format!("{HOOK}?2"), "events": ["device_log_arrived"] })).expect(200);
    });
}

#[test]
fn a_crash_at_every_effect_of_ending_it() {
    at_every_effect(subscribed, |world| {
        world.delete(&world.of("event-subscription")).expect(204);
    });
}

#[test]
fn a_lost_answer_makes_nothing_twice() {
    for operation in
        ["Webhooks_AddSubscription", "Webhooks_UpdateSubscription", "Webhooks_DeleteSubscription"]
    {
        let world = house();
        let lose = || {
            let drop = Fault { times: Some(1), after_effect: true, ..Fault::on(operation, Action::Drop) };
            world.simulator.set_faults(vec![drop]);
        };
        lose();
        put(&world, json!({ "targetUrl": HOOK })).expect(201);
        put(&world, json!({ "targetUrl": format!("{HOOK}?2") })).expect(200);
        assert_eq!(in_iloq(&world).len(), 3, "{operation}");
        let ended = world.delete(&world.of("event-subscription"));
        assert!(matches!(ended.status, 204 | 503), "{:#}", ended.body);
        world.delete(&world.of("event-subscription")).expect(204);
        assert_eq!(in_iloq(&world).len(), 0, "{operation}");
    }
}

//! The job `renew-subscriptions`.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Delivery;

use super::{
    HOOK, at_iloq, deliver, due, house, in_iloq, open_a_door, renew, send, subscribed, subscription,
    take_wish, writes,
};
use crate::support::{World, catch_crash, settings};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn lose(world: &World, n: usize) -> String {
    let id = subscription(world)["subscriptions"][n]["id"].as_str().unwrap().to_owned();
    at_iloq(world, "DELETE", &format!("Webhooks/Subscriptions/{id}"), &Value::Null);
    id
}

#[test]
fn a_system_without_subscription_costs_no_call() {
    let world = house();
    world.simulator.reset_calls();
    assert_eq!(renew(&world)["state"], "done");
    assert!(world.simulator.calls().is_empty());
}

#[test]
fn it_never_ends_over_years() {
    let world = subscribed();
    let mut renewed = 0;
    for day in (0..800).step_by(5) {
        world.advance(DAY * 5);
        let job = renew(&world);
        assert_eq!(job["state"], "done", "{job:#}");
        renewed += job["counts"]["renewed"].as_u64().unwrap_or(0);
        assert_eq!(subscription(&world)["state"], "active");
        open_a_door(&world);
        assert_eq!(deliver(&world), [204], "day {day}");
        assert!(take_wish(&world));
    }
    assert_eq!(renewed, 6, "three subscriptions, twice");
    assert_eq!(writes(&world), ["Webhooks_UpdateSubscription"; 6]);
    assert_eq!(in_iloq(&world).len(), 3);
}

#[test]
fn nothing_to_do_is_one_call() {
    let world = subscribed();
    let job = renew(&world);
    assert_eq!(job["counts"], json!({ "unchanged": 3 }), "{job:#}");
    let calls: Vec<_> = world.simulator.calls().iter().map(|call| call.operation).collect();
    assert_eq!(calls, ["Webhooks_GetSubscriptions"]);
    let before = world.store.snapshot();
    renew(&world);
    let changed: Vec<_> =
        world.store.snapshot().into_iter().filter(|(key, value)| before.get(key) != Some(value)).collect();
    assert!(changed.iter().all(|(key, _)| key.ends_with("job:renew-subscriptions")), "{changed:?}");
}

#[test]
fn what_iloq_has_lost_is_made_anew() {
    let world = subscribed();
    let lost = lose(&world, 0);
    writes(&world);
    let job = renew(&world);
    assert_eq!(job["counts"], json!({ "recreated": 1, "unchanged": 2 }), "{job:#}");
    assert_eq!(writes(&world), ["Webhooks_AddSubscription"]);
    let shown = subscription(&world);
    assert_ne!(shown["subscriptions"][0]["id"], lost.as_str(), "an id is not used for a second one");
    assert_eq!((&shown["state"], in_iloq(&world).len()), (&json!("active"), 3));
    open_a_door(&world);
    assert_eq!(deliver(&world), [204]);
    let audit = world.get(&world.of("audit")).expect(200)["items"].to_string();
    assert!(audit.contains("job:renew-subscriptions"), "{audit}");
}

/// Signed with a key that is replaced meanwhile.
#[test]
fn a_delivery_under_way_is_taken_though_the_key_has_changed() {
    let world = subscribed();
    let under_way = |world: &World| -> Delivery {
        open_a_door(world);
        due(world).remove(0)
    };
    let first = under_way(&world);
    lose(&world, 0);
    renew(&world);
    assert_eq!(send(&world, &first).status, 204);
    assert!(take_wish(&world));
    let second = under_way(&world);
    assert_eq!(send(&world, &second).status, 204, "the new key is taken");
    // For a bounded time.
    world.advance(DAY * 2);
    assert_eq!(send(&world, &first).status, 401);
}

#[test]
fn what_somebody_changed_in_iloq_is_put_right() {
    let world = subscribed();
    let mut one = in_iloq(&world).remove(0);
    for member in ["SignKey", "Counter", "State"] {
        one.as_object_mut().unwrap().remove(member);
    }
    one["TargetEndpointUri"] = json!("https://elsewhere.example/");
    at_iloq(&world, "PUT", "Webhooks/Subscriptions", &one);
    assert_eq!(renew(&world)["counts"], json!({ "renewed": 1, "unchanged": 2 }));
    assert!(in_iloq(&world).iter().all(|one| one["TargetEndpointUri"] == HOOK));
}

#[test]
fn it_ends_and_comes_back_when_nobody_ran_the_job() {
    let world = subscribed();
    world.advance(DAY * 400);
    assert_eq!(subscription(&world)["state"], "pending");
    open_a_door(&world);
    assert_eq!(deliver(&world), [0_u16; 0]);
    renew(&world);
    assert_eq!(subscription(&world)["state"], "active");
    open_a_door(&world);
    assert_eq!(deliver(&world), [204]);
}

#[test]
fn a_failing_system_stops_no_other_and_shows_why() {
    let world = subscribed();
    world.put("/v1/systems/second", settings()).expect(201);
    world
        .put("/v1/systems/second/event-subscription", json!({ "targetUrl": "https://second.example/" }))
        .expect(201);
    let mut wrong = settings();
    wrong["password"] = json!("wrong");
    world.put("/v1/systems/house", wrong).expect(200);
    let answer = world.post("/v1/jobs/renew-subscriptions", json!({})).expect(200);
    let state = |system: &str| {
        let all = answer["systems"].as_array().unwrap();
        all.iter().find(|one| one["system"] == system).unwrap()["state"].clone()
    };
    assert_eq!((state("house"), state("second")), (json!("failed"), json!("done")), "{answer:#}");
    assert_eq!(subscription(&world)["problem"]["code"], "iloq-login-refused");
    let again = renew(&world);
    assert_eq!((&again["state"], &again["problem"]["code"]), (&json!("skipped"), &json!("system-suspended")));
}

#[test]
fn secrets_are_sealed_anew_and_read_anew_if_they_can_not_be_opened() {
    const FIRST: &str = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const SECOND: &str = "k2:HxweHRsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";
    let world = subscribed();
    let variable = |value: String| drop(world.variables.borrow_mut().insert("encryption_keys", value));
    variable(format!("{SECOND} {FIRST}"));
    let job = world.post("/v1/jobs/housekeeping", json!({})).expect(200);
    assert_eq!(job["systems"][0]["counts"]["resealed"], 1, "{job:#}");
    let job = world.post("/v1/jobs/housekeeping", json!({})).expect(200);
    assert_eq!(job["systems"][0]["counts"]["resealed"], 0, "{job:#}");
    variable(SECOND.to_owned());
    open_a_door(&world);
    assert_eq!(deliver(&world), [204], "the old key is not needed any more");
    // A new key without the old one: everything has to be given or read anew.
    variable(FIRST.to_owned());
    open_a_door(&world);
    assert_eq!(deliver(&world), [401]);
    assert_eq!(subscription(&world)["state"], "pending");
    world.put("/v1/systems/house", settings()).expect(200);
    assert_eq!(renew(&world)["state"], "done");
    assert_eq!(subscription(&world)["state"], "active");
    world.advance(Duration::from_secs(300));
    assert_eq!(deliver(&world), [204], "and what was refused comes again");
}

#[test]
fn a_crash_at_every_effect_of_the_job() {
    let make = || {
        let world = subscribed();
        world.advance(DAY * 340);
        lose(&world, 0);
        world.effects.reset(None);
        world
    };
    let outcome = |world: &World| {
        let shown = subscription(world);
        let ids: Vec<_> =
            shown["subscriptions"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
        let ends: Vec<_> =
            in_iloq(world).iter().map(|one| one["EndDateUtc"].as_str().unwrap()[..10].to_owned()).collect();
        open_a_door(world);
        json!([shown["state"], ids, ends, deliver(world), take_wish(world)])
    };
    let whole = make();
    assert_eq!(renew(&whole)["counts"], json!({ "recreated": 1, "renewed": 2 }));
    let effects = whole.effects.seen();
    let expected = outcome(&whole);
    for at in 1..=effects {
        let world = make();
        world.effects.reset(Some(at));
        assert!(catch_crash(|| renew(&world)).is_none());
        assert_eq!(renew(&world)["state"], "done", "crash at effect {at}");
        assert_eq!(outcome(&world), expected, "crash at effect {at} of {effects}");
    }
}

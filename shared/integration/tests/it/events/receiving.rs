//! Events that come in.

use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use simulator::Delivery;

use super::{
    HOOK, PATH, at_iloq, deliver, due, header, hinted, house, in_iloq, open_a_door, send, send_changed,
    space, subscribed, take_wish,
};
use crate::support::World;

/// An event that iLOQ never sent, signed as iLOQ would.
fn signed(world: &World, event: &str, body: &str) -> Delivery {
    let events = at_iloq(world, "GET", "Webhooks/Events", &Value::Null);
    let id = events.as_array().unwrap().iter().find(|known| known["Name"] == event).unwrap()["Id"].clone();
    let ours = in_iloq(world).into_iter().find(|one| one["WebhookEventId"] == id).unwrap();
    let ours = at_iloq(
        world,
        "GET",
        &format!("Webhooks/Subscriptions/{}", ours["SubscriptionId"].as_str().unwrap()),
        &Value::Null,
    );
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(ours["SignKey"].as_str().unwrap().as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    Delivery {
        payload: simulator::Uuid::nil(),
        url: HOOK.to_owned(),
        headers: vec![
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("event-name", event.to_owned()),
            ("webhook-signature", signature),
        ],
        body: body.to_owned(),
    }
}

fn now(world: &World) -> String {
    world.simulator.now().to_rfc3339()
}

#[test]
fn a_passage_asks_for_one_pull() {
    let world = subscribed();
    assert!(!take_wish(&world));
    open_a_door(&world);
    assert_eq!(deliver(&world), [204]);
    assert!(world.simulator.calls().is_empty(), "no call to iLOQ");
    assert!(take_wish(&world));
    assert!(!take_wish(&world), "taken once");
}

#[test]
fn a_burst_asks_for_two_pulls_at_most() {
    let world = subscribed();
    let mut pulls = 0;
    for n in 0..1000 {
        world.advance(Duration::from_millis(7));
        open_a_door(&world);
        let all = due(&world);
        assert_eq!(all.len(), 1);
        let writes = world.store.writes.get();
        let reads = world.store.reads.get();
        assert_eq!(send(&world, &all[0]).status, 204);
        assert!(world.store.writes.get() - writes <= 2, "few writes for an event");
        assert!(world.store.reads.get() - reads <= 4, "few reads for an event");
        if n == 500 {
            pulls += usize::from(take_wish(&world));
        }
    }
    pulls += usize::from(take_wish(&world));
    assert_eq!(pulls, 2);
    let keys = world.store.snapshot().keys().filter(|key| key.contains(":er:")).count();
    let size: usize =
        world.store.snapshot().iter().filter(|(key, _)| key.contains(":er:")).map(|(_, v)| v.len()).sum();
    assert!(keys <= 16 && size < 16 * 5_000, "bounded: {keys} values, {size} bytes");
}

#[test]
fn what_is_not_signed_so_is_refused_alike_and_leaves_nothing() {
    let world = subscribed();
    open_a_door(&world);
    let event = due(&world).remove(0);
    let before = world.store.snapshot();
    let signature = header(&event, "webhook-signature").to_owned();
    let altered = event.body.replace("Data", "data");
    let flipped = format!("{}{}", if signature.starts_with('0') { '1' } else { '0' }, &signature[1..]);
    let mut bodies = Vec::new();
    for (what, body, path, changes) in [
        ("missing", &event.body, PATH, [("webhook-signature", "")]),
        ("forged", &event.body, PATH, [("webhook-signature", flipped.as_str())]),
        ("upper case", &event.body, PATH, [("webhook-signature", &signature.to_uppercase())]),
        ("cut", &event.body, PATH, [("webhook-signature", &signature[..63])]),
        ("altered", &altered, PATH, [("webhook-signature", signature.as_str())]),
        ("no body", &String::new(), PATH, [("webhook-signature", signature.as_str())]),
        ("unknown system", &event.body, "/v1/events/nowhere", [("webhook-signature", signature.as_str())]),
    ] {
        let mut answer = send_changed(&world, &event, body, path, &changes);
        assert_eq!((answer.status, answer.code()), (401, "unauthenticated"), "{what}: {:#}", answer.body);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        answer.body.as_object_mut().unwrap().remove("requestId");
        bodies.push(answer.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "one answer for all: {bodies:#?}");
    assert!(before == world.store.snapshot(), "nothing is stored");
    assert_eq!(send(&world, &event).status, 204, "the true one is taken");
}

#[test]
fn a_system_without_subscription_looks_like_none() {
    let world = subscribed();
    open_a_door(&world);
    let event = due(&world).remove(0);
    let other = house();
    let before = other.store.snapshot();
    let reads = |path: &str| {
        let before = other.store.reads.get();
        assert_eq!(send_changed(&other, &event, &event.body, path, &[]).code(), "unauthenticated");
        other.store.reads.get() - before
    };
    assert_eq!(reads(PATH), reads("/v1/events/nowhere"), "the time tells nothing, either");
    assert!(before == other.store.snapshot());
}

#[test]
fn the_same_event_again_has_no_effect() {
    let world = subscribed();
    let mut all = Vec::new();
    for _ in 0..50 {
        open_a_door(&world);
        all.extend(due(&world));
    }
    for event in &all {
        assert_eq!(send(&world, event).status, 204);
    }
    assert!(take_wish(&world));
    world.advance(Duration::from_secs(120));
    let before = world.store.snapshot();
    for event in &all {
        assert_eq!(send(&world, event).status, 204, "replayed");
        let renumbered = send_changed(&world, event, &event.body, PATH, &[("counter", "4711")]);
        assert_eq!(renumbered.status, 204, "headers are not signed and do not make it new");
    }
    assert!(before == world.store.snapshot());
    assert!(!take_wish(&world));
}

#[test]
fn what_iloq_sends_again_after_a_lost_answer_has_no_effect() {
    let world = subscribed();
    open_a_door(&world);
    let first = due(&world).remove(0);
    assert_eq!(send(&world, &first).status, 204);
    world.simulator.delivered(first.payload, None);
    assert!(take_wish(&world));
    world.advance(Duration::from_secs(300));
    let second = due(&world).remove(0);
    assert_ne!(first.body, second.body, "it has a new time");
    assert_eq!(header(&first, "counter"), header(&second, "counter"));
    let before = world.store.snapshot();
    assert_eq!(send(&world, &second).status, 204);
    assert!(before == world.store.snapshot());
}

#[test]
fn what_could_not_be_stored_is_sent_again_and_then_taken() {
    let world = subscribed();
    open_a_door(&world);
    world.store.fails.set(true);
    assert_eq!(deliver(&world), [503]);
    world.store.fails.set(false);
    assert!(!take_wish(&world));
    world.advance(Duration::from_secs(300));
    assert_eq!(deliver(&world), [204]);
    assert!(take_wish(&world));
}

#[test]
fn a_recording_has_no_effect() {
    let world = subscribed();
    open_a_door(&world);
    let event = due(&world).remove(0);
    world.advance(Duration::from_secs(15 * 60 + 1));
    let before = world.store.snapshot();
    assert_eq!(send(&world, &event).status, 204);
    let ahead = (world.simulator.now() + chrono::TimeDelta::minutes(16)).to_rfc3339();
    let ahead = format!(r#"{{"Data":{{}},"CreationTimeUtc":"{ahead}"}}"#);
    assert_eq!(send(&world, &signed(&world, "device_log_arrived", &ahead)).status, 204);
    assert!(before == world.store.snapshot());
    assert!(
        world
            .log
            .borrow()
            .iter()
            .any(|line| line.contains("webhook_ignored") && line.contains("15 minutes off"))
    );
}

#[test]
fn names_come_in_odd_spellings() {
    const KEY: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
    for (data, id, sent, event) in [
        ("Data", "FNKey_ID", "CreationTimeUtc", "key_added"),
        ("data", "fnKey_ID", "creationTimeUtc", "KEY_ADDED"),
        ("DATA", "FNKEY_ID", "CREATIONTIMEUTC", " Key_Added "),
    ] {
        let world = subscribed();
        let body =
            json!({ data: { id: KEY.to_uppercase(), "Description": "Ähtäri \u{1f511}" }, sent: now(&world) })
                .to_string();
        let delivery = signed(&world, "key_added", &body);
        let answer = send_changed(&world, &delivery, &body, PATH, &[("event-name", event)]);
        assert_eq!(answer.status, 204);
        assert_eq!(hinted(&world), [KEY], "{event}");
    }
}

#[test]
fn what_asks_for_nothing_is_taken_and_leaves_nothing() {
    let world = subscribed();
    let at = now(&world);
    let bodies = [
        ("device_log_arrived", String::new()),
        ("device_log_arrived", "{".to_owned()),
        ("device_log_arrived", "[1]".to_owned()),
        ("device_log_arrived", "null".to_owned()),
        ("device_log_arrived", r#"{"Data":{}}"#.to_owned()),
        ("device_log_arrived", r#"{"Data":{},"CreationTimeUtc":"soon"}"#.to_owned()),
        ("device_log_arrived", format!(r#"{{"CreationTimeUtc":"{at}"}}"#)),
        ("key_added", format!(r#"{{"Data":{{"FNKey_ID":null}},"CreationTimeUtc":"{at}"}}"#)),
        ("key_added", format!(r#"{{"Data":{{"FNKey_ID":"../x"}},"CreationTimeUtc":"{at}"}}"#)),
    ];
    let deliveries = bodies.map(|(event, body)| signed(&world, event, &body));
    let fine = signed(&world, "device_log_arrived", &format!(r#"{{"Data":{{}},"CreationTimeUtc":"{at}"}}"#));
    let before = world.store.snapshot();
    for delivery in &deliveries {
        assert_eq!(send(&world, delivery).status, 204, "{}", delivery.body);
    }
    for name in ["person_added", "key_added", "x"] {
        let answer = send_changed(&world, &fine, &fine.body, PATH, &[("event-name", name)]);
        assert_eq!(answer.status, 204, "{name}");
    }
    assert!(before == world.store.snapshot(), "another kind of event, or one that another key signs");
    let unnamed = send_changed(&world, &fine, &fine.body, PATH, &[("event-name", "")]);
    assert_eq!(unnamed.status, 204);
    assert!(take_wish(&world), "the key tells what it is");
}

#[test]
fn other_methods_and_large_bodies_are_refused_alike_for_all_systems() {
    let world = subscribed();
    for path in [PATH, "/v1/events/nowhere"] {
        for method in ["GET", "PUT", "DELETE"] {
            let answer = world.call(method, path, &[("authorization", "x")], None);
            assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")), "{method} {path}");
        }
        let large = |headers: &[(&str, &str)]| {
            futures::executor::block_on(world.request(
                "POST",
                path,
                headers,
                integration::http::Body::TooLarge,
            ))
        };
        assert_eq!(large(&[]).code(), "unauthenticated");
        assert_eq!(large(&[("webhook-signature", "00")]).code(), "body-too-large");
    }
    assert_eq!(world.get("/v1/events/house/").code(), "not-found");
}

#[test]
fn events_of_keys_make_the_job_look_at_them() {
    let world = subscribed();
    world.put(&world.of("users/anna"), json!({ "firstName": "Anna", "lastName": "Åkesson" })).expect(201);
    let person = world.get(&world.of("users/anna")).expect(200)["iloq"]["personId"].clone();
    let add = |record: Value| at_iloq(&world, "POST", "Keys", &json!({ "Key": record }));
    let key = |n: u32| format!("bbbbbbbb-0000-4000-8000-{n:012}");
    add(
        json!({ "FNKey_ID": key(1), "KeyTypeMask": 264, "Person_ID": person, "Description": "Hers", "Stamp": "" }),
    );
    add(json!({ "FNKey_ID": key(2), "KeyTypeMask": 264, "Description": "Nobody's", "Stamp": "" }));
    assert_eq!(deliver(&world), [204, 204]);
    assert_eq!(hinted(&world), [key(1), key(2)]);
    let changes = world.get(&world.of("changes")).expect(200);

    let job = world.post("/v1/jobs/refresh-keys", json!({})).expect(200)["systems"][0].clone();
    assert_eq!((&job["state"], &job["counts"]["added"]), (&json!("done"), &json!(1)), "{job:#}");
    assert_eq!(hinted(&world), [""; 0]);
    let after =
        world.get(&world.of(&format!("changes?after={}", changes["next"].as_str().unwrap()))).expect(200);
    let told = after["items"].as_array().unwrap();
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(
        (&told[0]["type"], &told[0]["key"], &told[0]["user"]),
        (&json!("key.attached"), &json!(key(1)), &json!("anna"))
    );

    // A key that is known is looked at again.
    let refreshed = || {
        world.get(&world.of("keys")).expect(200)["items"]
            .as_array()
            .unwrap()
            .iter()
            .find(|item| item["id"] == key(1))
            .unwrap()["accessRights"]["refreshedAt"]
            .clone()
    };
    let before = refreshed();
    world.advance(Duration::from_secs(60));
    world.post("/v1/jobs/refresh-keys", json!({})).expect(200);
    assert_eq!(refreshed(), before, "nothing has moved");
    world.simulator.set_lock_rights(None, world.simulator.ids(None, "locks")[0], Default::default()).unwrap();
    let right = world.simulator.ids(None, "rights")[0];
    at_iloq(
        &world,
        "POST",
        &format!("Keys/{}/SecurityAccesses", key(1)),
        &json!({ "SecurityAccess_ID": right }),
    );
    at_iloq(&world, "POST", &format!("Blacklists/AddKey/{}", key(1)), &Value::Null);
    assert_eq!(deliver(&world), [204]);
    world.advance(Duration::from_secs(60));
    world.post("/v1/jobs/refresh-keys", json!({})).expect(200);
    assert_ne!(refreshed(), before);
}

#[test]
fn a_hint_stays_until_it_was_worked_on() {
    let world = subscribed();
    at_iloq(
        &world,
        "POST",
        "Keys",
        &json!({ "Key": { "FNKey_ID": "bbbbbbbb-0000-4000-8000-000000000001", "KeyTypeMask": 264, "Stamp": "" } }),
    );
    assert_eq!(deliver(&world), [204]);
    world.http.down.set(true);
    world.post("/v1/jobs/refresh-keys", json!({})).expect(200);
    assert_eq!(hinted(&world).len(), 1);
    world.http.down.set(false);
    world.post("/v1/jobs/refresh-keys", json!({})).expect(200);
    assert_eq!(hinted(&world), [""; 0]);
    drop(space(&world));
}

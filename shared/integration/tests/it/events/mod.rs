//! iLOQ's webhook: events that come in, and the subscription.

mod receiving;
mod renewing;
mod subscribing;

use std::collections::BTreeMap;

use futures::executor::block_on;
use integration::{
    events::{hints, wish},
    http::Body,
    state::{Registry, Space},
};
use serde_json::{Value, json};
use simulator::{Delivery, Opening, Request, Seed};

use crate::support::{Response, SYSTEM, World};

/// Where iLOQ posts to.
const HOOK: &str = "http://127.0.0.1:3000/v1/events/house";
const PATH: &str = "/v1/events/house";

/// A house whose log and keys iLOQ tells of.
fn subscribed() -> World {
    let world = house();
    world.put(&world.of("event-subscription"), json!({ "targetUrl": HOOK })).expect(201);
    world.simulator.reset_calls();
    world
}

fn house() -> World {
    World::set_up(&Seed { persons: 2, keys_per_person: 1, ..Seed::default() })
}

fn subscription(world: &World) -> Value {
    world.get(&world.of("event-subscription")).expect(200)
}

/// Somebody opens a door: a row arrives in iLOQ's log.
fn open_a_door(world: &World) {
    let lock = world.simulator.ids(None, "locks")[0];
    let key = world.simulator.ids(None, "keys")[0];
    world.simulator.open(None, lock, &Opening { key: Some(key), ..Opening::default() }).unwrap();
}

/// What iLOQ wants to send now; it is not told how that went.
fn due(world: &World) -> Vec<Delivery> {
    world.simulator.take_due_deliveries()
}

fn header<'a>(delivery: &'a Delivery, name: &str) -> &'a str {
    delivery.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap()
}

/// Sends a delivery, some of its headers changed (removed, if empty).
fn send_changed(
    world: &World,
    delivery: &Delivery,
    body: &str,
    path: &str,
    changes: &[(&str, &str)],
) -> Response {
    let mut headers: BTreeMap<&str, &str> =
        delivery.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    headers.extend(changes.iter().copied());
    // A portal's token has no say here.
    headers.insert("authorization", "Bearer of-nobody");
    let headers: Vec<_> = headers.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    block_on(world.request("POST", path, &headers, Body::Bytes(body.as_bytes().to_vec())))
}

fn send(world: &World, delivery: &Delivery) -> Response {
    let path = delivery.url.strip_prefix("http://127.0.0.1:3000").unwrap();
    send_changed(world, delivery, &delivery.body, path, &[])
}

/// Sends all that is due, and tells iLOQ how it went.
fn deliver(world: &World) -> Vec<u16> {
    let all = due(world);
    let status = |delivery: &Delivery| {
        let status = send(world, delivery).status;
        world.simulator.delivered(delivery.payload, Some(status));
        status
    };
    all.iter().map(status).collect()
}

fn space(world: &World) -> Space<'_, crate::support::MemoryStore> {
    let record = Registry::new(&world.store).get(SYSTEM).unwrap().unwrap();
    Space::system(&world.store, SYSTEM, &record.incarnation)
}

/// What the job that pulls the log does first.
fn take_wish(world: &World) -> bool {
    wish::take(&space(world)).unwrap()
}

fn hinted(world: &World) -> Vec<String> {
    hints::open(&space(world)).unwrap().into_keys().collect()
}

/// A call that somebody else makes at iLOQ.
fn at_iloq(world: &World, method: &str, path: &str, body: &Value) -> Value {
    let call = |session: &str, method: &str, path: &str, body: &Value| {
        let mut request =
            Request::new(method, &format!("/iloqws/api/v2/{path}")).header("SessionId", session);
        if !body.is_null() {
            request = request.json(body);
        }
        let reply = world.simulator.handle(&request);
        assert!(reply.status < 300, "{path}: {}", String::from_utf8_lossy(&reply.body));
        if reply.body.is_empty() { Value::Null } else { reply.json() }
    };
    let login = json!({ "UserName": "api", "Password": "correct horse battery staple", "CustomerCode": "DEMO", "ApiKey": "", "ApiSecret": "" });
    let session = call("", "POST", "CreateSession", &login)["SessionID"].as_str().unwrap().to_owned();
    let group = call(&session, "GET", "LockGroups", &Value::Null)[0]["LockGroup_ID"].clone();
    call(&session, "POST", "SetLockgroup", &json!({ "LockGroup_ID": group }));
    call(&session, method, path, body)
}

/// The subscriptions that iLOQ has.
fn in_iloq(world: &World) -> Vec<Value> {
    at_iloq(world, "GET", "Webhooks/Subscriptions", &Value::Null).as_array().unwrap().clone()
}

/// Somebody else subscribes to an event.
fn foreign(world: &World, number: u32, event: &str, target: &str) -> String {
    let events = at_iloq(world, "GET", "Webhooks/Events", &Value::Null);
    let event = events.as_array().unwrap().iter().find(|known| known["Name"] == event).unwrap()["Id"].clone();
    let id = format!("aaaaaaaa-0000-4000-8000-{number:012}");
    let body = json!({
        "SubscriptionId": id, "WebhookEventId": event, "TargetEndpointUri": target,
        "StartDateUtc": "2026-11-01T00:00:00Z", "EndDateUtc": "2027-11-01T00:00:00Z",
    });
    at_iloq(world, "POST", "Webhooks/Subscriptions", &body);
    id
}

fn renew(world: &World) -> Value {
    world.post("/v1/jobs/renew-subscriptions", json!({})).expect(200)["systems"][0].clone()
}

/// The operations that changed something in iLOQ since the last time.
fn writes(world: &World) -> Vec<&'static str> {
    let calls = world.simulator.calls();
    world.simulator.reset_calls();
    calls
        .iter()
        .filter(|call| call.effect && call.operation.starts_with("Webhooks"))
        .map(|c| c.operation)
        .collect()
}

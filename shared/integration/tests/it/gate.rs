//! The checks that hold on every route, in their order.

use serde_json::{Value, json};
use simulator::Seed;

use crate::support::{SYSTEM, World};

fn world() -> World {
    World::set_up(&Seed { persons: 0, ..Seed::default() })
}

#[test]
fn each_check_comes_before_the_next() {
    let world = world();
    let none = ("authorization", "");
    let reader = ("authorization", "Bearer token-of-a-reader");
    let text = ("content-type", "text/plain");
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], Value, u16, &'a str);
    let cases: &[Case] = &[
        ("PUT", "/v1/systems/house/nothing", &[none], json!({}), 404, "not-found"),
        ("PUT", "/v1/systems/house/users/a/", &[none], json!({}), 404, "not-found"),
        ("PUT", "/v1/systems/house/users//a", &[none], json!({}), 404, "not-found"),
        ("PUT", "/v1/systems/elsewhere/users/a", &[none], json!({}), 401, "unauthenticated"),
        (
            "PUT",
            "/v1/systems/elsewhere/users/a?token=token-of-a-reader",
            &[none],
            json!({}),
            401,
            "unauthenticated",
        ),
        ("PUT", "/v1/systems/elsewhere/users/a", &[reader], json!({}), 403, "insufficient-scope"),
        ("GET", "/v1/systems/elsewhere/users/a", &[reader], json!({}), 404, "unknown-system"),
        ("PATCH", "/v1/systems/elsewhere/users/a", &[reader], json!({}), 404, "unknown-system"),
        ("PATCH", "/v1/systems/house/users/a", &[text], json!({}), 405, "method-not-allowed"),
        ("PUT", "/v1/systems/house/users/a", &[text], json!([1]), 415, "unsupported-media-type"),
        ("PUT", "/v1/systems/house/users/a", &[], json!({ "nonsense": 1 }), 422, "invalid-request"),
        ("PUT", "/v1/systems/house/users/a", &[], json!({}), 422, "invalid-request"),
        ("PUT", "/v1/systems/house/users/sync", &[], json!({}), 405, "method-not-allowed"),
        (
            "PUT",
            "/v1/systems/house/users/a",
            &[],
            json!({ "firstName": "A", "email": "x" }),
            422,
            "invalid-email",
        ),
        (
            "PUT",
            "/v1/systems/house/users/a",
            &[],
            json!({ "firstName": "A", "mobilePhone": "040" }),
            422,
            "invalid-phone-number",
        ),
        ("GET", "/v1/systems/house/users?limit=0", &[], json!({}), 422, "invalid-request"),
        ("GET", "/v1/systems/house/users?cursor=x", &[], json!({}), 422, "invalid-request"),
        ("GET", "/v1/systems/house/runs/nothing", &[], json!({}), 404, "unknown-run"),
    ];
    let before = world.store.snapshot().len();
    for (method, path, headers, body, status, code) in cases {
        let answer = world.call(method, path, headers, Some(body.clone()));
        assert_eq!((answer.status, answer.code()), (*status, *code), "{method} {path}: {:#}", answer.body);
        assert!(answer.header("x-request-id").is_some());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    let users = world.store.snapshot().into_keys().filter(|key| key.contains(":u:")).count();
    assert_eq!(users, 0, "nothing was stored");
    assert!(world.store.snapshot().len() >= before);
}

#[test]
fn a_methods_list_and_a_challenge_go_with_their_problems() {
    let world = world();
    let answer = world.call("POST", "/v1/systems/house/users/a", &[], None);
    assert_eq!(answer.header("allow"), Some("GET, PUT, DELETE"));
    let answer = world.call("GET", "/v1/systems/house/users/a", &[("authorization", "Bearer x")], None);
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")));
}

#[test]
fn a_request_id_is_the_callers_if_it_is_legal() {
    let world = world();
    let id = |sent: &str| {
        let answer = world.call("GET", "/healthz", &[("x-request-id", sent)], None);
        answer.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(id("abc-1.2_3"), "abc-1.2_3");
    assert_ne!(id("a b"), "a b");
}

#[test]
fn a_repeated_post_is_given_its_answer_again() {
    let world = world();
    let path = world.of("users/sync");
    let key = [("idempotency-key", "one")];
    let first = world.call("POST", &path, &key, Some(json!({})));
    assert_eq!((first.status, first.header("idempotency-replayed")), (200, None));
    world.simulator.reset_calls();
    let second = world.call("POST", &path, &key, Some(json!({})));
    assert_eq!((second.status, second.header("idempotency-replayed")), (200, Some("true")));
    assert_eq!(second.body, first.body);
    assert!(world.simulator.calls().is_empty());
    let other = world.call("POST", &path, &key, Some(json!({ "dryRun": true })));
    assert_eq!((other.status, other.code()), (422, "idempotency-key-reused"));
}

#[test]
fn writes_and_refused_writes_are_audited() {
    let world = world();
    let actor = ("x-actor", "Bea at the desk");
    world.call("PUT", &world.of("users/anna"), &[actor], Some(json!({ "firstName": "Anna" }))).expect(201);
    world.call("PUT", &world.of("users/bea"), &[], Some(json!({ "firstName": 1 }))).expect(422);
    let reader = ("authorization", "Bearer token-of-a-reader");
    world.call("DELETE", &world.of("users/anna"), &[reader], None).expect(403);
    world.get(&world.of("users/anna")).expect(200);
    let trail = world.get(&world.of("audit")).expect(200);
    let mut lines: Vec<_> = trail["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| {
            let text = |name: &str| e[name].as_str().unwrap_or("-").to_owned();
            format!(
                "{} {} {} {} {}",
                text("token"),
                text("actor"),
                text("action"),
                text("target"),
                text("outcome")
            )
        })
        .collect();
    lines.sort();
    assert_eq!(
        lines,
        [
            "admin - putSystem system:house done",
            "admin - putUser user:bea invalid-request",
            "admin Bea at the desk putUser user:anna done",
            "reader - deleteUser user:anna insufficient-scope",
        ]
    );
}

#[test]
fn a_failing_store_is_a_503_and_nothing_else() {
    let world = world();
    world.store.fails.set(true);
    let answer = world.put(&world.of("users/anna"), json!({ "firstName": "Anna" }));
    assert_eq!((answer.status, answer.code()), (503, "store-unavailable"));
    assert!(answer.header("retry-after").is_some());
    assert_eq!(world.get("/healthz").status, 200);
}

#[test]
fn no_secret_shows_anywhere() {
    let world = world();
    let password = "correct horse battery staple";
    world.put(&world.of("users/anna"), json!({ "firstName": "Anna" })).expect(201);
    let sessions: Vec<String> = world.simulator.calls().iter().filter_map(|c| c.session.clone()).collect();
    assert!(!sessions.is_empty());
    let mut places: Vec<String> = world.log.borrow().clone();
    for path in [format!("/v1/systems/{SYSTEM}"), world.of("users"), world.of("audit"), world.of("runs")] {
        places.push(world.get(&path).body.to_string());
    }
    places.extend(world.store.snapshot().into_values().map(|v| String::from_utf8(v).unwrap()));
    for secret in sessions.iter().map(String::as_str).chain([password, crate::support::TOKEN]) {
        let found = places.iter().find(|place| place.contains(secret));
        assert!(found.is_none(), "{found:?}");
    }
}

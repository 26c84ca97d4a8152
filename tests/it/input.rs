//! Bad input of each kind: its problem, and nothing is stored.

use serde_json::{Value, json};

use crate::{
    gate::check,
    support::{App, Iloq, Portal},
};

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

async fn refuse(
    portal: &Portal,
    method: &str,
    path: &str,
    body: &str,
    status: u16,
    code: &str,
    pointer: &str,
) {
    let answer = portal.call(method, path, &[], body.to_owned()).await;
    let what = format!("{method} {path} {body}");
    check(&answer, status, code, &what);
    let pointers: Vec<_> = answer.body["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| error["pointer"].clone())
        .collect();
    assert!(pointer.is_empty() || pointers.contains(&json!(pointer)), "{what}: {}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_of_each_kind_gets_its_problem_and_nothing_is_stored() {
    let (app, iloq) = (App::start().await, Iloq::with_persons(0).await);
    iloq.set_up(&app.portal, "house").await;
    app.portal.put("/v1/systems/house/users/anna", json!({ "firstName": "Anna" })).await.expect(201);
    let before = app.state.saved();
    iloq.simulator.reset_calls();
    let (house, cellar) = ("/v1/systems/house", "/v1/systems/cellar");
    let (anna, bea) = ("/v1/systems/house/users/anna", "/v1/systems/house/users/bea");
    let invalid = "invalid-request";

    for body in ["{", "{\"firstName\":\"A\",}", "{\"a\":1}{", "\u{1}", "nul"] {
        refuse(&app.portal, "PUT", anna, body, 400, "malformed-json", "").await;
    }
    for body in ["[]", "1", "\"x\"", "null"] {
        let answer = app.portal.call("PUT", anna, &[], body).await;
        assert!(matches!(answer.status, 400 | 422), "{body}: {}", answer.text);
    }
    for (body, code, pointer) in [
        (json!({ "colour": "red" }), invalid, "/colour"),
        (json!({ "firstName": 1 }), invalid, "/firstName"),
        (json!({ "firstName": "a\u{7}" }), invalid, "/firstName"),
        (json!({ "lastName": "x".repeat(300) }), invalid, "/lastName"),
        (json!({ "personCode": "1".repeat(21) }), invalid, "/personCode"),
        (json!({ "email": "nobody" }), "invalid-email", "/email"),
        (json!({ "mobilePhone": "040 123 4567" }), "invalid-phone-number", "/mobilePhone"),
        (json!({ "infoFields": { "a/b": 1 } }), invalid, "/infoFields/a~1b"),
        (json!({ "iloqPersonId": "x" }), invalid, "/iloqPersonId"),
    ] {
        refuse(&app.portal, "PUT", anna, &body.to_string(), 422, code, pointer).await;
    }
    refuse(&app.portal, "PUT", bea, "{}", 422, invalid, "/firstName").await;
    refuse(&app.portal, "PUT", bea, "", 422, invalid, "/lastName").await;
    refuse(&app.portal, "POST", "/v1/systems/house/users/sync", "{\"dryRun\":1}", 422, invalid, "/dryRun")
        .await;
    refuse(
        &app.portal,
        "POST",
        "/v1/systems/house/users/sync",
        "{\"allowRemovals\":\"r1\"}",
        404,
        "unknown-run",
        "",
    )
    .await;
    refuse(&app.portal, "POST", "/v1/systems/house/structure/sync", "{\"x\":1}", 422, invalid, "/x").await;
    refuse(&app.portal, "POST", "/v1/jobs/retry", "{\"x\":1}", 422, invalid, "/x").await;
    refuse(&app.portal, "POST", &format!("{anna}/resolve"), "{}", 422, invalid, "").await;

    for (name, value, code) in [
        ("timeZone", json!("Mars/Olympus"), invalid),
        ("serviceAddress", json!("http://iloq.example.com"), "address-not-allowed"),
        ("serviceAddress", json!("https://iloq.example.com"), "address-not-allowed"),
        ("serviceAddress", json!("no address"), invalid),
        ("structure", json!("double"), invalid),
        ("password", json!(""), invalid),
        ("password", Value::Null, invalid),
        ("colour", json!(1), invalid),
    ] {
        let body = with(iloq.settings(), name, value).to_string();
        refuse(&app.portal, "PUT", cellar, &body, 422, code, &format!("/{name}")).await;
    }
    let mut moved = with(iloq.settings(), "serviceCode", json!("OTHER"));
    moved.as_object_mut().unwrap().remove("password");
    refuse(&app.portal, "PUT", house, &moved.to_string(), 422, invalid, "/password").await;

    for query in
        ["limit=0", "limit=1001", "limit=x", "cursor=x", "state=unheard-of", "colour=red", "limit=1&limit=2"]
    {
        refuse(&app.portal, "GET", &format!("{house}/users?{query}"), "", 422, invalid, "").await;
    }
    refuse(&app.portal, "GET", &format!("{house}/users/bea"), "", 404, "unknown-user", "").await;
    refuse(&app.portal, "DELETE", &format!("{house}/users/bea"), "", 404, "unknown-user", "").await;
    refuse(&app.portal, "GET", &format!("{house}/runs/r1"), "", 404, "unknown-run", "").await;
    assert_eq!(app.state.saved(), before);
    assert!(iloq.simulator.calls().is_empty(), "iLOQ was not bothered");
}

//! Each operation of each component once, as the portal calls it.

use std::collections::BTreeSet;

use portal_api::routes::{BUILT, BUILT_JOBS, ROUTES, find};
use serde_json::{Value, json};
use simulator::Seed;

use crate::support::{Iloq, Portal, Response, Setup, hook};

/// Calls, and remembers which operations have succeeded.
struct Tour {
    portal: Portal,
    seen: BTreeSet<&'static str>,
}

impl Tour {
    async fn call(&mut self, method: &str, path: &str, body: Value, status: u16) -> Value {
        let bytes = if body.is_null() { String::new() } else { body.to_string() };
        let key = format!("smoke-{}", self.seen.len());
        let headers: &[(&str, &str)] =
            if path.ends_with("/mobile-keys") { &[("idempotency-key", &key)] } else { &[] };
        let answer = self.portal.call(method, path, headers, bytes).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        check_head(&answer);
        let (bare, _) = path.split_once('?').unwrap_or((path, ""));
        let operation = find(bare).unwrap().operation(method, true).unwrap();
        self.seen.insert(operation.id);
        answer.body
    }

    async fn get(&mut self, path: &str) -> Value {
        self.call("GET", path, Value::Null, 200).await
    }
}

#[track_caller]
fn check_head(answer: &Response) {
    assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_of_the_built_components_does_its_work() {
    let app = Setup::new().variable("jobs_by_get", "true").start().await;
    let iloq = Iloq::start(&Seed { persons: 5, keys_per_person: 0, ..Seed::default() }).await;
    let mut tour = Tour { portal: app.portal.clone(), seen: BTreeSet::new() };
    let house = "/v1/systems/house";

    let made = tour.call("PUT", house, iloq.settings(), 201).await;
    assert_eq!((&made["state"], &made["passwordSet"]), (&json!("active"), &json!(true)));
    assert_eq!(tour.get(house).await["name"], "Demo House");
    assert_eq!(tour.get("/v1/systems").await["items"][0]["id"], "house");
    let check = tour.call("POST", &format!("{house}/check"), json!({}), 200).await;
    assert_eq!(check["checks"].as_array().unwrap().len(), 14, "{check:#}");
    assert_eq!(check["ok"], true, "{check:#}");

    let structure = tour.call("POST", &format!("{house}/structure/sync"), json!({}), 200).await;
    assert_eq!(structure["run"]["state"], "done");
    assert_eq!(structure["counts"]["doors"], 12, "{structure:#}");
    for list in ["locations", "zones", "doors", "scanners", "access-rights", "time-profiles"] {
        let page = tour.get(&format!("{house}/{list}")).await;
        assert!(page["items"].as_array().is_some_and(|items| !items.is_empty()), "{list}: {page:#}");
    }

    let anna = json!({ "firstName": "Anna", "lastName": "Åkesson", "email": "anna@example.com" });
    let saved = tour.call("PUT", &format!("{house}/users/anna"), anna, 201).await;
    assert_eq!(saved["iloq"]["state"], "linked");
    assert_eq!(tour.get(&format!("{house}/users/anna")).await, saved);
    let synced = tour.call("POST", &format!("{house}/users/sync"), json!({}), 200).await;
    assert_eq!((&synced["counts"]["imported"], &synced["counts"]["unchanged"]), (&json!(5), &json!(1)));
    assert_eq!(tour.get(&format!("{house}/users")).await["items"].as_array().unwrap().len(), 6);
    assert_eq!(tour.get(&format!("{house}/changes")).await["items"].as_array().unwrap().len(), 5);

    resolving_and_retrying(&mut tour, house, &iloq).await;
    keys(&mut tour, house, &iloq).await;
    logs(&mut tour, house, &iloq).await;
    events(&mut tour, house, &app.handle.url(), &iloq).await;
    operating(&mut tour, house, synced["run"]["id"].as_str().unwrap()).await;

    let deleted = tour.call("DELETE", &format!("{house}/users/anna"), Value::Null, 200).await;
    assert_eq!(deleted["outcome"], "deleted");
    tour.call("DELETE", house, Value::Null, 204).await;
    assert_eq!(app.portal.get(house).await.code(), "unknown-system");

    let built = ROUTES.iter().filter(|route| BUILT.contains(&route.component));
    let all: BTreeSet<_> = built.flat_map(|route| route.operations).map(|operation| operation.id).collect();
    let missing: Vec<_> = all.difference(&tour.seen).collect();
    assert!(missing.is_empty(), "nobody calls {missing:?}");
}

/// A namesake in iLOQ makes a conflict, and iLOQ's refusals something that waits.
async fn resolving_and_retrying(tour: &mut Tour, house: &str, iloq: &Iloq) {
    let namesake =
        json!({ "FirstName": "Bea", "LastName": "Berg", "PersonCode": "", "ExternalPersonId": "hr-1" });
    iloq.simulator.add(None, "persons", namesake.as_object().unwrap().clone()).unwrap();
    tour.call("POST", &format!("{house}/users/sync"), json!({}), 200).await;
    let bea = json!({ "firstName": "Bea", "lastName": "Berg" });
    let conflict = tour.call("PUT", &format!("{house}/users/bea"), bea, 201).await;
    assert_eq!(conflict["iloq"]["state"], "conflict");
    let made = tour.call("POST", &format!("{house}/users/bea/resolve"), json!({ "create": true }), 200).await;
    assert_eq!(made["iloq"]["state"], "linked");

    let refuse = simulator::Fault::on("Persons_Insert", simulator::Action::status(400));
    iloq.simulator.set_faults(vec![refuse]);
    for user in ["cleo", "dan"] {
        let path = format!("{house}/users/{user}");
        let answer = tour.portal.put(&path, json!({ "firstName": user, "lastName": "Waits" })).await;
        assert_eq!((answer.status, answer.code()), (502, "iloq-refused"), "{}", answer.text);
    }
    iloq.simulator.set_faults(Vec::new());
    let waiting = tour.get(&format!("{house}/retries")).await;
    let id = |n: usize| waiting["items"][n]["id"].as_str().unwrap().to_owned();
    tour.call("POST", &format!("{house}/retries/{}", id(0)), json!({}), 200).await;
    tour.call("DELETE", &format!("{house}/retries/{}", id(1)), Value::Null, 204).await;
    assert_eq!(tour.get(&format!("{house}/retries")).await["items"], json!([]));
}

/// Keys of the user `bea`: linked, changed, refreshed, replaced, taken away.
async fn keys(tour: &mut Tour, house: &str, iloq: &Iloq) {
    let spare = |name: &str| {
        let key = json!({ "record": { "Description": name, "KeyTypeMask": 264, "Stamp": "" } });
        iloq.simulator.add_key(None, serde_json::from_value(key).unwrap()).unwrap().to_string()
    };
    let (first, second, third) = (spare("First"), spare("Second"), spare("Third"));
    let rights = tour.get(&format!("{house}/access-rights")).await;
    let right = |n: usize| rights["items"][n]["id"].clone();
    let with =
        |key: &str, rights: Vec<Value>| json!({ "keys": [{ "keyId": key, "accessRightIds": rights }] });
    let bea = format!("{house}/users/bea");
    let linked = tour.call("POST", &format!("{bea}/keys"), with(&first, vec![right(0)]), 200).await;
    assert_eq!(linked["items"][0]["outcome"], "ordered", "{linked:#}");
    let body = with(&first, vec![right(0), right(1)]);
    let changed = tour.call("PUT", &format!("{bea}/access-rights"), body, 200).await;
    assert_eq!(changed["items"][0]["outcome"], "ordered", "{changed:#}");
    let mut both = with(&first, vec![right(0), right(1)]);
    both["type"] = json!("key");
    tour.call("PUT", &format!("{bea}/keys"), both, 200).await;
    tour.call("POST", &format!("{house}/keys/refresh"), json!({ "keyIds": [first] }), 200).await;
    assert_eq!(tour.get(&format!("{house}/keys/{first}")).await["userId"], "bea");
    assert!(!tour.get(&format!("{house}/keys?user=bea")).await["items"].as_array().unwrap().is_empty());
    tour.get(&format!("{house}/drift")).await;
    let replace = json!({ "newKeyId": second, "blockOld": true });
    let replaced = tour.call("POST", &format!("{house}/keys/{first}/replace"), replace, 200).await;
    assert_eq!(replaced["items"][1]["outcome"], "blockListed", "{replaced:#}");
    assert_eq!(tour.get(&format!("{house}/block-list")).await["items"][0]["keyId"], first.as_str());
    tour.call("DELETE", &format!("{house}/block-list/{first}"), Value::Null, 200).await;
    tour.call("PUT", &format!("{house}/block-list/{first}"), json!({}), 200).await;
    let phone = json!({ "phone": "+358401234567", "accessRightIds": [right(0)] });
    let sent = tour.call("POST", &format!("{bea}/mobile-keys"), phone, 201).await;
    assert_eq!(sent["status"], "sent", "{sent:#}");
    let resend = format!("{house}/mobile-keys/{}/resend", sent["id"].as_str().unwrap());
    let again = tour.call("POST", &resend, json!({}), 200).await;
    assert_eq!(again["invitation"]["count"], 2, "{again:#}");
    let removed = tour.call("DELETE", &format!("{bea}/keys/{second}"), Value::Null, 200).await;
    assert_eq!(removed["items"][0]["outcome"], "removed", "{removed:#}");
    let free = tour.get(&format!("{house}/keys?available=true&limit=1000")).await;
    assert!(free["items"].as_array().unwrap().iter().any(|key| key["id"] == third.as_str()));
    tour.call("POST", &format!("{bea}/keys"), with(&third, vec![right(0)]), 200).await;
    let limits = format!("{house}/keys/{third}/limits");
    let ends = json!({ "endsLocal": "2027-06-30T18:00:00" });
    let limited = tour.call("PUT", &limits, ends, 200).await;
    assert_eq!(limited["limits"]["endsLocal"], "2027-06-30T18:00:00", "{limited:#}");
    assert_eq!(tour.get(&limits).await["endsLocal"], "2027-06-30T18:00:00");
    let blocked = tour.call("POST", &format!("{bea}/block"), json!({ "reason": "leaver" }), 200).await;
    assert!(!blocked["items"].as_array().unwrap().is_empty(), "{blocked:#}");
    assert_eq!(tour.get(&bea).await["blocked"], true);
    tour.call("POST", &format!("{bea}/unblock"), json!({ "restore": true }), 200).await;
    assert_eq!(tour.get(&bea).await["blocked"], false);
}

/// A door is opened; the log is pulled and read.
async fn logs(tour: &mut Tour, house: &str, iloq: &Iloq) {
    let door = iloq.simulator.ids(None, "locks")[0];
    iloq.simulator.open(None, door, &simulator::Opening::default()).unwrap();
    let pulled = tour.call("POST", &format!("{house}/logs/pull"), json!({}), 200).await;
    assert!(pulled["pulled"].as_u64().unwrap() >= 1, "{pulled:#}");
    let list = tour.get(&format!("{house}/logs?door={door}")).await;
    assert_eq!(list["items"][0]["event"], "accessGranted", "{list:#}");
    let feed = tour.get(&format!("{house}/logs/feed")).await;
    assert!(feed["items"].as_array().unwrap().contains(&list["items"][0]), "{feed:#}");
    let summary = tour.get(&format!("{house}/logs/summary?by=door")).await;
    assert!(summary["items"].as_array().unwrap().iter().any(|item| item["bucket"] == json!(door)));
    let path = format!("{house}/logs");
    let file = tour.portal.call("GET", &path, &[("accept", "text/csv")], "").await;
    assert!(file.text.starts_with("id,occurredAt,receivedAt,"), "{}", file.text);
    check_head(&file);
}

/// The subscription, and an event as iLOQ signs it.
async fn events(tour: &mut Tour, house: &str, url: &str, iloq: &Iloq) {
    iloq.simulator.set_clock(chrono::Utc::now());
    let path = format!("{house}/event-subscription");
    let body = json!({ "targetUrl": format!("{url}/v1/events/house"), "events": ["device_log_arrived"] });
    let made = tour.call("PUT", &path, body, 201).await;
    assert_eq!((&made["state"], &made["signKeySet"]), (&json!("active"), &json!(true)), "{made:#}");
    assert_eq!(tour.get(&path).await, made);
    let event = json!({ "Data": {}, "CreationTimeUtc": chrono::Utc::now().to_rfc3339() }).to_string();
    let signature = hook::signature(&hook::sign_keys(iloq)[0], &event);
    let taken =
        hook::post_event(&tour.portal, "/v1/events/house", "device_log_arrived", &event, &signature).await;
    assert_eq!(taken.status, 204, "{}", taken.text);
    check_head(&taken);
    tour.seen.insert("receiveEvent");
    tour.call("DELETE", &path, Value::Null, 204).await;
    assert_eq!(hook::sign_keys(iloq).len(), 0);
}

async fn operating(tour: &mut Tour, house: &str, run: &str) {
    for job in BUILT_JOBS {
        let answer = tour.call("POST", &format!("/v1/jobs/{}", job.name()), json!({}), 200).await;
        assert_eq!(answer["systems"][0]["state"], "done", "{answer:#}");
    }
    tour.get("/v1/jobs/sync-users").await;
    let runs = tour.get(&format!("{house}/runs?job=sync-users")).await;
    assert!(runs["items"].as_array().unwrap().len() >= 3, "{runs:#}");
    assert_eq!(tour.get(&format!("{house}/runs/{run}")).await["job"], "sync-users");
    let items = tour.get(&format!("{house}/runs/{run}/items")).await;
    assert_eq!(items["items"].as_array().unwrap().len(), 5);
    let audit = tour.get(&format!("{house}/audit")).await;
    assert!(audit["items"].as_array().unwrap().iter().any(|entry| entry["action"] == "putUser"), "{audit:#}");
    assert_eq!(tour.get("/healthz").await["status"], "ok");
    let status = tour.get("/v1/status").await;
    assert_eq!(
        status["systems"][0]["id"].as_str().or(status["systems"][0]["system"].as_str()),
        Some("house"),
        "{status:#}"
    );
    let metrics = tour.portal.get("/metrics").await;
    assert!(metrics.text.contains("# TYPE"), "{}", metrics.text);
    tour.get("/metrics").await;
    assert_eq!(tour.get("/openapi.json").await["openapi"], "3.1.0");
}

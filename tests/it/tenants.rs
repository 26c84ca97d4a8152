//! Two locking systems at once: neither sees the other's data, sessions, secrets or failures.

use std::collections::BTreeSet;
use std::time::Duration;

use runner::{EffectKind, Moment, Verdict};
use serde_json::{Value, json};
use simulator::{Action, Fault, Seed};
use tokio::sync::oneshot;

use crate::support::{App, Iloq, Setup, TOKEN, tokens, users};

const NORTH_TOKEN: &str = "token-for-north-alone";

async fn app() -> App {
    let entries = [("admin", "admin", "*", TOKEN), ("north", "operate", "north", NORTH_TOKEN)];
    Setup::new().variable("access_tokens", tokens(&entries)).variable("slice_seconds", "5").start().await
}

/// A locking system of its own people, with a password of its own.
async fn iloq(app: &App, system: &str, seed: u64) -> Iloq {
    let password = format!("the password of {system}");
    let iloq = Iloq::start(&Seed {
        persons: 4,
        keys_per_person: 0,
        seed,
        service_code: system.to_uppercase(),
        password: password.clone(),
        ..Seed::default()
    })
    .await;
    let mut settings = iloq.settings();
    settings["password"] = json!(password);
    settings["serviceCode"] = json!(system.to_uppercase());
    app.portal.put(&format!("/v1/systems/{system}"), settings).await.expect(201);
    iloq
}

fn hang() -> Fault {
    Fault { action: Action::Hang, ..Fault::default() }
}

async fn sync(app: &App, system: &str) -> Value {
    app.portal.post(&format!("/v1/systems/{system}/users/sync"), json!({})).await.expect(200)
}

#[tokio::test(flavor = "multi_thread")]
async fn data_sessions_and_secrets_stay_apart() {
    let app = app().await;
    let (north, south) = (iloq(&app, "north", 1).await, iloq(&app, "south", 2).await);
    let both = tokio::join!(sync(&app, "north"), sync(&app, "south"));
    assert_eq!((&both.0["counts"]["imported"], &both.1["counts"]["imported"]), (&json!(4), &json!(4)));
    let save = async |system: &str, name: &str| {
        let path = format!("/v1/systems/{system}/users/anna");
        app.portal.put(&path, json!({ "firstName": "Anna", "lastName": name })).await.expect(201)
    };
    tokio::join!(save("north", "North"), save("south", "South"));

    let ids = async |system: &str| -> BTreeSet<String> {
        users(&app.portal, system).await.iter().map(|u| u["iloq"]["personId"].to_string()).collect()
    };
    assert!(ids("north").await.is_disjoint(&ids("south").await));
    for (system, own, other) in [("north", "North", "South"), ("south", "South", "North")] {
        let iloq = if system == "north" { &north } else { &south };
        assert_eq!(
            users(&app.portal, system).await.iter().find(|u| u["id"] == "anna").unwrap()["lastName"],
            own
        );
        let there = iloq.simulator.snapshot().to_string();
        assert!(there.contains(own) && !there.contains(&format!("\"LastName\":\"{other}\"")), "{system}");
        let bodies: Vec<u8> = iloq.simulator.bodies().iter().flat_map(|body| body.to_vec()).collect();
        assert!(
            !String::from_utf8_lossy(&bodies).contains(&format!("the password of {}", other.to_lowercase()))
        );
    }
    let sessions = |iloq: &Iloq| -> BTreeSet<String> {
        iloq.simulator.calls().iter().filter_map(|call| call.session.clone()).collect()
    };
    assert!(!sessions(&north).is_empty() && sessions(&north).is_disjoint(&sessions(&south)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_password_opens_only_where_it_was_sealed() {
    let app = app().await;
    let (north, south) = (iloq(&app, "north", 1).await, iloq(&app, "south", 2).await);
    // Whoever can write the store puts the one system's sealed password into the other's record.
    let rows = app.state.rows();
    let record = |system: &str| -> (String, Value) {
        let sealed = |(key, value): (&String, &Vec<u8>)| {
            let value: Value = serde_json::from_slice(value).ok()?;
            (key.contains(system) && value["d"]["password"].is_string()).then(|| (key.clone(), value))
        };
        rows.iter().find_map(sealed).unwrap()
    };
    let ((key, mut stolen), (_, victim)) = (record("north"), record("south"));
    stolen["d"]["password"] = victim["d"]["password"].clone();
    app.state.overwrite(&key, stolen.to_string().as_bytes());
    let answer = app.portal.post("/v1/systems/north/users/sync", json!({})).await;
    assert!(answer.status >= 409, "{}", answer.text);
    let logins = |iloq: &Iloq| {
        iloq.simulator.calls().iter().filter(|call| call.operation == "Authentication_CreateSession").count()
    };
    assert_eq!((logins(&north), logins(&south)), (0, 0), "it was sent to nobody");
    assert_eq!(sync(&app, "south").await["counts"]["imported"], 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_one_system_does_not_learn_that_there_are_others() {
    let app = app().await;
    let (_north, south) = (iloq(&app, "north", 1).await, iloq(&app, "south", 2).await);
    south.simulator.reset_calls();
    let portal = app.portal.with_token(NORTH_TOKEN);
    let list = portal.get("/v1/systems").await.expect(200);
    let ids: Vec<_> = list["items"].as_array().unwrap().iter().map(|system| system["id"].clone()).collect();
    assert_eq!(ids, ["north"]);
    let known = portal.get("/v1/systems/south/users").await;
    let unknown = portal.get("/v1/systems/nowhere/users").await;
    assert_eq!((known.status, known.code()), (404, "unknown-system"));
    let text = |answer: &Value| {
        (answer["title"].clone(), answer["detail"].as_str().unwrap().replace("nowhere", "south"))
    };
    assert_eq!(text(&known.body), text(&unknown.body), "the two cannot be told apart");
    for path in ["/v1/status", "/metrics"] {
        let answer = portal.get(path).await;
        assert!(
            answer.status == 200 && answer.text.contains("north") && !answer.text.contains("south"),
            "{}",
            answer.text
        );
    }
    let job = portal.post("/v1/jobs/sync-users", json!({})).await.expect(200);
    let systems: Vec<_> =
        job["systems"].as_array().unwrap().iter().map(|s| (&s["system"], &s["state"])).collect();
    assert_eq!(systems, [(&json!("north"), &json!("done"))]);
    assert!(south.simulator.calls().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hangs_or_refuses_leaves_the_other_alone() {
    let app = app().await;
    let (north, south) = (iloq(&app, "north", 1).await, iloq(&app, "south", 2).await);
    south.simulator.set_faults(vec![hang()]);
    let job = app.portal.post("/v1/jobs/sync-users", json!({})).await.expect(200);
    let state = |system: &str| {
        let all = job["systems"].as_array().unwrap();
        all.iter().find(|line| line["system"] == system).unwrap().clone()
    };
    assert_eq!(
        (&state("north")["state"], &state("north")["counts"]["imported"]),
        (&json!("done"), &json!(4))
    );
    assert_eq!(
        (&state("south")["state"], &state("south")["problem"]["code"]),
        (&json!("failed"), &json!("iloq-unavailable"))
    );
    let reports = app.watcher.take_reports();
    let longest = reports.iter().map(|report| report.elapsed).max().unwrap();
    assert!(longest < Duration::from_secs(8), "a tick of 5 s took {longest:?}");

    south.simulator.set_faults(vec![Fault::on("Authentication_CreateSession", Action::status(403))]);
    let refused = app.portal.post("/v1/systems/south/users/sync", json!({})).await;
    assert!(refused.status == 502 || refused.status == 503, "{}", refused.text);
    assert_eq!(sync(&app, "north").await["counts"]["unchanged"], 4);
    assert_eq!(app.portal.get("/v1/systems/north/retries").await.expect(200)["items"], json!([]));
    assert_eq!(users(&app.portal, "south").await.len(), 0);
    drop(north);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_save_in_one_is_answered_while_the_others_sync_waits_for_iloq() {
    let app = app().await;
    let (_north, south) = (iloq(&app, "north", 1).await, iloq(&app, "south", 2).await);
    let (release, held) = oneshot::channel();
    let (arrived, waiting) = oneshot::channel();
    let (mut held, mut arrived) = (Some(held), Some(arrived));
    let address = format!("http://{}/", south.addr);
    app.watcher.set(move |moment, effect| {
        let ours = effect.kind == EffectKind::Outbound && effect.target.starts_with(&address);
        match (moment, ours) {
            (Moment::Before, true) => {
                arrived.take().into_iter().for_each(|tell| tell.send(()).unwrap());
                held.take().map_or(Verdict::Continue, Verdict::Hold)
            }
            _ => Verdict::Continue,
        }
    });
    let portal = app.portal.clone();
    let slow = tokio::spawn(async move { portal.post("/v1/systems/south/users/sync", json!({})).await });
    waiting.await.unwrap();
    let saved =
        app.portal.put("/v1/systems/north/users/anna", json!({ "firstName": "Anna" })).await.expect(201);
    assert_eq!(saved["iloq"]["state"], "linked");
    assert!(!slow.is_finished());
    release.send(()).unwrap();
    assert!(matches!(slow.await.unwrap().status, 200 | 503));
}

//! iLOQ away, slow, refusing, or talking nonsense: the portal is told, nobody is lost, and what was saved is done
//! later by itself.

use serde_json::{Value, json};
use simulator::{Action, Fault};

use crate::support::{App, Iloq, Setup, users};

const HOUSE: &str = "/v1/systems/house";
const HOUR: i64 = 3_600;

/// What a save and a sync get.
struct Expected {
    /// The save's status: 202 if it is passing trouble, else that of the problem.
    save: u16,
    sync: u16,
    code: &'static str,
}

const AWAY: Expected = Expected { save: 202, sync: 503, code: "iloq-unavailable" };
const NONSENSE: Expected = Expected { save: 502, sync: 502, code: "iloq-unexpected-answer" };
const REFUSED: Expected = Expected { save: 502, sync: 502, code: "iloq-refused" };

/// Five imported persons and a linked user, with the session open.
async fn house() -> (App, Iloq) {
    let (app, iloq) =
        (Setup::new().variable("slice_seconds", "5").start().await, Iloq::with_persons(5).await);
    iloq.set_up(&app.portal, "house").await;
    app.portal.post(&format!("{HOUSE}/users/sync"), json!({})).await.expect(200);
    app.portal
        .put(&format!("{HOUSE}/users/anna"), json!({ "firstName": "Anna", "lastName": "First" }))
        .await
        .expect(201);
    (app, iloq)
}

fn tells_what_to_do(problem: &Value) {
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(detail.split_whitespace().count() >= 5, "no next step in {problem:#}");
    assert!(problem["iloq"]["operation"].is_string() || problem["code"] == "iloq-unavailable", "{problem:#}");
}

/// Saves a new user, a change and a deletion, and syncs, while iLOQ is in trouble.
async fn in_trouble(app: &App, expected: &Expected, what: &str) {
    let portal = &app.portal;
    let bea =
        portal.put(&format!("{HOUSE}/users/bea"), json!({ "firstName": "Bea", "lastName": "New" })).await;
    assert_eq!(bea.status, expected.save, "{what}: {}", bea.text);
    let problem = if bea.status == 202 { &bea.body["iloq"]["problem"] } else { &bea.body };
    assert_eq!(problem["code"], expected.code, "{what}: {problem:#}");
    tells_what_to_do(problem);
    let shown = portal.get(&format!("{HOUSE}/users/bea")).await.expect(200);
    assert_eq!((&shown["iloq"]["state"], &shown["lastName"]), (&json!("pending"), &json!("New")), "{what}");
    let anna = portal.put(&format!("{HOUSE}/users/anna"), json!({ "lastName": "Second" })).await;
    assert_eq!(anna.status, expected.save, "{what}: {}", anna.text);
    let retries = portal.get(&format!("{HOUSE}/retries")).await.expect(200);
    assert_eq!(retries["items"].as_array().unwrap().len(), 2, "{what}: {retries:#}");

    let sync = portal.post(&format!("{HOUSE}/users/sync"), json!({})).await;
    assert_eq!((sync.status, sync.code()), (expected.sync, expected.code), "{what}: {}", sync.text);
    tells_what_to_do(&sync.body);
    if sync.status == 503 {
        assert!(sync.header("retry-after").is_some_and(|s| s.parse::<u32>().is_ok()), "{what}");
        assert_eq!(sync.body["retryable"], true, "{what}");
    }
    let runs = portal.get(&format!("{HOUSE}/runs?job=sync-users&limit=1")).await.expect(200);
    assert_eq!(runs["items"][0]["state"], "failed", "{what}: {runs:#}");
    let all = users(portal, "house").await;
    assert_eq!(all.len(), 7, "{what}");
    assert!(all.iter().all(|user| user["iloq"]["state"] != "gone"), "{what}");
}

/// The trouble is over: an hour later the job does all that waits.
async fn over(app: &App, iloq: &Iloq, what: &str) {
    app.handle.set_clock_offset(HOUR);
    let job = app.portal.post("/v1/jobs/retry", json!({})).await.expect(200);
    assert_eq!(job["systems"][0]["counts"]["done"], 2, "{what}: {job:#}");
    let all = users(&app.portal, "house").await;
    assert!(all.iter().all(|user| user["iloq"]["state"] == "linked"), "{what}: {:#}", json!(all));
    assert_eq!(app.portal.get(&format!("{HOUSE}/retries")).await.expect(200)["items"], json!([]), "{what}");
    let names = |last: &str| iloq.persons().iter().filter(|person| person["LastName"] == last).count();
    assert_eq!((names("First"), names("Second"), names("New")), (0, 1, 1), "{what}");
    assert_eq!(iloq.persons().len(), 7, "{what}");
    let sync = app.portal.post(&format!("{HOUSE}/users/sync"), json!({})).await.expect(200);
    assert_eq!(
        (&sync["counts"]["unchanged"], &sync["counts"]["failed"]),
        (&json!(7), &json!(0)),
        "{what}: {sync:#}"
    );
}

async fn survives(fault: Fault, expected: &Expected) {
    let (app, iloq) = house().await;
    let what = format!("{:?}", fault.action);
    iloq.simulator.set_faults(vec![fault]);
    in_trouble(&app, expected, &what).await;
    iloq.simulator.set_faults(Vec::new());
    over(&app, &iloq, &what).await;
}

fn always(action: Action) -> Fault {
    Fault { action, ..Fault::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn iloq_is_away() {
    let (app, mut iloq) = house().await;
    iloq.down().await;
    in_trouble(&app, &AWAY, "nobody listens").await;
    iloq.up().await;
    over(&app, &iloq, "nobody listened").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn iloq_closes_every_connection() {
    survives(always(Action::Drop), &AWAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn iloq_never_answers() {
    survives(always(Action::Hang), &AWAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn iloq_is_slower_than_a_call_may_take() {
    survives(always(Action::Delay { ms: 20_000 }), &AWAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn iloq_is_overloaded() {
    for status in [429, 502, 503, 504] {
        survives(always(Action::status(status)), &AWAY).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn iloq_refuses() {
    survives(always(Action::status(400)), &REFUSED).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn iloq_talks_nonsense() {
    survives(always(Action::Garbage), &NONSENSE).await;
    survives(always(Action::WrongType), &NONSENSE).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn iloqs_answers_break_off() {
    survives(always(Action::Truncate { keep: 1 }), &AWAY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_is_cut_or_empty_makes_nobody_gone() {
    let (app, iloq) = house().await;
    for action in [Action::Truncate { keep: 200 }, Action::Garbage, Action::WrongType, Action::Drop] {
        iloq.simulator.set_faults(vec![Fault::on("Persons_GetAllPersons", action.clone())]);
        let sync = app.portal.post(&format!("{HOUSE}/users/sync"), json!({})).await;
        assert!(matches!(sync.status, 502 | 503), "{action:?}: {}", sync.text);
        assert!(
            users(&app.portal, "house").await.iter().all(|u| u["iloq"]["state"] == "linked"),
            "{action:?}"
        );
    }
    iloq.simulator.set_faults(Vec::new());
    let sync = app.portal.post(&format!("{HOUSE}/users/sync"), json!({})).await.expect(200);
    assert_eq!(sync["counts"]["unchanged"], 6, "{sync:#}");
}

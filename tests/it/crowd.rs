//! Two hundred users are saved at the same moment while a full sync runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::future::join_all;
use runner::{EffectKind, Moment, Verdict};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::support::{App, Iloq, Portal, both_sides, users};

const USERS: usize = 200;
const CONNECTIONS: usize = 20;
/// Users that wait when the sync begins, so that it writes too; the crowd changes them meanwhile.
const WAITING: usize = 40;
/// Persons that only iLOQ knows.
const PERSONS: usize = 30;

fn user(n: usize) -> Value {
    json!({
        "firstName": format!("Crowd {n}"), "lastName": format!("Saved {n}"), "email": format!("c{n}@example.com"),
    })
}

/// Holds the sync after its listing until so many saves have been acknowledged.
fn hold_the_listing(app: &App) -> oneshot::Sender<()> {
    let (release, held) = oneshot::channel();
    let mut held = Some(held);
    app.watcher.set(move |moment, effect| {
        let listing = effect.kind == EffectKind::Outbound
            && effect.component == "sync-users"
            && effect.target.ends_with("/Persons");
        match (moment, listing && effect.verb == "GET") {
            (Moment::After, true) => held.take().map_or(Verdict::Continue, Verdict::Hold),
            _ => Verdict::Continue,
        }
    });
    release
}

async fn save_all(portal: &Portal, numbers: Vec<usize>, saved: Arc<AtomicUsize>) -> Vec<(usize, Value)> {
    let portal = portal.on_own_connection();
    let mut acknowledged = Vec::new();
    for n in numbers {
        let answer = portal.put(&format!("/v1/systems/house/users/p{n:03}"), user(n)).await;
        assert!(matches!(answer.status, 200..=202), "{n}: {}", answer.text);
        saved.fetch_add(1, Ordering::SeqCst);
        acknowledged.push((n, answer.body));
    }
    acknowledged
}

/// The crowd saves in an order of the seed's; the sync goes on with its old listing in the middle of it.
async fn crowd(seed: u64) {
    let (app, iloq) = (App::start().await, Iloq::with_persons(PERSONS).await);
    both_sides(&app.portal, "house", &iloq, WAITING).await;
    iloq.latency(3);
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut order: Vec<usize> = (0..USERS).collect();
    rng.shuffle(&mut order);
    let middle = rng.usize(..USERS * 3 / 4);

    let release = hold_the_listing(&app);
    let portal = app.portal.clone();
    let sync = tokio::spawn(async move { portal.post("/v1/systems/house/users/sync", json!({})).await });
    let saved = Arc::new(AtomicUsize::new(0));
    let savers: Vec<_> = order
        .chunks(USERS / CONNECTIONS)
        .map(|numbers| {
            let (portal, numbers, saved) = (app.portal.clone(), numbers.to_vec(), Arc::clone(&saved));
            tokio::spawn(async move { save_all(&portal, numbers, saved).await })
        })
        .collect();
    while saved.load(Ordering::SeqCst) < middle {
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    // If the sync was not yet held, it is not held at all.
    drop(release);
    let acknowledged: Vec<_> = join_all(savers).await.into_iter().flat_map(Result::unwrap).collect();
    let answer = sync.await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    app.watcher.clear();
    assert_eq!(acknowledged.len(), USERS);
    // Whatever was left to do after the rush is done by one more sync.
    let last = app.portal.post("/v1/systems/house/users/sync", json!({})).await.expect(200);
    assert_eq!((&last["run"]["state"], &last["counts"]["failed"]), (&json!("done"), &json!(0)), "{last:#}");
    all_are_there(&app.portal, &iloq, seed).await;
    all_are_audited(&app.portal, seed).await;
}

/// Each save is in the audit trail, those before the rush too.
async fn all_are_audited(portal: &Portal, seed: u64) {
    let mut saves = BTreeSet::new();
    let mut path = "/v1/systems/house/audit?limit=1000".to_owned();
    loop {
        let page = portal.get(&path).await.expect(200);
        let entries = page["items"].as_array().unwrap();
        if entries.is_empty() {
            break;
        }
        let puts = entries.iter().filter(|entry| entry["action"] == "putUser");
        saves.extend(puts.map(|entry| entry["requestId"].as_str().unwrap().to_owned()));
        path = format!("/v1/systems/house/audit?limit=1000&after={}", page["next"].as_str().unwrap());
    }
    assert_eq!(saves.len(), USERS + WAITING, "seed {seed}: every save is audited");
}

async fn all_are_there(portal: &Portal, iloq: &Iloq, seed: u64) {
    let here: BTreeMap<String, Value> = users(portal, "house")
        .await
        .into_iter()
        .map(|user| (user["id"].as_str().unwrap().to_owned(), user))
        .collect();
    assert_eq!(here.len(), USERS + PERSONS, "seed {seed}");
    let persons = iloq.persons();
    assert_eq!(persons.len(), USERS + PERSONS, "seed {seed}: no person twice");
    let ids: BTreeSet<_> = here.values().map(|user| user["iloq"]["personId"].to_string()).collect();
    assert_eq!(ids.len(), USERS + PERSONS, "seed {seed}: each user has a person of its own");
    for n in 0..USERS {
        let id = format!("p{n:03}");
        let wanted = user(n);
        let alone = portal.get(&format!("/v1/systems/house/users/{id}")).await.expect(200);
        assert_eq!(&alone, &here[&id], "seed {seed}");

        let person: Vec<_> =
            persons.iter().filter(|person| person["ExternalPersonId"] == id.as_str()).collect();
        assert_eq!(person.len(), 1, "seed {seed}: {id}");
        for (ours, theirs) in [("firstName", "FirstName"), ("lastName", "LastName"), ("email", "eMail")] {
            assert_eq!(alone[ours], wanted[ours], "seed {seed}: {id} here");
            assert_eq!(person[0][theirs], wanted[ours], "seed {seed}: {id} in iLOQ");
        }
        assert_eq!(alone["iloq"]["state"], "linked", "seed {seed}: {id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_saves_beside_a_sync_are_all_kept() {
    for seed in 1..=6 {
        crowd(seed).await;
    }
}

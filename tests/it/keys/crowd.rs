//! Two calls on one key at the same time: one is held after each of its calls to iLOQ in turn, while the other one
//! runs from its beginning to its end.

use runner::{EffectKind, Moment as When, Verdict};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::house::{Call, House, settled};
use crate::support::Response;

/// Runs `held` until after its nth call to iLOQ, then `whole`, then the rest of `held`. Gives both answers; `None`
/// if `held` has fewer calls.
async fn meanwhile(house: &House, held: &Call, whole: &[Call], nth: usize) -> Option<Vec<Response>> {
    let (release, waits) = oneshot::channel::<()>();
    let (tell, reached) = oneshot::channel();
    let (mut waits, mut tell, mut first, mut seen) = (Some(waits), Some(tell), None, 0);
    house.app.watcher.set(move |when, effect| {
        // The first request that does anything is the one that is held.
        let request = *first.get_or_insert(effect.request);
        if when == When::After && effect.kind == EffectKind::Outbound && effect.request == request {
            seen += 1;
            if seen == nth {
                tell.take().map(|tell| tell.send(()));
                return waits.take().map_or(Verdict::Continue, Verdict::Hold);
            }
        }
        Verdict::Continue
    });
    let (portal, call) = (house.app.portal.on_own_connection(), held.clone());
    let running = tokio::spawn(async move { call.make(&portal, "held").await.unwrap() });
    let mut answers = Vec::new();
    let was_held = tokio::select! {
        reached = reached => reached.is_ok(),
        () = finished(&running) => false,
    };
    if was_held {
        for call in whole {
            answers.push(call.make(&house.app.portal, "whole").await.unwrap());
        }
    }
    drop(release);
    let last = running.await.unwrap();
    house.app.watcher.clear();
    answers.push(last);
    was_held.then_some(answers)
}

async fn finished<T>(running: &tokio::task::JoinHandle<T>) {
    while !running.is_finished() {
        tokio::task::yield_now().await;
    }
}

/// Holds `held` at each place; `check` looks at the end.
async fn at_every_place(
    house: &House,
    held: &Call,
    whole: &[Call],
    check: impl AsyncFn(&House, &[Response], &str),
) {
    let start = house.save();
    let mut places = 0;
    for nth in 1.. {
        house.restore(&start);
        let Some(answers) = meanwhile(house, held, whole, nth).await else { break };
        check(house, &answers, &format!("{} {} held after call {nth}", held.method, held.path)).await;
        places = nth;
    }
    assert!(places > 3, "only {places} calls to iLOQ");
}

/// What iLOQ has of a key: planned rights, and whether all that is planned is ordered.
fn in_iloq(house: &House, key: usize) -> (Vec<String>, Value) {
    let all = house.iloq.simulator.snapshot();
    let system = all.as_object().unwrap().values().next().unwrap();
    let key = system["keys"][&house.keys[key]].clone();
    let rights = key["plan"]["rights"].as_array().unwrap();
    (rights.iter().map(|right| right.as_str().unwrap().to_owned()).collect(), key)
}

/// The rights of these numbers in iLOQ's order.
fn sorted(house: &House, numbers: &[usize]) -> Vec<String> {
    let mut rights: Vec<String> = numbers.iter().map(|n| house.rights[*n].clone()).collect();
    rights.sort();
    rights
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_and_limits_at_once_both_hold() {
    let house = House::start().await;
    house.programmed(&[(0, &[0])]).await;
    let rights = Call::of("PUT", "users/anna/access-rights", house.with(&[(0, &[1, 2])]));
    let body = json!({ "endsLocal": "2027-06-30T18:00:00", "timeProfileIds": [house.profiles[0]] });
    let limits = Call::of("PUT", format!("keys/{}/limits", house.keys[0]), body);
    let both = async |house: &House, answers: &[Response], place: &str| {
        assert!(answers.iter().all(settled), "{place}: {answers:#?}");
        let (planned, key) = in_iloq(house, 0);
        assert_eq!(planned, sorted(house, &[1, 2]), "{place}");
        assert_eq!(key["plan"], key["ordered"], "{place}: all that is planned is ordered");
        let limits = house.get(&format!("keys/{}/limits", house.keys[0])).await;
        assert_eq!(limits["endsLocal"], "2027-06-30T18:00:00", "{place}");
        assert_eq!(limits["timeProfileIds"], json!([house.profiles[0]]), "{place}");
    };
    at_every_place(&house, &rights, std::slice::from_ref(&limits), both).await;
    at_every_place(&house, &limits, &[rights], both).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_exact_sets_one_stands_wholly() {
    let house = House::start().await;
    house.programmed(&[(0, &[0])]).await;
    let set = |numbers: &[usize]| Call::of("PUT", "users/anna/access-rights", house.with(&[(0, numbers)]));
    let one_of_them = async |house: &House, answers: &[Response], place: &str| {
        assert!(answers.iter().all(settled), "{place}: {answers:#?}");
        let (planned, key) = in_iloq(house, 0);
        let wishes = [sorted(house, &[0, 1]), sorted(house, &[2])];
        assert!(wishes.contains(&planned), "{place}: {planned:?}");
        assert_eq!(key["plan"], key["ordered"], "{place}: all that is planned is ordered");
        let shown = house.get(&format!("keys/{}", house.keys[0])).await;
        assert_eq!(shown["accessRights"]["wanted"], json!(planned), "{place}: the portal is shown");
    };
    at_every_place(&house, &set(&[0, 1]), &[set(&[2])], one_of_them).await;
    at_every_place(&house, &set(&[2]), &[set(&[0, 1])], one_of_them).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_while_keys_are_linked_and_a_sync_runs_ends_blocked() {
    let house = House::start().await;
    house.programmed(&[(2, &[0])]).await;
    let link = Call::of("POST", "users/anna/keys", house.with(&[(0, &[0, 1]), (1, &[1])]));
    let block = Call::of("POST", "users/anna/block", json!({ "reason": "leaver" }));
    let sync = Call::of("POST", "users/sync", json!({}));
    let blocked = async |house: &House, _: &[Response], place: &str| {
        house.later(70);
        Call::job("retry").make(&house.app.portal, "job").await.unwrap();
        assert_eq!(house.get("users/anna").await["blocked"], true, "{place}");
        for n in 0..house.keys.len() {
            let (planned, key) = in_iloq(house, n);
            assert_eq!(planned, [""; 0], "{place}: key {n} has rights");
            assert!(key["record"]["Person_ID"].is_null(), "{place}: key {n} is Anna's");
            let ordered = key["ordered"]["rights"].as_array().is_none_or(Vec::is_empty);
            assert!(ordered, "{place}: rights of key {n} are on their way");
        }
    };
    at_every_place(&house, &link, &[block.clone(), sync.clone()], blocked).await;
    // A sync of one person makes fewer calls: it is held after its listing.
    let start = house.save();
    let answers = meanwhile(&house, &sync, &[block, link], 1).await.expect("a listing");
    assert_eq!(answers[1].code(), "user-blocked", "{}", answers[1].text);
    blocked(&house, &answers, "a sync held after its listing").await;
    house.restore(&start);
}

//! Two calls on one key at the same time, in many orders: whatever comes first, one of them stands wholly. Half of the
//! orders are those of one host, whose calls take turns while iLOQ is waited for; the others those of two processes, each
//! of which may stand still before any call of the store or of iLOQ.

mod pairs;

use std::time::Duration;

use futures::{executor::block_on, future::join};
use iloq_client::io::Clock;
use integration::{http::Body, platform::Store};
use serde_json::{Value, json};
use simulator::{Action, Fault};

use crate::support::{Dice, House, Place, Response, Turn, World};

/// Orders that are tried.
const SEEDS: u64 = 400;

pub type Asked<'a> = (&'a str, String, Value);

/// Sends both. A method with a word after it has that as its idempotency key.
pub fn at_once(house: &House, seed: u64, first: Asked<'_>, second: Asked<'_>) -> (Response, Response) {
    if seed % 4 < 2 {
        one_host(house, seed, first, second)
    } else {
        two_processes(house, seed, [first, second]).into()
    }
}

/// Step by step, in the order of the seed.
fn two_processes(house: &House, seed: u64, asked: [Asked<'_>; 2]) -> [Response; 2] {
    let places = Turn::places(asked.len(), seed).into_iter().map(|turn| house.world.place(turn));
    std::thread::scope(|scope| {
        let work = |(place, asked): (Place, Asked<'_>)| place.run(|world| block_on(ask(world, asked)));
        let threads = places.zip(asked).map(|both| scope.spawn(move || work(both)));
        let threads: Vec<_> = threads.collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>().try_into().unwrap()
    })
}

pub async fn ask(world: &World, (method, path, body): Asked<'_>) -> Response {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let mut words = method.split(' ');
    let (method, key) = (words.next().unwrap(), words.next());
    let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
    world.request(method, &path, &headers, Body::Bytes(body)).await
}

/// The second a little later; each of iLOQ's answers takes its own time.
pub fn one_host(house: &House, seed: u64, first: Asked<'_>, second: Asked<'_>) -> (Response, Response) {
    let mut dice = Dice(seed);
    for call in 0..60 {
        let delay = Action::Delay { ms: dice.below(100) };
        house.world.simulator.add_fault(Fault {
            skip: call,
            times: Some(1),
            action: delay,
            ..Fault::default()
        });
    }
    let later = Duration::from_millis(dice.below(400));
    let answers = block_on(join(ask(&house.world, first), async {
        house.world.clock.sleep(later).await;
        ask(&house.world, second).await
    }));
    house.world.simulator.set_faults(Vec::new());
    answers
}

/// The rights that are planned in iLOQ, by their place in the house.
fn planned(house: &House, n: usize) -> Vec<usize> {
    let path = house.world.of("keys/refresh");
    let item = house.world.post(&path, json!({ "keyIds": [house.keys[n]] })).expect(200)["items"][0].clone();
    assert_eq!(item["accessRights"]["wanted"], house.key(n)["accessRights"]["wanted"]);
    house.planned(n)
}

/// The rights that the portal wants, by their place in the house.
fn wanted(house: &House, n: usize) -> Vec<usize> {
    let wanted = house.key(n)["accessRights"]["wanted"].clone();
    let wanted = wanted.as_array().unwrap();
    (0..house.rights.len()).filter(|n| wanted.contains(&json!(house.rights[*n]))).collect()
}

#[track_caller]
fn whole(answer: &Response, seed: u64) {
    assert_eq!(answer.status, 200, "{seed}: {:#}", answer.body);
}

#[test]
fn of_two_exact_sets_one_stands_wholly() {
    let mut stood = [0, 0];
    for seed in 0..SEEDS {
        let house = House::new();
        house.give(&[0], if seed % 2 == 0 { &[0] } else { &[] });
        let set =
            |rights: &[usize]| ("PUT", house.world.of("users/anna/access-rights"), house.link(&[0], rights));
        let (first, second) = at_once(&house, seed, set(&[0, 1]), set(&[1, 2]));
        whole(&first, seed);
        whole(&second, seed);
        let rights = wanted(&house, 0);
        assert!([vec![0, 1], vec![1, 2]].contains(&rights), "{seed}: {rights:?}");
        stood[usize::from(rights == [1, 2])] += 1;
        assert_eq!(planned(&house, 0), rights, "{seed}: in iLOQ");
        assert_eq!(house.key(0)["status"], "ordered", "{seed}");
        house.program(0);
        let programmed = house.key(0)["accessRights"]["programmed"].as_array().unwrap().len();
        assert_eq!(programmed, 2, "{seed}: all of it was ordered");
    }
    assert!(stood[0] > 0 && stood[1] > SEEDS / 2, "the later one usually: {stood:?}");
}

#[test]
fn rights_and_limits_both_hold() {
    for seed in 0..SEEDS {
        let house = House::new();
        house.give(&[0], &[0]);
        let rights = ("PUT", house.world.of("users/anna/access-rights"), house.link(&[0], &[1, 2]));
        let path = house.world.of(&format!("keys/{}/limits", house.keys[0]));
        let body = json!({ "startsLocal": "2027-01-01T08:00:00", "endsLocal": "2027-06-30T18:00:00" });
        let limits = ("PUT", path.clone(), body.clone());
        let (first, second) = if seed % 2 == 0 {
            at_once(&house, seed, rights, limits)
        } else {
            at_once(&house, seed, limits, rights)
        };
        whole(&first, seed);
        whole(&second, seed);
        assert_eq!((wanted(&house, 0), planned(&house, 0)), (vec![1, 2], vec![1, 2]), "{seed}");
        let now = house.world.get(&path).expect(200);
        assert_eq!(
            (&now["startsLocal"], &now["endsLocal"]),
            (&body["startsLocal"], &body["endsLocal"]),
            "{seed}: {now:#}"
        );
        assert_eq!(house.key(0)["status"], "ordered", "{seed}");
        assert_eq!(house.retries().len(), 0, "{seed}");
    }
}

#[test]
fn a_free_key_goes_to_one_of_two_users() {
    for seed in 0..SEEDS {
        let house = House::new();
        house.add_user("bea", "Bea");
        let link = |user: &str, rights: &[usize]| {
            ("POST", house.world.of(&format!("users/{user}/keys")), house.link(&[0], rights))
        };
        let (anna, bea) = at_once(&house, seed, link("anna", &[0, 1]), link("bea", &[2]));
        let key = house.key(0);
        let holder = key["userId"].as_str().unwrap_or_default();
        let (winner, loser, rights) = match holder {
            "anna" => (&anna, &bea, vec![0, 1]),
            "bea" => (&bea, &anna, vec![2]),
            _ => panic!("{seed}: nobody's, {key:#}"),
        };
        assert_eq!(house.outcome(&winner.body, 0), "ordered", "{seed}: {:#}", winner.body);
        let told = house.item(&loser.body, 0);
        assert_eq!(told["problem"]["code"], "key-attached-to-another-user", "{seed}: {told:#}");
        assert_eq!((wanted(&house, 0), planned(&house, 0)), (rights.clone(), rights), "{seed}");
        assert_eq!(key["status"], "ordered", "{seed}");
    }
}

#[test]
fn a_key_that_is_taken_away_and_changed_ends_as_one_of_both_says() {
    let mut kept = 0;
    for seed in 0..SEEDS {
        let house = House::new();
        house.give(&[0], &[0]);
        let change = ("PUT", house.world.of("users/anna/access-rights"), house.link(&[0], &[1, 2]));
        let path = house.world.of(&format!("users/anna/keys/{}", house.keys[0]));
        let away = ("DELETE", path, Value::Null);
        let (first, second) = if seed % 2 == 0 {
            at_once(&house, seed, change, away)
        } else {
            at_once(&house, seed, away, change)
        };
        let key = house.key(0);
        let answers = format!("{seed}: {:#} {:#} {key:#}", first.body, second.body);
        if key["userId"] == "anna" {
            kept += 1;
            assert_eq!((wanted(&house, 0), planned(&house, 0)), (vec![1, 2], vec![1, 2]), "{answers}");
        } else {
            assert_eq!((wanted(&house, 0), planned(&house, 0)), (vec![], vec![]), "{answers}");
        }
        assert_eq!(house.retries().len(), 0, "{answers}");
    }
    assert!(kept < SEEDS);
}

#[test]
fn a_user_saved_after_the_sync_has_read_its_list_is_not_missing() {
    let mut overlapped = 0;
    for seed in 0..SEEDS {
        let house = House::new();
        let sync = ("POST", house.world.of("users/sync"), json!({ "dryRun": seed % 2 == 0 }));
        let save = ("PUT", house.world.of("users/bea"), json!({ "firstName": "Bea" }));
        let (sync, save) = at_once(&house, seed, sync, save);
        whole(&sync, seed);
        assert_eq!(save.status, 201, "{seed}: {:#}", save.body);
        let counts = ["gone", "failed"].map(|name| &sync.body["counts"][name]);
        assert_eq!(counts, [&json!(0); 2], "{seed}: {:#}", sync.body);
        let bea = house.world.get(&house.world.of("users/bea")).expect(200);
        assert_eq!(bea["iloq"]["state"], "linked", "{seed}");
        assert_eq!(house.retries().len(), 0, "{seed}");
        let calls = house.world.simulator.calls();
        let place = |operation: &str| calls.iter().position(|call| call.operation == operation);
        overlapped += u32::from(place("Persons_GetAllPersons") < place("Persons_Insert"));
    }
    assert!(overlapped > 0);
}

#[test]
fn the_same_request_twice_is_one() {
    for seed in 0..SEEDS {
        let house = House::new();
        let link = || ("POST", house.world.of("users/anna/keys"), house.link(&[0, 1], &[0, 1]));
        let (first, second) = at_once(&house, seed, link(), link());
        whole(&first, seed);
        whole(&second, seed);
        for n in [0, 1] {
            let key = house.key(n);
            assert_eq!((&key["userId"], &key["status"]), (&json!("anna"), &json!("ordered")), "{seed}");
            assert_eq!(planned(&house, n), [0, 1], "{seed}");
        }
    }
}

/// The index of keys is one value for many: a key that fell off it is followed again by the next job.
#[test]
fn keys_whose_requests_crossed_are_all_followed() {
    let house = House::new();
    house.attach(&[0], &[0]);
    let index = |value: &str| value.contains(":ki:");
    let before = house.world.store.snapshot();
    house.attach(&[1, 2, 3], &[0]);
    // As if the first one's request had read the shards before the others wrote, and written after them.
    for (key, _) in house.world.store.snapshot().into_iter().filter(|(key, _)| index(key)) {
        match before.get(&key) {
            Some(value) => house.world.store.set(&key, value).unwrap(),
            None => house.world.store.delete(&key).unwrap(),
        }
    }
    house.world.post("/v1/jobs/housekeeping", json!({})).expect(200);
    for n in 0..4 {
        house.program(n);
    }
    let tick = house.world.post("/v1/jobs/refresh-keys", json!({})).expect(200);
    assert_eq!(tick["systems"][0]["counts"]["changed"], 4, "{tick:#}");
}

//! Every two calls of a portal or a scheduler at the same moment end as if one had come after the other; those that take
//! several steps in iLOQ, between which the other one may come, end with both sides equal.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Asked, at_once};
use crate::{
    hostile::{Seen, afterwards},
    support::House,
};

/// Orders that are tried for each pair.
const SEEDS: u64 = 10;

/// Anna has a key and a phone key, Bea a key; two keys are free, and two persons only iLOQ knows.
fn house() -> House {
    let mut house = House::new();
    house.add_user("bea", "Bea");
    house.give(&[0], &[0, 1]);
    let path = house.world.of("users/bea/keys");
    house.world.post(&path, house.link(&[1], &[1])).expect(200);
    house.program(1);
    house.send(&[0]);
    house
}

/// What is asked, by name.
fn calls(house: &House) -> Vec<(&'static str, Asked<'static>)> {
    let of = |path: &str| house.world.of(path);
    let key = |n: usize| house.keys[n].clone();
    let save = |user: &str, title: &str| {
        let body =
            json!({ "firstName": "Anna", "lastName": title, "workTitle": title, "companyName": title });
        ("PUT", of(&format!("users/{user}")), body)
    };
    let adopt = |user: &str| {
        let persons = house.world.simulator.ids(None, "persons");
        let body = json!({ "firstName": user, "iloqPersonId": persons[0] });
        ("PUT", of(&format!("users/{user}")), body)
    };
    let limits = json!({ "startsLocal": "2027-01-01T08:00:00", "endsLocal": "2027-06-30T18:00:00" });
    let other_limits = json!({ "startsLocal": "2027-02-01T08:00:00", "endsLocal": "2027-03-30T18:00:00" });
    let exact = |user: &str, n: usize, right: usize| {
        let mut body = house.link(&[n], &[right]);
        body["type"] = json!("key");
        ("PUT", of(&format!("users/{user}/keys")), body)
    };
    let send = json!({ "phone": "+358405556677", "accessRightIds": [house.rights[1]] });
    let replace = json!({ "newKeyId": key(2), "blockOld": true });
    vec![
        ("save one", save("anna", "One")),
        ("save two", save("anna", "Two")),
        ("new one", save("new", "One")),
        ("new two", save("new", "Two")),
        ("adopt carl", adopt("carl")),
        ("adopt dora", adopt("dora")),
        ("delete", ("DELETE", of("users/anna"), Value::Null)),
        ("delete all", ("DELETE", of("users/anna?removeKeys=true"), Value::Null)),
        ("block", ("POST", of("users/anna/block"), json!({ "reason": "leaver" }))),
        ("lost", ("POST", of("users/anna/block"), json!({ "reason": "lost" }))),
        ("link anna", ("POST", of("users/anna/keys"), house.link(&[2], &[0]))),
        ("link bea", ("POST", of("users/bea/keys"), house.link(&[2], &[1]))),
        ("exactly", exact("anna", 2, 2)),
        ("rights", ("PUT", of("users/anna/access-rights"), house.link(&[0], &[1, 2]))),
        ("other rights", ("PUT", of("users/anna/access-rights"), house.link(&[0], &[2]))),
        ("detach", ("DELETE", of(&format!("users/anna/keys/{}", key(0))), Value::Null)),
        ("limits", ("PUT", of(&format!("keys/{}/limits", key(0))), limits)),
        ("other limits", ("PUT", of(&format!("keys/{}/limits", key(0))), other_limits)),
        ("list", ("PUT", of(&format!("block-list/{}", key(0))), Value::Null)),
        ("list bea's", ("PUT", of(&format!("block-list/{}", key(1))), Value::Null)),
        ("replace", ("POST", of(&format!("keys/{}/replace", key(0))), replace)),
        ("send", ("POST send-2", of("users/anna/mobile-keys"), send)),
        ("sync", ("POST", of("users/sync"), json!({}))),
        ("structure", ("POST", of("structure/sync"), json!({}))),
        ("retry", ("POST", "/v1/jobs/retry".to_owned(), json!({}))),
        ("refresh", ("POST", "/v1/jobs/refresh-keys".to_owned(), json!({}))),
        ("housekeeping", ("POST", "/v1/jobs/housekeeping".to_owned(), json!({}))),
    ]
}

/// What takes several steps in iLOQ, beside what may come in between. Each step finds what the other one has done until
/// then, and tells it: that a user or key is away, or opens nothing any more.
const IN_BETWEEN: [(&str, &[&str]); 7] = [
    ("delete", &[]),
    ("delete all", &[]),
    ("replace", &[]),
    ("adopt carl", &["adopt dora"]),
    ("list", &["rights", "other rights", "limits", "other limits", "detach", "block", "list bea's"]),
    (
        "lost",
        &[
            "block",
            "detach",
            "exactly",
            "link anna",
            "rights",
            "other rights",
            "list bea's",
            "save one",
            "save two",
        ],
    ),
    ("block", &["limits", "other limits", "exactly", "link anna", "save one", "save two"]),
];

/// The keys of the user, and what else may be done to one of them at that moment.
const TAKEN_AWAY: [&str; 2] = ["detach", "exactly"];
const CHANGED: [&str; 4] = ["rights", "other rights", "limits", "other limits"];

fn comes_in_between(one: &str, other: &str) -> bool {
    let long = |(long, beside): &(&str, &[&str])| {
        let is = |a: &str, b: &str| a == *long && (beside.is_empty() || beside.contains(&b));
        is(one, other) || is(other, one)
    };
    let away = |a: &str, b: &str| TAKEN_AWAY.contains(&a) && CHANGED.contains(&b);
    IN_BETWEEN.iter().any(long) || away(one, other) || away(other, one)
}

/// Keys on which iLOQ plans something else than the portal wants, and nothing waits to mend that.
fn differing(house: &House) -> Vec<String> {
    let retries = house.retries();
    let waits = |key: &str| retries.iter().any(|retry| retry["key"] == key);
    let differs = |n: &usize| {
        let answer = house.try_key(*n);
        let (key, rights) = (&answer.body, &answer.body["accessRights"]);
        let alive = !["returned", "deleted"].contains(&key["status"].as_str().unwrap_or("deleted"));
        // A key on the block list opens nothing and can't be changed: whoever wants that is told.
        let opens = alive && key["blockListed"] != true;
        let planned = house.planned(*n).len();
        opens && !waits(&house.keys[*n]) && rights["wanted"].as_array().unwrap().len() != planned
    };
    let found = (0..house.keys.len()).filter(differs);
    found.map(|n| format!("key {n} has not the rights that are wanted")).collect()
}

/// Both sides after the calls, and what is wrong then.
fn end(house: &House) -> (Seen, Vec<String>) {
    let wrong = afterwards(house);
    house.world.post(&house.world.of("keys/refresh"), json!({ "keyIds": house.keys }));
    let differing = differing(house);
    (Seen::of(house), wrong.into_iter().chain(differing).collect())
}

fn in_turn(first: usize, second: usize) -> Seen {
    let house = house();
    for n in [first, second] {
        let (name, asked) = calls(&house).swap_remove(n);
        let answer = futures::executor::block_on(super::ask(&house.world, asked));
        assert!(answer.status < 500, "{name}: {:#}", answer.body);
    }
    end(&house).0
}

fn pair(one: usize, other: usize, wrong: &mut BTreeSet<String>) {
    let (name, beside) = {
        let calls = calls(&house());
        (calls[one].0, calls[other].0)
    };
    let expected = [in_turn(one, other), in_turn(other, one)];
    for seed in 0..SEEDS {
        let house = house();
        let mut calls = calls(&house);
        let (_, second) = calls[other].clone();
        let (_, first) = calls.swap_remove(one);
        let answers = at_once(&house, seed, first, second);
        let (seen, mut found) = end(&house);
        for (who, answer) in [(name, answers.0), (beside, answers.1)] {
            let refused = comes_in_between(name, beside) && answer.code() == "iloq-refused";
            if answer.status >= 500 && !refused {
                found.push(format!("{who} was answered {} {}", answer.status, answer.body));
            }
        }
        let differences = expected.each_ref().map(|expected| {
            let mut differences = expected.differences(&seen, false);
            differences.retain(|what| !what.contains("/tries is"));
            differences
        });
        let is_neither = differences.iter().all(|differences| !differences.is_empty());
        if is_neither && !comes_in_between(name, beside) {
            let least = differences.into_iter().min_by_key(Vec::len).unwrap();
            found.extend(least.into_iter().take(4));
        }
        if !found.is_empty() {
            wrong.insert(format!("{name} and {beside}, seed {seed}: {}", found.join("; ")));
        }
    }
}

#[test]
fn every_two_calls_end_as_one_after_the_other() {
    let count = calls(&house()).len();
    let mut wrong = BTreeSet::new();
    for one in 0..count {
        for other in one..count {
            pair(one, other, &mut wrong);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} are wrong:\n{}",
        wrong.len(),
        wrong.into_iter().collect::<Vec<_>>().join("\n")
    );
}

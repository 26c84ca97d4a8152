//! What holds for every operation on keys: a blocked user gets nothing, a block ends what is on its way, and an API
//! user that lacks something is told what, before anything is changed.

use std::time::Duration;

use futures::{executor::block_on, future::join};
use iloq_client::io::Clock;
use integration::http::Body;
use serde_json::{Value, json};
use simulator::{Action, Fault, UserChange};

use crate::support::{House, PHONE, Response};

/// An operation on keys: its name, method, path below the system, body.
type Operation = (&'static str, &'static str, String, Value);

/// Operations that give a user something.
fn giving(house: &House) -> Vec<Operation> {
    let mut set = house.link(&[0, 1], &[0]);
    set["type"] = json!("key");
    let invite = json!({ "phone": "+358405556666", "accessRightIds": [house.rights[0]] });
    let key = &house.keys[0];
    vec![
        ("attach", "POST", "users/anna/keys".to_owned(), house.link(&[1], &[0])),
        ("set of keys", "PUT", "users/anna/keys".to_owned(), set),
        ("rights", "PUT", "users/anna/access-rights".to_owned(), house.link(&[0], &[1])),
        ("limits", "PUT", format!("keys/{key}/limits"), json!({ "endsLocal": "2027-06-30T18:00:00" })),
        ("send", "POST", "users/anna/mobile-keys".to_owned(), invite),
        ("resend", "POST", format!("mobile-keys/{}/resend", house.keys[PHONE]), json!({ "force": true })),
        ("replace", "POST", format!("keys/{key}/replace"), json!({ "newKeyId": house.keys[2] })),
    ]
}

/// All operations that change keys.
fn changing(house: &House) -> Vec<Operation> {
    let key = &house.keys[0];
    let mut all = giving(house);
    all.extend([
        ("detach", "DELETE", format!("users/anna/keys/{key}"), Value::Null),
        ("take a phone away", "DELETE", format!("users/anna/keys/{}", house.keys[PHONE]), Value::Null),
        ("block", "POST", "users/anna/block".to_owned(), json!({ "reason": "leaver" })),
        ("block as lost", "POST", "users/anna/block".to_owned(), json!({ "reason": "lost" })),
        ("list", "PUT", format!("block-list/{key}"), json!({})),
        ("take off the list", "DELETE", format!("block-list/{}", house.keys[3]), Value::Null),
    ]);
    all
}

/// Anna has a key and a phone; another key is on the block list.
fn house() -> House {
    let house = House::with_phone();
    house.give(&[0, 3], &[0]);
    house.world.put(&house.world.of(&format!("block-list/{}", house.keys[3])), json!({})).expect(200);
    house.writes();
    house
}

async fn ask(house: &House, (_, method, path, body): &Operation) -> Response {
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let headers = [("idempotency-key", "k")];
    house.world.request(method, &house.world.of(path), &headers, Body::Bytes(body)).await
}

/// The problems in an answer: its own, or those of its items.
fn problems(answer: &Response) -> Vec<Value> {
    if answer.status >= 400 {
        return vec![answer.body.clone()];
    }
    let items = answer.body["items"].as_array().cloned().unwrap_or_else(|| vec![answer.body["item"].clone()]);
    items.iter().filter_map(|item| item.get("problem").cloned()).collect()
}

#[test]
fn a_blocked_user_is_given_nothing_by_any_operation() {
    let house = house();
    house.world.http.down.set(true);
    // The flag alone: the keys are still there.
    assert_eq!(house.post("block", json!({ "reason": "leaver" })).status, 503);
    house.world.http.down.set(false);
    let before = house.world.simulator.snapshot();
    for operation in giving(&house) {
        let answer = block_on(ask(&house, &operation));
        let told = problems(&answer);
        assert!(!told.is_empty(), "{}: {:#}", operation.0, answer.body);
        for problem in told {
            assert_eq!(
                (&problem["code"], &problem["status"]),
                (&json!("user-blocked"), &json!(409)),
                "{}",
                operation.0
            );
        }
        assert!(matches!(answer.status, 409 | 207), "{}: {}", operation.0, answer.status);
        assert_eq!(house.writes(), [""; 0], "{}", operation.0);
    }
    assert_eq!(house.world.simulator.snapshot(), before);
    assert!(house.is_blocked());
}

/// What each operation does, a sync and the jobs besides: the block comes at any moment of it and holds in the end.
#[test]
fn a_block_during_anything_ends_blocked() {
    let jobs = |_: &House| -> Vec<Operation> { vec![("sync", "POST", "users/sync".to_owned(), json!({}))] };
    let names: Vec<_> = {
        let house = house();
        giving(&house).into_iter().chain(jobs(&house)).map(|operation| operation.0).collect()
    };
    for name in names {
        for wait in (0..900).step_by(60) {
            let house = house();
            let find = |operation: &Operation| operation.0 == name;
            let operation = giving(&house).into_iter().chain(jobs(&house)).find(find).unwrap();
            ends_blocked(&house, &format!("{name} {wait}"), wait, ask(&house, &operation));
        }
    }
}

#[test]
fn a_block_during_a_job_ends_blocked() {
    for job in ["retry", "refresh-keys", "sync-users"] {
        for wait in (0..900).step_by(60) {
            let house = house();
            // An order of Anna's waits.
            house.world.simulator.add_fault(Fault::answering("Keys_CanOrderKey", 3));
            house.attach(&[1], &[0]);
            house.world.simulator.set_faults(Vec::new());
            house.world.advance(Duration::from_secs(4000));
            let path = format!("/v1/jobs/{job}");
            let run = house.world.request("POST", &path, &[], Body::Bytes(b"{}".to_vec()));
            ends_blocked(&house, &format!("{job} {wait}"), wait, run);
        }
    }
}

/// The block comes `wait` milliseconds later; every answer of iLOQ takes 50.
fn ends_blocked(house: &House, what: &str, wait: u64, work: impl Future<Output = Response>) {
    house.world.simulator.add_fault(Fault { action: Action::Delay { ms: 50 }, ..Fault::default() });
    let block: Operation = ("block", "POST", "users/anna/block".to_owned(), json!({ "reason": "leaver" }));
    let (_, blocked) = block_on(join(work, async {
        house.world.clock.sleep(Duration::from_millis(wait)).await;
        ask(house, &block).await
    }));
    house.world.simulator.set_faults(Vec::new());
    assert!(blocked.status < 300, "{what}: {:#}", blocked.body);
    house.retry_job();
    house.retry_job();
    assert!(house.is_blocked(), "{what}");
    let held = house.world.get(&house.world.of("keys?user=anna")).expect(200);
    for key in held["items"].as_array().unwrap() {
        // The one on the block list stays where it is; a message that had gone already is returned once it is answered.
        let sent = key["type"] == "mobile" && key["status"] == "sent";
        assert!(key["blockListed"] == true || sent, "{what}: {key:#}");
    }
    for n in [0, 1, 2] {
        let key = house.key(n);
        if key["blockListed"] == true {
            continue;
        }
        assert!(key.get("userId").is_none(), "{what}: {key:#}");
        assert_eq!(key["accessRights"]["wanted"], json!([]), "{what}: {key:#}");
    }
}

/// A licence, a right or the whole system: each operation is refused before its first change, and says what lacks.
#[test]
fn what_the_api_user_lacks_is_told_before_anything_is_changed() {
    type Lack = (&'static str, fn(&House), &'static [&'static str]);
    let without = |house: &House, bits: u64| {
        let change = UserChange { rights: Some(((1_u64 << 55) - 1) & !bits), ..UserChange::default() };
        house.world.simulator.change_user("api", change).unwrap();
    };
    let lacks: [Lack; 3] = [
        (
            "no rights at all",
            |house| {
                let change = UserChange { rights: Some(0), ..UserChange::default() };
                house.world.simulator.change_user("api", change).unwrap();
            },
            &["iloq-rights-missing"],
        ),
        (
            "the API is off",
            |house| {
                let change = json!({ "OptionMask": 1 });
                house.world.simulator.patch_lock_group(None, change.as_object().unwrap().clone()).unwrap();
            },
            &["iloq-rights-missing"],
        ),
        (
            "locked out",
            |house| {
                let change = UserChange { login_result: Some(8), ..UserChange::default() };
                house.world.simulator.change_user("api", change).unwrap();
                house.world.simulator.expire_sessions();
            },
            &["iloq-login-refused", "system-suspended"],
        ),
    ];
    for (what, lack, codes) in lacks {
        let names: Vec<_> = changing(&house()).into_iter().map(|operation| operation.0).collect();
        for name in names {
            let house = house();
            let operation = changing(&house).into_iter().find(|operation| operation.0 == name).unwrap();
            let before = keys(&house);
            lack(&house);
            let answer = block_on(ask(&house, &operation));
            let told = problems(&answer);
            assert!(!told.is_empty(), "{what}, {name}: {:#}", answer.body);
            for problem in told {
                assert!(codes.contains(&problem["code"].as_str().unwrap()), "{what}, {name}: {problem:#}");
                assert!(problem["iloq"]["operation"].is_string(), "{what}, {name}: {problem:#}");
            }
            assert_eq!(house.writes(), [""; 0], "{what}, {name}");
            assert_eq!(keys(&house), before, "{what}, {name}");
        }
    }
    // Single rights: what needs them is refused, and named.
    for (bits, operation, name) in [
        (34_359_738_368, "Keys_CanOrderKey", "limits"),
        (33_554_432, "Keys_CanAddSecurityAccess", "attach"),
        (131_072, "Blacklists_CanAddKey", "list"),
    ] {
        let house = house();
        without(&house, bits);
        let found = changing(&house).into_iter().find(|operation| operation.0 == name).unwrap();
        let told = problems(&block_on(ask(&house, &found)));
        assert_eq!(told[0]["code"], "iloq-rights-missing", "{name}: {:#}", told[0]);
        if name != "limits" {
            assert_eq!(told[0]["iloq"]["operation"], operation, "{name}");
        }
    }
}

/// All keys as iLOQ has them.
fn keys(house: &House) -> Value {
    fn table(value: &Value) -> Option<&Value> {
        match value {
            Value::Object(map) => map.get("keys").or_else(|| map.values().find_map(table)),
            Value::Array(items) => items.iter().find_map(table),
            _ => None,
        }
    }
    table(&house.world.simulator.snapshot()).cloned().unwrap_or_default()
}

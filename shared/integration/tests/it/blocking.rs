//! Users blocked and unblocked: what their keys open afterwards, and what they get back.

use std::time::Duration;

use iloq_client::io::Clock;
use serde_json::{Value, json};

use crate::{
    at_once::at_once,
    support::{House, PHONE, World, catch_crash},
};

#[test]
fn a_leaver_holds_nothing_and_gets_back_exactly_that() {
    let house = House::with_phone();
    house.give(&[0], &[0, 1]);
    house.give(&[1], &[2]);
    house.writes();
    let plan = house.post("block", json!({ "reason": "leaver", "dryRun": true })).expect(200);
    assert_eq!(plan["items"].as_array().unwrap().len(), 3, "{plan:#}");
    assert_eq!(house.writes(), [""; 0], "a plan writes nothing");
    assert!(!house.is_blocked());

    let answer = house.post("block", json!({ "reason": "leaver" })).expect(200);
    assert_eq!([0, 1, PHONE].map(|n| house.outcome(&answer, n)), ["removed", "removed", "returned"]);
    for item in answer["items"].as_array().unwrap() {
        let phone = item["keyId"] == house.keys[PHONE].as_str();
        assert_eq!(item["effective"], if phone { "whenAppOpened" } else { "whenProgrammed" });
    }
    assert!(house.is_blocked() && house.is_gone(PHONE));
    assert!([0, 1].iter().all(|n| house.key(*n).get("userId").is_none() && house.wanted(*n) == 0));

    house.writes();
    let again = house.post("block", json!({ "reason": "leaver" })).expect(200);
    assert_eq!((again["items"].clone(), house.writes()), (json!([]), vec![]), "repeating changes nothing");

    let answer = house.post("unblock", json!({ "restore": true })).expect(207);
    assert_eq!([0, 1, PHONE].map(|n| house.outcome(&answer, n)), ["ordered", "ordered", "failed"]);
    assert!(answer.to_string().contains("new invitation"), "{answer:#}");
    assert!(!house.is_blocked());
    assert_eq!((house.wanted(0), house.wanted(1)), (2, 1));
    assert_eq!(house.key(0)["userId"], "anna");
    let again = house.post("unblock", json!({ "restore": true })).expect(200);
    assert_eq!(again["items"], json!([]));
}

#[test]
fn what_another_has_now_is_not_given_back() {
    let house = House::with_phone();
    house.give(&[0, 1], &[0]);
    house.post("block", json!({ "reason": "leaver" })).expect(200);
    house.world.put(&house.world.of("users/bea"), json!({ "firstName": "Bea" })).expect(201);
    house.world.post(&house.world.of("users/bea/keys"), house.link(&[0], &[1])).expect(200);
    let answer = house.post("unblock", json!({ "restore": true })).expect(207);
    assert_eq!([0, 1].map(|n| house.outcome(&answer, n)), ["failed", "ordered"]);
    assert!(answer.to_string().contains("key-attached-to-another-user"), "{answer:#}");
    assert_eq!(house.key(0)["userId"], "bea");
}

#[test]
fn keys_may_stay_without_rights() {
    let house = House::with_phone();
    house.give(&[0], &[0, 1]);
    let answer = house.post("block", json!({ "reason": "leaver", "keepKeys": true })).expect(200);
    assert_eq!(house.outcome(&answer, 0), "ordered");
    assert_eq!((house.key(0)["userId"].clone(), house.wanted(0)), (json!("anna"), 0));
    let again = house.post("block", json!({ "reason": "leaver", "keepKeys": true })).expect(200);
    assert_ne!(house.outcome(&again, 0), "failed");
    house.post("unblock", json!({ "restore": false })).expect(200);
    assert_eq!(house.wanted(0), 0, "not asked for, not given back");
}

#[test]
fn lost_keys_are_block_listed_and_left_alone() {
    let house = House::with_phone();
    house.give(&[0, 1], &[0, 1]);
    house.give(&[2], &[]);
    // This one is on the list for another reason, and stays there.
    house.world.put(&house.world.of(&format!("block-list/{}", house.keys[1])), json!({})).expect(200);
    house.writes();
    let answer = house.post("block", json!({ "reason": "lost" })).expect(200);
    let outcomes = [0, 1, 2, PHONE].map(|n| house.outcome(&answer, n));
    assert_eq!(outcomes, ["blockListed", "unchanged", "unchanged", "returned"], "{answer:#}");
    let orders = house.writes().iter().filter(|o| o.contains("Order")).count();
    assert_eq!(orders, 1, "the list is ordered once");
    assert_eq!(house.wanted(0), 2, "nothing else is done to it");
    assert!(house.listed().contains(&house.keys[0]));
    let again = house.post("block", json!({ "reason": "lost" })).expect(200);
    assert_eq!((house.outcome(&again, 0), house.writes()), ("unchanged", vec![]));

    let answer = house.post("unblock", json!({ "restore": false })).expect(200);
    assert_eq!(house.outcome(&answer, 0), "removed");
    assert_eq!(house.listed(), [house.keys[1].clone()]);
    assert_eq!((house.key(0)["userId"].clone(), house.wanted(0)), (json!("anna"), 2));
}

#[test]
fn a_blocked_user_is_given_nothing_and_may_lose_everything() {
    let house = House::with_phone();
    house.give(&[0], &[0]);
    house.post("block", json!({ "reason": "leaver", "keepKeys": true })).expect(200);
    let put = json!({ "type": "key", "keys": house.link(&[0], &[0])["keys"] });
    let refused = [
        house.post("keys", house.link(&[1], &[0])),
        house.world.put(&house.world.of("users/anna/keys"), put),
        house.world.put(&house.world.of("users/anna/access-rights"), house.link(&[0], &[0])),
        house.world.post(
            &house.world.of(&format!("keys/{}/replace", house.keys[0])),
            json!({ "newKeyId": house.keys[1] }),
        ),
    ];
    for answer in &refused[..3] {
        assert_eq!((answer.status, answer.code()), (409, "user-blocked"));
    }
    assert!(refused[3].body.to_string().contains("user-blocked"), "{:#}", refused[3].body);
    house
        .world
        .put(&house.world.of("users/anna"), json!({ "lastName": "Berg", "blocked": false }))
        .expect(200);
    assert!(house.is_blocked(), "a save does not lift it");
    house.world.post(&house.world.of("users/sync"), json!({})).expect(200);
    assert!(house.is_blocked(), "nor does a sync");
    house.world.delete(&house.world.of(&format!("users/anna/keys/{}", house.keys[0]))).expect(200);
    assert!(house.key(0).get("userId").is_none());
}

#[test]
fn a_block_during_an_outage_goes_on_by_itself() {
    let house = House::with_phone();
    house.give(&[0], &[0, 1]);
    house.world.http.down.set(true);
    let answer = house.post("block", json!({ "reason": "leaver" }));
    assert_eq!((answer.status, answer.code()), (503, "iloq-unavailable"));
    assert!(house.is_blocked(), "the flag holds at once");
    let retries = house.world.get(&house.world.of("retries")).expect(200);
    assert_eq!(
        (&retries["items"][0]["kind"], &retries["items"][0]["user"]),
        (&json!("block-user"), &json!("anna"))
    );
    house.world.http.down.set(false);
    house.retry_job();
    assert!(house.is_gone(PHONE) && house.key(0).get("userId").is_none());
    assert_eq!(house.world.get(&house.world.of("retries")).expect(200)["items"], json!([]));

    house.world.http.down.set(true);
    assert_eq!(house.post("unblock", json!({ "restore": true })).status, 503);
    assert!(!house.is_blocked());
    house.world.http.down.set(false);
    house.retry_job();
    assert_eq!((house.key(0)["userId"].clone(), house.wanted(0)), (json!("anna"), 2));
}

#[test]
fn a_block_that_dies_anywhere_ends_blocked_and_can_be_undone() {
    for reason in ["leaver", "lost"] {
        for at in 1.. {
            let house = House::with_phone();
            house.give(&[0, 1], &[0, 1]);
            house.world.effects.reset(Some(at));
            let whole = catch_crash(|| house.post("block", json!({ "reason": reason })));
            house.world.effects.reset(None);
            if whole.is_some() {
                assert!(at > 20, "{at}: the crash has to come to be tested");
                break;
            }
            let flagged = house.is_blocked();
            house.retry_job();
            if flagged {
                assert!(house.is_gone(PHONE), "{reason} {at}: the job goes on");
            }
            house.post("block", json!({ "reason": reason })).expect(200);
            assert!(house.is_blocked());
            match reason {
                "lost" => assert_eq!(house.listed().len(), 2, "{at}"),
                _ => assert!(house.key(0).get("userId").is_none() && house.wanted(1) == 0, "{at}"),
            }
            house.post("unblock", json!({ "restore": true }));
            assert_eq!(house.listed(), [""; 0], "{reason} {at}");
            for n in [0, 1] {
                assert_eq!(house.key(n)["userId"], "anna", "{reason} {at}");
                assert_eq!(house.wanted(n), 2, "{reason} {at}");
            }
        }
    }
}

#[test]
fn a_link_that_runs_while_the_user_is_blocked_ends_with_nothing() {
    // The block comes while the request waits for iLOQ: at its 1st, 2nd, 3rd … call.
    for calls in 1..14 {
        let house = House::with_phone();
        // Every answer takes time, so that the two requests take turns.
        let settings = simulator::Settings { latency_ms: 50, ..house.world.simulator.settings() };
        house.world.simulator.set_settings(settings);
        let (world, body) = (&house.world, house.link(&[0], &[0, 1]));
        futures::executor::block_on(async {
            let (link_path, block_path) = (world.of("users/anna/keys"), world.of("users/anna/block"));
            let link = world.request(
                "POST",
                &link_path,
                &[],
                integration::http::Body::Bytes(body.to_string().into_bytes()),
            );
            let block = async {
                // Every call of the link yields once in virtual time.
                while world.simulator.calls().len() < calls {
                    let mut yielded = false;
                    std::future::poll_fn(|cx| {
                        cx.waker().wake_by_ref();
                        if std::mem::replace(&mut yielded, true) {
                            std::task::Poll::Ready(())
                        } else {
                            std::task::Poll::Pending
                        }
                    })
                    .await;
                    if link_is_over(world) {
                        break;
                    }
                }
                let body = integration::http::Body::Bytes(br#"{"reason":"leaver"}"#.to_vec());
                world.request("POST", &block_path, &[], body).await
            };
            let (_, blocked) = futures::join!(link, block);
            assert!(blocked.status < 300, "{calls}: {:#}", blocked.body);
        });
        house.retry_job();
        assert!(house.is_blocked());
        assert!(house.key(0).get("userId").is_none(), "{calls}: attached");
        assert_eq!(house.wanted(0), 0, "{calls}: rights");
    }
}

/// The link orders at its end.
fn link_is_over(world: &World) -> bool {
    world.simulator.calls().iter().any(|call| call.operation == "Keys_OrderKey")
}

/// A house whose Anna has `count` keys with two rights each; iLOQ is 50 ms away.
fn with_keys(count: usize) -> House {
    let mut house = House::new();
    for n in 4..count {
        house.add_key(&json!({ "Description": format!("Spare {n}"), "KeyTypeMask": 264 }));
    }
    house.give(&(0..count).collect::<Vec<_>>(), &[0, 1]);
    let settings = simulator::Settings { latency_ms: 50, ..house.world.simulator.settings() };
    house.world.simulator.set_settings(settings);
    house.calls();
    house
}

/// Requests to iLOQ, and how long they took.
fn cost(house: &House, what: &str, body: Value) -> (usize, Duration) {
    let began = house.world.clock.monotonic();
    house.post(what, body).expect(200);
    (house.calls().len(), house.world.clock.monotonic() - began)
}

#[test]
fn the_keys_of_a_block_are_taken_side_by_side() {
    let rounds = |n: u32| n * Duration::from_millis(50);
    for (reason, first, each, depth) in [("leaver", 2, 9, 11), ("lost", 4, 2, 6)] {
        for count in [1, 5, 6] {
            let house = with_keys(count);
            let (calls, took) = cost(&house, "block", json!({ "reason": reason }));
            assert_eq!(calls, first + each * count, "{reason} {count}");
            assert_eq!(took, rounds(depth), "{reason} {count}: as long as one key alone");
            let (_, took) = cost(&house, "unblock", json!({ "restore": true }));
            assert!(took <= rounds(12), "{reason} {count}: {took:?}");
            for n in 0..count {
                assert_eq!((house.key(n)["userId"].clone(), house.wanted(n)), (json!("anna"), 2));
            }
        }
    }
    let house = with_keys(13);
    let (_, took) = cost(&house, "block", json!({ "reason": "leaver" }));
    assert_eq!(took, rounds(2 + 3 * 9), "no more than six at once");
}

/// Whichever is the last: the user holds nothing or everything, and nothing is forgotten that was taken.
#[test]
fn a_block_and_its_lifting_at_the_same_moment_end_as_one_of_both_says() {
    let mut blocked = 0;
    for seed in 0..200 {
        let house = House::new();
        house.give(&[0, 1, 2], &[0, 1]);
        house.post("block", json!({ "reason": "leaver" })).expect(200);
        let lift = ("POST", house.world.of("users/anna/unblock"), json!({ "restore": true }));
        let block = ("POST", house.world.of("users/anna/block"), json!({ "reason": "leaver" }));
        let (first, second) = if seed % 3 == 0 {
            at_once(&house, seed, block, lift)
        } else {
            at_once(&house, seed, lift, block)
        };
        let answers = format!("{seed}: {:#} {:#}", first.body, second.body);
        assert!(first.status < 500 && second.status < 500, "{answers}");
        for _ in 0..3 {
            house.retry_job();
        }
        if house.is_blocked() {
            blocked += 1;
            for n in [0, 1, 2] {
                let key = house.key(n);
                assert!(key.get("userId").is_none() && house.wanted(n) == 0, "{answers} {key:#}");
            }
            house.post("unblock", json!({ "restore": true })).expect(200);
        }
        for n in [0, 1, 2] {
            assert_eq!((house.key(n)["userId"].clone(), house.wanted(n)), (json!("anna"), 2), "{answers}");
        }
        assert_eq!(house.retries().len(), 0, "{answers}");
    }
    assert!(blocked > 20, "{blocked}");
}

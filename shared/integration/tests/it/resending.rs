//! A phone key that is sent again while something else happens to it.

use serde_json::{Value, json};
use simulator::{Action, Fault};

use crate::{
    at_once::{at_once, one_host},
    support::{House, catch_crash},
};

const SEEDS: u64 = 100;

fn house() -> (House, usize) {
    let mut house = House::new();
    let phone = house.send(&[0]);
    house.world.effects.reset(None);
    (house, phone)
}

fn path(house: &House, phone: usize) -> String {
    house.world.of(&format!("mobile-keys/{}/resend", house.keys[phone]))
}

/// Messages that went after the first.
fn again(house: &House) -> usize {
    let all = house.world.simulator.messages(None);
    all.iter().filter(|message| message.reason == "re-register").count()
}

fn resend(house: &House, phone: usize, intent: &str) -> Value {
    let headers = [("idempotency-key", intent)];
    house.world.call("POST", &path(house, phone), &headers, Some(json!({}))).expect(200)
}

#[test]
fn new_rights_and_a_resend_both_hold() {
    for seed in 0..SEEDS {
        let (house, phone) = house();
        let rights = ("PUT", house.world.of("users/anna/access-rights"), house.link(&[phone], &[1, 2]));
        let resend = ("POST", path(&house, phone), json!({ "phone": "+358407778888" }));
        let (first, second) = if seed % 2 == 0 {
            one_host(&house, seed, rights, resend)
        } else {
            one_host(&house, seed, resend, rights)
        };
        assert_eq!((first.status, second.status), (200, 200), "{seed}: {:#} {:#}", first.body, second.body);
        let key = house.key(phone);
        let mut wanted = [house.rights[1].clone(), house.rights[2].clone()];
        wanted.sort();
        assert_eq!(key["accessRights"]["wanted"], json!(wanted), "{seed}");
        assert_eq!(house.ordered(phone), [1, 2], "{seed}");
        let invitation = &key["invitation"];
        assert_eq!((&invitation["count"], again(&house)), (&json!(2), 1), "{seed}");
        assert_eq!(invitation["address"], "+358407778888", "{seed}");
        assert_eq!(house.retries().len(), 0, "{seed}");
    }
}

#[test]
fn two_resends_at_once_send_one_message_each() {
    for seed in 0..SEEDS {
        let (house, phone) = house();
        let resend = || ("POST", path(&house, phone), json!({}));
        let (first, second) = one_host(&house, seed, resend(), resend());
        let counts = [&first, &second].map(|answer| {
            assert_eq!(
                (answer.status, &answer.body["items"][0]["outcome"]),
                (200, &json!("ordered")),
                "{seed}"
            );
            answer.body["invitation"]["count"].as_u64().unwrap()
        });
        assert!(counts == [2, 3] || counts == [3, 2], "{seed}: {counts:?}");
        assert_eq!((&house.key(phone)["invitation"]["count"], again(&house)), (&json!(3), 2), "{seed}");
    }
}

/// The same request twice, for example because the caller lost patience.
#[test]
fn the_same_resend_twice_at_once_sends_one_message() {
    for seed in 0..SEEDS {
        let (house, phone) = house();
        let resend = || ("POST same", path(&house, phone), json!({}));
        let (first, second) = one_host(&house, seed, resend(), resend());
        assert_eq!((first.status, second.status), (200, 200), "{seed}");
        assert_eq!((&house.key(phone)["invitation"]["count"], again(&house)), (&json!(2), 1), "{seed}");
    }
}

/// A request whose outcome is not known is not sent again, also if others came in between.
#[test]
fn a_request_that_died_is_never_sent_again() {
    let (whole, phone) = house();
    resend(&whole, phone, "b");
    let effects = whole.world.effects.seen();
    for at in 1..=effects {
        let (house, phone) = house();
        house.world.effects.reset(Some(at));
        assert!(catch_crash(|| resend(&house, phone, "b")).is_none());
        let sent = again(&house);
        for other in ["c", "d", "e"] {
            resend(&house, phone, other);
        }
        let late = resend(&house, phone, "b");
        let outcome = &late["items"][0]["outcome"];
        let expected = if sent == 1 || outcome == "unknown" { sent + 3 } else { 4 };
        assert_eq!(again(&house), expected, "crash at effect {at}: {late:#}");
    }
}

/// A block that comes while the message is prepared stops it.
#[test]
fn a_block_in_between_stops_the_message() {
    let mut stopped = 0;
    for seed in 0..SEEDS {
        let (house, phone) = house();
        let resend = ("POST", path(&house, phone), json!({ "phone": "+358407778888" }));
        let block = ("POST", house.world.of("users/anna/block"), json!({ "reason": "leaver" }));
        let (sent, blocked) = at_once(&house, seed, resend, block);
        assert!(blocked.status < 300, "{seed}: {:#}", blocked.body);
        if sent.code() == "user-blocked" {
            stopped += 1;
            assert_eq!(again(&house), 0, "{seed}");
        }
        assert!(house.ordered(phone).is_empty() && house.planned(phone).is_empty(), "{seed}");
        assert_eq!(house.wanted(phone), 0, "{seed}");
        house.world.simulator.activate(None, house.id(phone)).unwrap();
        house.retry_job();
        assert!(house.is_gone(phone), "{seed}");
    }
    assert!(stopped > 0);
}

/// Only what certainly did not go is sent by the same request again.
#[test]
fn a_refusal_beside_another_resend_keeps_the_other() {
    let (house, phone) = house();
    let refused = Action::Status { status: 403, code: None, message: None, retry_after: None };
    house.world.simulator.add_fault(Fault::on("KeyPhones_SendPhoneRegistration", refused).times(1));
    let headers = [("idempotency-key", "b")];
    let first = house.world.call("POST", &path(&house, phone), &headers, Some(json!({})));
    assert_eq!((first.status, again(&house)), (502, 0));
    resend(&house, phone, "c");
    resend(&house, phone, "b");
    assert_eq!((&house.key(phone)["invitation"]["count"], again(&house)), (&json!(3), 2));
}

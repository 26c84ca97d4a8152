//! Phone keys: sent once, followed, sent again; nothing is left half-made, whatever happens in between.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::{Action, Fault, Uuid};

use crate::support::{House, Response, catch_crash};

const NUMBER: &str = "+358401112222";
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The house, and Anna has a number and an address.
fn house() -> House {
    let house = House::new();
    let anna = json!({ "mobilePhone": NUMBER, "email": "anna@example.com" });
    house.world.put(&house.world.of("users/anna"), anna).expect(200);
    house.world.simulator.reset_calls();
    house.world.effects.reset(None);
    house
}

impl House {
    fn body(&self) -> Value {
        json!({ "accessRightIds": self.rights[..2] })
    }

    fn try_phone(&self, intent: &str, body: Value) -> Response {
        let path = self.world.of("users/anna/mobile-keys");
        self.world.call("POST", &path, &[("idempotency-key", intent)], Some(body))
    }

    #[track_caller]
    fn phone(&self, intent: &str) -> Value {
        self.try_phone(intent, self.body()).expect(201)
    }

    fn try_resend(&self, key: &Value, intent: &str, body: Value) -> Response {
        let path = self.world.of(&format!("mobile-keys/{}/resend", key["id"].as_str().unwrap()));
        self.world.call("POST", &path, &[("idempotency-key", intent)], Some(body))
    }

    fn activate(&self, key: &Value) {
        self.world.simulator.activate(None, key["id"].as_str().unwrap().parse::<Uuid>().unwrap()).unwrap();
    }

    fn as_it_is_now(&self, key: &Value) -> Value {
        self.world.get(&self.world.of(&format!("keys/{}", key["id"].as_str().unwrap()))).expect(200)
    }

    fn annas_keys(&self) -> Vec<Value> {
        let keys = self.world.get(&self.world.of("keys?user=anna")).expect(200);
        keys["items"].as_array().unwrap().clone()
    }

    /// What went to phones and mailboxes: channel, address, reason.
    fn messages(&self) -> Vec<(String, String, String)> {
        let all = self.world.simulator.messages(None);
        all.into_iter().map(|m| (m.channel.to_owned(), m.address, m.reason.to_owned())).collect()
    }

    fn lose(&self, operation: &str, after_effect: bool) {
        let fault = Fault { after_effect, times: Some(1), ..Fault::on(operation, Action::Drop) };
        self.world.simulator.add_fault(fault);
    }
}

fn message(channel: &str, address: &str, reason: &str) -> (String, String, String) {
    (channel.to_owned(), address.to_owned(), reason.to_owned())
}

#[test]
fn a_phone_key_is_sent_answered_and_sent_again_to_a_new_phone() {
    let house = house();
    let key = house.phone("a");
    assert_eq!(
        (&key["type"], &key["status"], &key["userId"], &key["name"]),
        (&json!("mobile"), &json!("sent"), &json!("anna"), &json!("Anna Åkesson"))
    );
    let invitation = &key["invitation"];
    assert_eq!(
        (&invitation["channel"], &invitation["address"], &invitation["count"], &invitation["registration"]),
        (&json!("sms"), &json!(NUMBER), &json!(1), &json!("waiting"))
    );
    assert_eq!(
        (&key["items"][0]["action"], &key["items"][0]["outcome"], &key["items"][0]["effective"]),
        (&json!("send"), &json!("ordered"), &json!("whenAppOpened"))
    );
    let (wanted, programmed) = (&key["accessRights"]["wanted"], &key["accessRights"]["programmed"]);
    assert_eq!((wanted.as_array().unwrap().len(), programmed), (2, &json!([])));
    assert_eq!(house.messages(), [message("sms", NUMBER, "order")]);

    house.refresh_job();
    assert_eq!(house.told("mobileKey.activated").len(), 0);
    house.activate(&key);
    for _ in 0..2 {
        house.refresh_job();
        assert_eq!((house.told("mobileKey.activated").len(), house.told("mobileKey.stale").len()), (1, 0));
    }
    let now = house.as_it_is_now(&key);
    assert_eq!(
        (&now["status"], &now["invitation"]["registration"]),
        (&json!("programmed"), &json!("registered"))
    );

    let new_phone = json!({ "phone": "+358409998888" });
    let refused = house.try_resend(&key, "b", new_phone.clone());
    assert_eq!((refused.status, refused.code()), (409, "already-programmed"));
    let forced = json!({ "phone": "+358409998888", "force": true });
    let again = house.try_resend(&key, "c", forced).expect(200);
    assert_eq!(
        (&again["invitation"]["count"], &again["invitation"]["address"], &again["items"][0]["outcome"]),
        (&json!(2), &json!("+358409998888"), &json!("ordered"))
    );
    assert_eq!(
        house.messages(),
        [message("sms", NUMBER, "order"), message("sms", "+358409998888", "re-register")]
    );
    house.refresh_job();
    assert_eq!(house.told("mobileKey.activated").len(), 1, "the new phone has not answered");
    house.activate(&key);
    house.refresh_job();
    assert_eq!(house.told("mobileKey.activated").len(), 2, "the new phone");
}

#[test]
fn a_phone_key_costs_at_most_eight_calls_and_one_for_each_right() {
    let house = house();
    house.phone("a");
    house.world.simulator.reset_calls();
    let email = json!({ "accessRightIds": house.rights[..2], "email": "anna@example.com" });
    house.try_phone("c", email).expect(201);
    let calls: Vec<_> = house.world.simulator.calls().iter().map(|call| call.operation).collect();
    assert!(calls.len() <= 2 + 8, "{calls:#?}");
    assert_eq!(calls.iter().filter(|call| **call == "Keys_OrderKey").count(), 1);
}

#[test]
fn names_are_unique_and_the_channel_follows_the_address() {
    let house = house();
    house.phone("a");
    let second = house
        .try_phone("b", json!({ "accessRightIds": house.rights[..1], "email": "a2@example.com" }))
        .expect(201);
    assert_eq!(second["name"], "Anna Åkesson 2");
    let third = json!({ "accessRightIds": house.rights[..1], "channel": "email", "name": "At work" });
    let third = house.try_phone("c", third).expect(201);
    assert_eq!(third["name"], "At work");
    let went = house.messages();
    assert_eq!(
        went[1..],
        [message("email", "a2@example.com", "order"), message("email", "anna@example.com", "order")]
    );
    // The number of a key in the portal's hands is free for e-mail keys, taken for others.
    let unanswered = house.try_resend(&third, "d", json!({ "channel": "sms" }));
    assert_eq!((unanswered.status, unanswered.code()), (409, "phone-number-in-use"));
    house.try_resend(&third, "e", json!({ "channel": "sms", "phone": "+358405556666" })).expect(200);
    assert_eq!(house.messages().last(), Some(&message("sms", "+358405556666", "re-register")));
    let fourth = json!({ "accessRightIds": house.rights[..1], "email": "a4@example.com", "name": "At work" });
    assert_eq!(house.try_phone("d", fourth).expect(201)["name"], "At work 2", "unique for the user");
}

#[test]
fn what_can_be_checked_is_checked_before_iloq_is_changed() {
    let house = house();
    house.world.put(&house.world.of("users/bea"), json!({ "firstName": "Bea" })).expect(201);
    house.world.simulator.reset_calls();
    let before = house.world.simulator.snapshot();
    let right = &house.rights[0];
    for (user, body, status, code) in [
        ("nobody", json!({ "accessRightIds": [right] }), 404, "unknown-user"),
        ("bea", json!({ "accessRightIds": [right] }), 422, "missing-contact"),
        ("bea", json!({ "accessRightIds": [right], "channel": "email" }), 422, "missing-contact"),
        ("bea", json!({ "accessRightIds": [right], "phone": "040 123" }), 422, "invalid-phone-number"),
        ("bea", json!({ "accessRightIds": [Uuid::nil()], "phone": NUMBER }), 422, "unknown-access-right"),
        (
            "bea",
            json!({ "accessRightIds": [right], "phone": NUMBER, "colour": "red" }),
            422,
            "invalid-request",
        ),
    ] {
        let path = house.world.of(&format!("users/{user}/mobile-keys"));
        let intent = format!("{user}-{code}-{body}");
        let answer = house.world.call(
            "POST",
            &path,
            &[("idempotency-key", intent.replace(' ', "").as_str())],
            Some(body),
        );
        assert_eq!((answer.status, answer.code()), (status, code), "{:#}", answer.body);
    }
    let without = house.world.post(&house.world.of("users/anna/mobile-keys"), house.body());
    assert_eq!(without.code(), "idempotency-key-required");
    assert_eq!(house.world.simulator.snapshot(), before);
}

#[test]
fn a_number_that_is_in_use_leaves_no_half_made_key() {
    let house = house();
    house.phone("a");
    let answer = house.try_phone("b", house.body());
    assert_eq!((answer.status, answer.code()), (409, "phone-number-in-use"));
    assert_eq!((house.annas_keys().len(), house.messages().len()), (1, 1));
    let replayed = house.try_phone("b", house.body());
    assert_eq!((replayed.status, replayed.header("idempotency-replayed")), (409, Some("true")));
    // Also when the answer to the removal is lost.
    house.lose("Keys_Delete", true);
    let answer = house.try_phone("c", house.body());
    assert_eq!((answer.status, answer.code()), (409, "phone-number-in-use"));
    assert_eq!(house.annas_keys().len(), 1);
}

#[test]
fn rights_that_iloq_refuses_at_once_are_given_one_by_one_and_told() {
    let house = house();
    let limits = simulator::Limits { rights_per_key: 1, ..house.world.simulator.limits(None).unwrap() };
    house.world.simulator.set_limits(None, limits).unwrap();
    let answer = house.try_phone("a", house.body());
    assert_eq!((answer.status, answer.code()), (422, "too-many-rights"), "{:#}", answer.body);
    assert_eq!((house.annas_keys().len(), house.messages().len()), (0, 0));
}

#[test]
fn lost_answers_end_in_one_key_and_one_message() {
    for operation in [
        "Keys_Insert",
        "KeyPhones_Update",
        "Keys_UpdateMainZone",
        "Keys_OrderKey",
        "Keys_GetKeys",
        "Keys_CanOrderKey",
    ] {
        for after_effect in [false, true] {
            let house = house();
            house.lose(operation, after_effect);
            let first = house.try_phone("a", house.body());
            assert!(matches!(first.status, 201 | 503), "{operation}: {:#}", first.body);
            if after_effect {
                assert_eq!(first.status, 201, "{operation}: {:#}", first.body);
            }
            let key = house.phone("a");
            assert_eq!(
                (&key["status"], &key["invitation"]["count"]),
                (&json!("sent"), &json!(1)),
                "{operation}"
            );
            assert_eq!(
                (house.annas_keys().len(), house.messages().len()),
                (1, 1),
                "{operation} {after_effect}"
            );
        }
    }
}

#[test]
fn a_crash_at_every_effect_ends_in_one_key_and_one_message() {
    let whole = house();
    let expected = whole.phone("a");
    let effects = whole.world.effects.seen();
    assert!(effects > 20);
    for at in 1..=effects {
        let house = house();
        house.world.effects.reset(Some(at));
        assert!(catch_crash(|| house.phone("a")).is_none(), "effect {at} of {effects} was not reached");
        let key = house.phone("a");
        for member in ["id", "name", "status", "userId", "invitation"] {
            assert_eq!(key[member]["sentAt"].is_string(), expected[member]["sentAt"].is_string());
            if member != "invitation" {
                assert_eq!(key[member], expected[member], "crash at effect {at}");
            }
        }
        assert_eq!(key["invitation"]["count"], 1, "crash at effect {at}");
        assert_eq!(key["accessRights"]["wanted"], expected["accessRights"]["wanted"], "crash at effect {at}");
        assert_eq!(house.messages(), whole.messages(), "crash at effect {at}");
        let keys = house.annas_keys();
        assert_eq!(keys.len(), 1, "crash at effect {at}");
        assert_eq!(
            house.world.simulator.snapshot(),
            whole.world.simulator.snapshot(),
            "crash at effect {at}"
        );
    }
}

#[test]
fn a_message_is_not_sent_again_for_the_same_request() {
    let house = house();
    let key = house.phone("a");
    house.lose("KeyPhones_SendPhoneRegistration", true);
    for _ in 0..2 {
        let answer = house.try_resend(&key, "b", json!({})).expect(200);
        assert_eq!(answer["items"][0]["outcome"], "unknown");
        assert_eq!((&answer["invitation"]["count"], house.messages().len()), (&json!(1), 2));
    }
    let next = house.try_resend(&key, "c", json!({})).expect(200);
    assert_eq!((&next["items"][0]["outcome"], house.messages().len()), (&json!("ordered"), 3));
}

#[test]
fn a_resend_that_iloq_refused_goes_on() {
    let house = house();
    let key = house.phone("a");
    let refused = Action::Status { status: 403, code: None, message: None, retry_after: None };
    house.world.simulator.add_fault(Fault::on("KeyPhones_SendPhoneRegistration", refused).times(1));
    let first = house.try_resend(&key, "b", json!({}));
    assert_eq!((first.status, first.code(), house.messages().len()), (502, "iloq-rights-missing", 1));
    let second = house.try_resend(&key, "b", json!({})).expect(200);
    assert_eq!((&second["invitation"]["count"], house.messages().len()), (&json!(2), 2));
}

#[test]
fn a_crash_while_sending_again_never_sends_twice() {
    let prepared = || {
        let house = house();
        let key = house.phone("a");
        house.world.effects.reset(None);
        (house, key)
    };
    let body = || json!({ "channel": "email" });
    let (whole, key) = prepared();
    whole.try_resend(&key, "b", body()).expect(200);
    let effects = whole.world.effects.seen();
    for at in 1..=effects {
        let (house, key) = prepared();
        house.world.effects.reset(Some(at));
        assert!(catch_crash(|| house.try_resend(&key, "b", body())).is_none());
        let sent = house.messages().len();
        let answer = house.try_resend(&key, "b", body()).expect(200);
        let now = house.messages();
        assert!(now.len() <= 2, "crash at effect {at}: {now:?}");
        match answer["items"][0]["outcome"].as_str().unwrap() {
            "unknown" => assert_eq!(now.len(), sent, "crash at effect {at}"),
            _ => assert_eq!(
                (now.len(), &answer["invitation"]["count"]),
                (2, &json!(2)),
                "crash at effect {at}"
            ),
        }
    }
}

#[test]
fn an_invitation_without_answer_is_told_once_after_a_week() {
    let house = house();
    let key = house.phone("a");
    house.world.advance(6 * DAY);
    house.refresh_job();
    assert_eq!(house.told("mobileKey.stale").len(), 0);
    house.world.advance(DAY);
    for _ in 0..2 {
        house.refresh_job();
        assert_eq!(house.told("mobileKey.stale").len(), 1);
        assert_eq!(house.status()["invitationsExpired"], 1);
    }
    house.try_resend(&key, "b", json!({})).expect(200);
    house.world.advance(8 * DAY);
    house.refresh_job();
    assert_eq!(house.told("mobileKey.stale").len(), 2, "the second invitation is another one");
    house.activate(&key);
    house.refresh_job();
    assert_eq!(house.told("mobileKey.activated").len(), 1);
}

#[test]
fn an_order_that_the_licence_forbids_is_tried_again_by_the_job() {
    let house = house();
    let plenty = house.world.simulator.limits(None).unwrap();
    let none = simulator::Limits { licence: Some(0), ..plenty.clone() };
    house.world.simulator.set_limits(None, none).unwrap();
    let key = house.phone("a");
    assert_eq!((&key["status"], key.get("invitation")), (&json!("notOrdered"), None), "{key:#}");
    let item = &key["items"][0];
    assert_eq!(
        (&item["outcome"], &item["problem"]["code"]),
        (&json!("changedNotOrdered"), &json!("licence-limit"))
    );
    let early = house.try_resend(&key, "b", json!({}));
    assert_eq!((early.status, early.code()), (409, "order-refused"));
    house.world.simulator.set_limits(None, plenty).unwrap();
    house.world.advance(Duration::from_secs(90));
    house.world.post("/v1/jobs/retry", json!({})).expect(200);
    let now = house.as_it_is_now(&key);
    assert_eq!((&now["status"], &now["invitation"]["count"]), (&json!("sent"), &json!(1)));
    assert_eq!(house.messages().len(), 1);
}

#[test]
fn only_phone_keys_in_use_are_sent_again() {
    let house = house();
    let key = house.phone("a");
    let unknown = house.try_resend(&json!({ "id": Uuid::nil() }), "b", json!({}));
    assert_eq!((unknown.status, unknown.code()), (404, "unknown-key"));
    let listed = house.world.get(&house.world.of("keys?type=key")).expect(200);
    let physical = house.try_resend(&listed["items"][0], "c", json!({}));
    assert_eq!((physical.status, physical.code()), (404, "unknown-key"));
    house.activate(&key);
    house
        .world
        .delete(&house.world.of(&format!("users/anna/keys/{}", key["id"].as_str().unwrap())))
        .expect(200);
    let returned = house.try_resend(&key, "d", json!({ "force": true }));
    assert!(matches!(returned.code(), "key-unmodifiable" | "unknown-key"), "{:#}", returned.body);
}

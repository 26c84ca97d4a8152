//! Limits that a new phone key is sent with.

use serde_json::{Value, json};
use simulator::{Fault, Limits, Uuid};

use super::{Limited, refused, row};
use crate::support::{House, Response, catch_crash};

fn limited() -> Limited {
    let house = House::new();
    let anna = json!({ "firstName": "Anna", "lastName": "Åkesson", "mobilePhone": "+358401112222" });
    house.world.put(&house.world.of("users/anna"), anna).expect(200);
    Limited::new(house)
}

impl Limited {
    fn send(&self, intent: &str, limits: Value) -> Response {
        let mut body = json!({ "accessRightIds": self.house.rights[..2] });
        body["limits"] = limits;
        let path = self.house.world.of("users/anna/mobile-keys");
        self.house.world.call("POST", &path, &[("idempotency-key", intent)], Some(body))
    }

    fn everything(&self) -> Value {
        json!({
            "startsLocal": "2026-12-01T08:00:00", "endsLocal": "2026-12-31T18:00:00",
            "timeProfileIds": self.profiles, "offlineExpirySeconds": 86_400, "expectedReturn": "2027-01-01",
        })
    }

    fn limits_of(&self, key: &Value) -> Value {
        let path = self.house.world.of(&format!("keys/{}/limits", key["id"].as_str().unwrap()));
        self.house.world.get(&path).expect(200)
    }

    fn phone_keys(&self) -> usize {
        let keys = self.house.world.get(&self.house.world.of("keys?user=anna&type=mobile")).expect(200);
        keys["items"].as_array().unwrap().len()
    }

    fn messages(&self) -> usize {
        self.house.world.simulator.messages(None).len()
    }
}

#[test]
fn a_phone_key_is_sent_with_its_limits() {
    let limited = limited();
    let key = limited.send("a", limited.everything()).expect(201);
    assert_eq!((&key["status"], &key["items"][0]["outcome"]), (&json!("sent"), &json!("ordered")));
    assert_eq!((&key["expectedReturn"], key.get("warning")), (&json!("2027-01-01"), None));
    assert_eq!(limited.limits_of(&key), limited.everything());
    // What went to the phone is what was asked for: one order, after the limits.
    let iloq = row(&limited.house, key["id"].as_str().unwrap());
    assert_eq!(iloq["ordered"], iloq["plan"]);
    assert_eq!(iloq["plan"]["rights"].as_array().unwrap().len(), 2);
    assert_eq!(limited.messages(), 1);
}

#[test]
fn limits_cost_the_write_and_the_reads_that_it_needs() {
    let limited = limited();
    limited.send("warm", json!({})).expect(201);
    let bea = json!({ "firstName": "Bea", "mobilePhone": "+358403334444" });
    limited.house.world.put(&limited.house.world.of("users/bea"), bea).expect(201);
    let send = |intent: &str, limits: Value, phone: &str| {
        limited.house.calls();
        let body = json!({ "accessRightIds": limited.house.rights[..3], "limits": limits, "phone": phone });
        let path = limited.house.world.of("users/bea/mobile-keys");
        limited.house.world.call("POST", &path, &[("idempotency-key", intent)], Some(body)).expect(201);
        limited.house.calls()
    };
    let without = send("a", json!({}), "+358403334441");
    assert!(without.len() <= 3 + 8, "{without:#?}");
    let more = |calls: &[&'static str]| {
        let mut more = calls.to_vec();
        for call in &without {
            let place = more.iter().position(|other| other == call).unwrap();
            more.remove(place);
        }
        more
    };
    let returned = send("b", json!({ "expectedReturn": "2027-01-01" }), "+358403334442");
    assert_eq!(more(&returned), [""; 0]);
    let dates = send("c", json!({ "endsLocal": "2026-12-31T18:00:00" }), "+358403334443");
    assert_eq!(
        more(&dates),
        ["Keys_GetTimeLimits", "Keys_GetSecurityAccesses", "Keys_UpdateSecurityAccesses"]
    );
    let profile = send("d", json!({ "timeProfileIds": [limited.profiles[0]] }), "+358403334444");
    let profiles = ["TimeLimitTitles_GetAll", "TimeLimitData_GetByTimeLimitTitleId", "Keys_GetTimeLimits"];
    assert_eq!(more(&profile)[..3], profiles);
    assert_eq!(more(&profile)[3..], ["Keys_CanAddTimeLimitTitle", "Keys_InsertTimeLimitTitle"]);
}

#[test]
fn what_is_wrong_with_limits_is_told_before_iloq_is_changed() {
    let limited = limited();
    let before = limited.house.world.simulator.snapshot();
    for (limits, code, pointer) in [
        (json!({ "startsLocal": "2026-03-29T03:30:00" }), "invalid-time-limit", "/limits/startsLocal"),
        (
            json!({ "startsLocal": "2026-12-02T00:00:00", "endsLocal": "2026-12-01T00:00:00" }),
            "invalid-time-limit",
            "/limits/endsLocal",
        ),
        (json!({ "offlineExpirySeconds": 8_726_341 }), "invalid-request", "/limits/offlineExpirySeconds"),
        (json!({ "timeProfileIds": [Uuid::nil()] }), "invalid-request", "/limits/timeProfileIds"),
        (json!({ "colour": "red" }), "invalid-request", "/limits/colour"),
    ] {
        let answer = limited.send(&format!("{pointer}{code}"), limits);
        assert_eq!(refused(&answer), (422, code, vec![pointer]));
    }
    let rows = json!([{ "TimeLimitData_ID": Uuid::nil(), "WeekDayMask": 1, "StartTime": "8:01", "EndTime": "9:00" }]);
    limited.house.world.simulator.add_fault(Fault::answering("TimeLimitData_GetByTimeLimitTitleId", rows));
    let answer = limited.send("rows", json!({ "timeProfileIds": [limited.profiles[1]] }));
    assert_eq!(refused(&answer), (422, "invalid-time-limit", vec!["/limits/timeProfileIds"]));
    assert_eq!(limited.house.world.simulator.snapshot(), before);
}

#[test]
fn a_doubled_hour_is_told_with_the_key_also_when_it_is_answered_again() {
    let limited = limited();
    limited.lose("Keys_OrderKey", true);
    let key = limited.send("a", json!({ "endsLocal": "2027-10-31T03:30:00" })).expect(201);
    assert!(key["warning"].as_str().unwrap().contains("twice"), "{key:#}");
    let again = limited.send("a", json!({ "endsLocal": "2027-10-31T03:30:00" }));
    assert_eq!((again.header("idempotency-replayed"), &again.body), (Some("true"), &key));
}

#[test]
fn limits_that_have_no_room_leave_no_half_made_key() {
    let limited = limited();
    let simulator = &limited.house.world.simulator;
    let plenty = simulator.limits(None).unwrap();
    simulator.set_limits(None, Limits { key_memory: 0, ..plenty }).unwrap();
    let answer = limited.send("a", json!({ "timeProfileIds": [limited.profiles[0]] }));
    assert_eq!(refused(&answer), (422, "too-many-limits", vec![]));
    assert_eq!((limited.phone_keys(), limited.messages()), (0, 0));
    // Dates have no check of their own: the order tells, and waits.
    let key = limited.send("b", json!({ "endsLocal": "2026-12-31T18:00:00" })).expect(201);
    let item = &key["items"][0];
    assert_eq!(
        (&item["outcome"], &item["problem"]["iloq"]["result"]),
        (&json!("changedNotOrdered"), &json!(11))
    );
    assert_eq!((limited.phone_keys(), limited.messages()), (1, 0));
}

#[test]
fn lost_answers_end_in_one_key_with_its_limits() {
    for operation in [
        "Keys_Insert",
        "KeyPhones_Update",
        "Keys_GetTimeLimits",
        "Keys_UpdateSecurityAccesses",
        "Keys_InsertSecurityAccess",
        "Keys_OrderKey",
        "TimeLimitTitles_GetAll",
    ] {
        for after_effect in [false, true] {
            let limited = limited();
            limited.lose(operation, after_effect);
            let first = limited.send("a", limited.everything());
            assert!(matches!(first.status, 201 | 503), "{operation}: {:#}", first.body);
            let key = limited.send("a", limited.everything()).expect(201);
            assert_eq!(
                (&key["status"], &key["invitation"]["count"]),
                (&json!("sent"), &json!(1)),
                "{operation}"
            );
            assert_eq!(limited.limits_of(&key), limited.everything(), "{operation}");
            assert_eq!((limited.phone_keys(), limited.messages()), (1, 1), "{operation} {after_effect}");
        }
    }
}

#[test]
fn a_crash_at_every_effect_ends_in_one_key_with_its_limits() {
    let whole = limited();
    let expected = whole.send("a", whole.everything()).expect(201);
    let effects = whole.house.world.effects.seen();
    assert!(effects > 30);
    for at in 1..=effects {
        let limited = limited();
        limited.house.world.effects.reset(Some(at));
        assert!(
            catch_crash(|| limited.send("a", limited.everything())).is_none(),
            "effect {at} of {effects}"
        );
        let key = limited.send("a", limited.everything()).expect(201);
        assert_eq!(
            (&key["id"], &key["status"]),
            (&expected["id"], &expected["status"]),
            "crash at effect {at}"
        );
        assert_eq!(limited.limits_of(&key), limited.everything(), "crash at effect {at}");
        assert_eq!((limited.phone_keys(), limited.messages()), (1, 1), "crash at effect {at}");
        assert_eq!(
            limited.house.world.simulator.snapshot(),
            whole.house.world.simulator.snapshot(),
            "crash at effect {at}"
        );
        limited.house.writes();
        limited.send("a", limited.everything()).expect(201);
        assert_eq!(limited.house.writes(), [""; 0], "crash at effect {at}");
    }
}

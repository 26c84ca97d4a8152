//! Answers that get lost and crashes: the same call again ends as if nothing had happened.

use futures::executor::block_on;
use serde_json::{Value, json};
use simulator::{Action, Fault};

use super::Limited;
use crate::{at_once::at_once, support::catch_crash};

/// Limits that are written whole, and after a change of the key itself.
fn whole(limited: &Limited) -> Value {
    json!({
        "startsLocal": "2026-12-01T08:00:00", "endsLocal": "2026-12-31T18:00:00",
        "timeProfileIds": limited.profiles, "offlineExpirySeconds": 3600, "expectedReturn": "2027-01-01",
    })
}

/// A profile alone is added, later taken off.
fn profile(limited: &Limited) -> Value {
    json!({ "timeProfileIds": [limited.profiles[0]] })
}

fn none(_: &Limited) -> Value {
    json!({ "timeProfileIds": null })
}

type Body = fn(&Limited) -> Value;

/// What is written, and limits that lead to it.
const WRITES: [(&str, Body); 4] = [
    ("Keys_Update", whole),
    ("Keys_UpdateSecurityAccesses", whole),
    ("Keys_DeleteTimeLimit", none),
    ("Keys_OrderKey", whole),
];

/// The key has a start and the second profile already.
fn limited() -> Limited {
    let limited = Limited::with_key();
    let before = json!({ "startsLocal": "2026-11-01T08:00:00", "timeProfileIds": [limited.profiles[1]] });
    limited.put(before).expect(200);
    limited.house.program(0);
    limited.house.writes();
    limited.house.world.effects.reset(None);
    limited
}

#[test]
fn a_lost_answer_is_read_back() {
    for (operation, body) in WRITES {
        let limited = limited();
        limited.lose(operation, true);
        let answer = limited.put(body(&limited)).expect(200);
        assert_eq!(answer["item"]["outcome"], "ordered", "{operation}");
        assert_eq!(answer["limits"], limited.get(), "{operation}");
    }
    let limited = Limited::with_key();
    limited.lose("Keys_InsertTimeLimitTitle", true);
    let answer = limited.put(profile(&limited)).expect(200);
    assert_eq!((&answer["item"]["outcome"], limited.rows(0).len()), (&json!("ordered"), 1));
}

#[test]
fn a_request_that_was_lost_is_told_and_goes_on() {
    for (operation, body) in WRITES {
        let limited = limited();
        limited.lose(operation, false);
        let answer = limited.put(body(&limited));
        assert_eq!((answer.status, answer.code()), (503, "iloq-unavailable"), "{operation}");
        let answer = limited.put(body(&limited)).expect(200);
        // The date comes last: all else is done by then.
        let outcome = if operation == "Keys_Update" { "unchanged" } else { "ordered" };
        assert_eq!(answer["item"]["outcome"], outcome, "{operation}");
        assert_eq!(answer["limits"], limited.get(), "{operation}");
    }
}

#[test]
fn a_crash_at_every_effect_ends_in_the_same_limits() {
    for body in [whole as Body, profile, none] {
        let whole = limited();
        let expected = whole.put(body(&whole)).expect(200);
        assert_eq!(expected["item"]["outcome"], "ordered");
        let effects = whole.house.world.effects.seen();
        assert!(effects > 10);
        for at in 1..=effects {
            let limited = limited();
            limited.house.world.effects.reset(Some(at));
            assert!(catch_crash(|| limited.put(body(&limited))).is_none(), "effect {at} of {effects}");
            let answer = limited.put(body(&limited)).expect(200);
            assert_eq!(answer["limits"], expected["limits"], "crash at effect {at}");
            assert_eq!(answer["item"]["status"], "ordered", "crash at effect {at}: {answer:#}");
            assert_eq!(
                limited.house.world.simulator.snapshot(),
                whole.house.world.simulator.snapshot(),
                "crash at effect {at}"
            );
            limited.house.writes();
            let third = limited.put(body(&limited)).expect(200);
            assert_eq!((&third["item"]["outcome"], limited.house.writes()), (&json!("unchanged"), vec![]));
            assert_eq!(
                limited.house.key(0)["accessRights"],
                whole.house.key(0)["accessRights"],
                "crash at {at}"
            );
        }
    }
}

#[test]
fn the_same_request_twice_at_once_ends_well_both_times() {
    for body in [whole as Body, profile, none] {
        let alone = limited();
        let expected = alone.put(body(&alone)).expect(200);
        let limited = limited();
        let path = limited.path(0);
        let put = || {
            let bytes = body(&limited).to_string().into_bytes();
            limited.house.world.request("PUT", &path, &[], integration::http::Body::Bytes(bytes))
        };
        limited
            .house
            .world
            .simulator
            .set_settings(simulator::Settings { latency_ms: 20, ..limited.house.world.simulator.settings() });
        let (one, two) = block_on(async { futures::join!(put(), put()) });
        for answer in [one, two] {
            assert_eq!(answer.expect(200)["limits"], expected["limits"]);
        }
        assert_eq!(limited.plan(0), alone.plan(0));
        assert_eq!(limited.house.key(0)["status"], "ordered");
    }
}

/// iLOQ refuses the limits: the date that comes with them stays what it was, and nothing is left to be ordered.
#[test]
fn limits_that_are_refused_leave_the_date_as_it_was() {
    let whole_limits = Fault::on("Keys_UpdateSecurityAccesses", Action::status(400));
    for (fault, body) in
        [(Fault::answering("Keys_CanAddTimeLimitTitle", 1), profile as Body), (whole_limits, whole as Body)]
    {
        let limited = Limited::with_key();
        let before = (limited.row(0), limited.get());
        limited.house.world.simulator.add_fault(fault);
        let mut request = body(&limited);
        request["expectedReturn"] = json!("2027-01-01");
        let answer = limited.put(request.clone());
        assert!((400..600).contains(&answer.status), "{:#}", answer.body);
        assert_eq!((limited.row(0), limited.get()), before, "{request:#}");
        limited.house.world.simulator.set_faults(Vec::new());
        limited.put(request).expect(200);
        assert_eq!(limited.get()["expectedReturn"], "2027-01-01");
    }
}

/// A key that is taken away while its date is written stays away: iLOQ takes its record only whole, with its holder.
#[test]
fn a_date_does_not_give_a_key_back_that_is_taken_away() {
    for seed in 0..150 {
        let limited = Limited::with_key();
        let house = &limited.house;
        let away = ("DELETE", house.world.of(&format!("users/anna/keys/{}", house.keys[0])), Value::Null);
        let mut body = json!({ "expectedReturn": "2027-01-01" });
        if seed % 2 == 0 {
            body["endsLocal"] = json!("2026-12-31T18:00:00");
        }
        let date = ("PUT", limited.path(0), body);
        let (first, second) =
            if seed % 3 == 0 { at_once(house, seed, away, date) } else { at_once(house, seed, date, away) };
        let answers = format!("{seed}: {:#} {:#}", first.body, second.body);
        let key = house.key(0);
        assert!(
            key.get("userId").is_none() && key["accessRights"]["wanted"] == json!([]),
            "{answers} {key:#}"
        );
        assert!(house.planned(0).is_empty(), "{answers}");
    }
}

//! What a key can hold, and what is said of what it can't.

use serde_json::{Map, Value, json};
use simulator::{Fault, Limits, Uuid};

use super::{Limited, refused};
use crate::support::House;

const HOUR: i64 = 3_600_000;
/// From the first second of January up to its last.
const MONTH: (&str, &str) = ("2027-01-01T00:00:00", "2027-01-31T23:59:59");

fn patch(limited: &Limited, profile: usize, change: Value) {
    let change = serde_json::from_value(change).unwrap();
    let id = limited.profiles[profile].parse::<Uuid>().unwrap();
    limited.house.world.simulator.patch(None, "profiles", id, change).unwrap();
}

#[test]
fn impossible_limits_are_refused_before_anything_is_written() {
    let limited = Limited::with_key();
    limited.put(json!({ "endsLocal": "2026-12-31T18:00:00" })).expect(200);
    limited.house.writes();
    for (body, pointer) in [
        (json!({ "startsLocal": "2027-01-01T00:00:00" }), "/endsLocal"),
        (json!({ "startsLocal": "2026-12-31T18:00:00" }), "/endsLocal"),
        (json!({ "startsLocal": MONTH.1, "endsLocal": MONTH.0 }), "/endsLocal"),
        (json!({ "startsLocal": MONTH.0, "endsLocal": MONTH.0 }), "/endsLocal"),
        (json!({ "startsLocal": "2026-03-29T03:00:00" }), "/startsLocal"),
        (json!({ "startsLocal": "2026-03-29T03:59:59" }), "/startsLocal"),
        (json!({ "endsLocal": "2027-03-28T03:30:00" }), "/endsLocal"),
    ] {
        let answer = limited.put(body.clone());
        assert_eq!(refused(&answer), (422, "invalid-time-limit", vec![pointer]), "{body}");
    }
    let answer = limited.put(json!({ "timeProfileIds": [Uuid::nil()] }));
    assert_eq!(refused(&answer), (422, "invalid-request", vec!["/timeProfileIds"]));
    assert_eq!(limited.house.writes(), [""; 0]);
}

/// The clocks of the seeded house are Helsinki's: an hour is skipped in March and comes twice in October.
#[test]
fn an_hour_that_comes_twice_is_taken_and_told() {
    let limited = Limited::with_key();
    for (time, twice) in [
        ("2026-10-25T02:59:59", false),
        ("2026-10-25T03:00:00", true),
        ("2026-10-25T03:59:59", true),
        ("2026-10-25T04:00:00", false),
        ("2026-03-29T02:59:59", false),
        ("2026-03-29T04:00:00", false),
    ] {
        let answer = limited.put(json!({ "startsLocal": time })).expect(200);
        assert_eq!(
            (&answer["limits"]["startsLocal"], &answer["item"]["outcome"]),
            (&json!(time), &json!("ordered"))
        );
        let warning = answer["warning"].as_str();
        assert_eq!(warning.is_some_and(|text| text.contains("twice")), twice, "{time}: {warning:?}");
    }
}

#[test]
fn zones_without_summer_time_and_those_that_gave_it_up_have_every_hour_once() {
    let limited = Limited::with_key();
    let set_zone = |zone: &str| {
        let mut settings = crate::support::settings();
        settings["timeZone"] = json!(zone);
        let world = &limited.house.world;
        world.put(&format!("/v1/systems/{}", crate::support::SYSTEM), settings).expect(200);
    };
    for (zone, time, status, warned) in [
        ("America/Phoenix", "2027-03-14T02:30:00", 200, false),
        ("America/Vancouver", "2026-03-08T02:30:00", 422, false),
        ("America/Vancouver", "2027-03-14T02:30:00", 200, false),
        ("America/Los_Angeles", "2027-03-14T02:30:00", 422, false),
        ("Europe/Stockholm", "2027-03-28T02:30:00", 422, false),
        ("Europe/Stockholm", "2027-10-31T02:30:00", 200, true),
        ("Australia/Hobart", "2027-04-04T02:30:00", 200, true),
        ("Atlantic/Reykjavik", "2027-03-28T02:30:00", 200, false),
    ] {
        set_zone(zone);
        let answer = limited.put(json!({ "startsLocal": time }));
        assert_eq!((answer.status, answer.body["warning"].is_string()), (status, warned), "{zone} {time}");
    }
}

#[test]
fn a_profile_comes_to_the_key_with_its_rows_fixed_or_editable() {
    let limited = Limited::with_key();
    limited.put(json!({ "timeProfileIds": limited.profiles })).expect(200);
    assert_eq!(limited.rows(0), [[31, 8 * HOUR, 16 * HOUR + HOUR / 2]]);
    assert_eq!(limited.rows(1), [[127, 17 * HOUR, 22 * HOUR]]);
    limited.house.program(0);
    // An editable profile that was adapted for the key stays adapted: it is not named anew.
    let dates = json!({ "StartDateLg": "2027-01-01T00:00:00", "EndDateLg": "2027-12-31T23:45:00" });
    patch(&limited, 1, dates);
    limited.put(json!({ "endsLocal": MONTH.1, "timeProfileIds": limited.profiles })).expect(200);
    let slots = limited.plan(0)["slots"].clone();
    let evenings = slots
        .as_array()
        .unwrap()
        .iter()
        .find(|slot| slot["TimeLimitTitle_ID"] == limited.profiles[1].as_str());
    assert!(evenings.unwrap()["TimeLimitTitleEndDateLg"].is_null(), "{slots:#}");
    // Taken off and named again, it comes as it is now.
    limited.put(json!({ "timeProfileIds": null })).expect(200);
    limited.put(json!({ "timeProfileIds": [limited.profiles[1]] })).expect(200);
    let slots = limited.plan(0)["slots"].clone();
    let evenings = slots
        .as_array()
        .unwrap()
        .iter()
        .find(|slot| slot["TimeLimitTitle_ID"] == limited.profiles[1].as_str());
    assert_eq!(evenings.unwrap()["TimeLimitTitleEndDateLg"], "2027-12-31T23:45:00");
}

#[test]
fn a_profile_off_the_quarter_of_an_hour_is_refused_by_name() {
    let row = |start: &str, end: &str| {
        json!([{ "TimeLimitData_ID": Uuid::nil(), "TimeLimitTitle_ID": Uuid::nil(), "WeekDayMask": 1,
            "StartTime": start, "EndTime": end }])
    };
    for (rows, said) in [
        (row("08:10:00", "16:00:00"), "quarter of an hour"),
        (row("08:00:00", "16:00:01"), "quarter of an hour"),
        (row("16:00:00", "08:00:00"), "start is not before its end"),
        (row("08:00:00", "08:00:00"), "start is not before its end"),
        (row("early", "08:00:00"), "without a legible time"),
    ] {
        let limited = Limited::with_key();
        let fault = Fault::answering("TimeLimitData_GetByTimeLimitTitleId", rows.clone());
        limited.house.world.simulator.add_fault(fault);
        let answer = limited.put(json!({ "timeProfileIds": [limited.profiles[1]] }));
        assert_eq!(refused(&answer), (422, "invalid-time-limit", vec!["/timeProfileIds"]), "{rows}");
        let detail = answer.body["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("Evenings") && detail.contains(said), "{detail}");
        assert_eq!(limited.house.writes(), [""; 0]);
    }
    for change in [
        json!({ "StartDateLg": "2027-01-01T00:10:00" }),
        json!({ "EndDateLg": "2027-01-01T00:15:30" }),
        json!({ "StartDateLg": "2027-01-02T00:00:00", "EndDateLg": "2027-01-01T00:00:00" }),
    ] {
        let limited = Limited::with_key();
        patch(&limited, 0, change.clone());
        let answer = limited.put(json!({ "timeProfileIds": [limited.profiles[0]] }));
        assert_eq!(refused(&answer), (422, "invalid-time-limit", vec!["/timeProfileIds"]), "{change}");
    }
}

/// Anna has a phone key that was never ordered; there is a fob of nobody.
fn phone_and_fob() -> (House, usize, usize) {
    let mut house = House::new();
    let record = json!({ "Description": "Phone", "KeyTypeMask": 6, "Person_ID": house.person("anna") });
    let phone = house.add(json!({ "record": record, "phone_number": "+358405550000" }));
    let fob = house.add(json!({ "record": { "Description": "Fob", "KeyTypeMask": 10 } }));
    (house, phone, fob)
}

#[test]
fn phones_and_fobs_work_offline_for_as_long_as_each_can() {
    let (house, phone, fob) = phone_and_fob();
    house.attach(&[0], &[0]);
    let limited = Limited::new(house);
    let offline = |n: usize, seconds: u32| limited.put_on(n, json!({ "offlineExpirySeconds": seconds }));
    assert_eq!(refused(&offline(phone, 8_726_341)), (422, "invalid-request", vec!["/offlineExpirySeconds"]));
    assert_eq!(refused(&offline(fob, 16_761_541)), (422, "invalid-request", vec!["/offlineExpirySeconds"]));
    assert_eq!(limited.house.writes(), [""; 0]);
    for (n, seconds) in [(phone, 8_726_340), (fob, 16_761_540), (0, 16_761_540)] {
        let answer = offline(n, seconds).expect(200);
        assert_eq!(answer["limits"]["offlineExpirySeconds"], seconds);
        assert_eq!(limited.plan(n)["offline_seconds"], seconds);
    }
    // 0 and null are the same: without end.
    for none in [json!(0), Value::Null] {
        let answer = limited.put(json!({ "offlineExpirySeconds": none })).expect(200);
        assert_eq!(answer["limits"]["offlineExpirySeconds"], Value::Null);
        offline(0, 60).expect(200);
    }
}

#[test]
fn limits_go_on_phones_and_fobs_too() {
    let (house, phone, fob) = phone_and_fob();
    let limited = Limited::new(house);
    let wanted = json!({
        "startsLocal": MONTH.0, "endsLocal": MONTH.1, "timeProfileIds": [limited.profiles[0]],
        "offlineExpirySeconds": 86_400, "expectedReturn": "2027-02-01",
    });
    let answer = limited.put_on(phone, wanted.clone()).expect(200);
    assert_eq!(answer["limits"], wanted);
    assert_eq!(
        (&answer["item"]["outcome"], &answer["item"]["effective"]),
        (&json!("ordered"), &json!("whenAppOpened"))
    );
    // Orders of S50 fobs are Manager's.
    let answer = limited.put_on(fob, wanted.clone()).expect(200);
    assert_eq!(answer["limits"], wanted);
    let item = &answer["item"];
    assert_eq!(
        (&item["outcome"], &item["problem"]["code"], &item["problem"]["iloq"]["result"]),
        (&json!("changedNotOrdered"), &json!("needs-manager"), &json!(2))
    );
}

#[test]
fn the_places_on_a_key_are_counted_by_iloq_and_told() {
    let limited = Limited::with_key();
    let simulator = &limited.house.world.simulator;
    let plenty = simulator.limits(None).unwrap();
    simulator.set_limits(None, Limits { key_memory: 2, ..plenty.clone() }).unwrap();
    limited.put(json!({ "startsLocal": MONTH.0, "endsLocal": MONTH.1 })).expect(200);
    limited.house.writes();
    // A profile by itself is asked for before it is written.
    let answer = limited.put(json!({ "timeProfileIds": [limited.profiles[0]] }));
    assert_eq!(refused(&answer), (422, "too-many-limits", vec![]));
    assert_eq!(
        (&answer.body["iloq"]["check"], &answer.body["iloq"]["result"]),
        (&json!("CanAddTimeLimit"), &json!(12))
    );
    assert_eq!(limited.house.writes(), [""; 0]);
    // Of limits that are written whole, the order tells.
    let answer = limited.put(json!({ "timeProfileIds": limited.profiles })).expect(200);
    let item = &answer["item"];
    assert_eq!(
        (&item["outcome"], &item["status"], &item["problem"]["iloq"]["result"]),
        (&json!("changedNotOrdered"), &json!("notOrdered"), &json!(11))
    );
    assert_eq!(limited.house.retries().len(), 1);
    // The same again does not write again, and room is made by taking off.
    limited.house.writes();
    let answer = limited.put(json!({ "timeProfileIds": limited.profiles })).expect(200);
    assert_eq!((&answer["item"]["outcome"], limited.house.writes()), (&json!("changedNotOrdered"), vec![]));
    let fewer = json!({ "timeProfileIds": [limited.profiles[0]], "startsLocal": null });
    let answer = limited.put(fewer).expect(200);
    assert_eq!(answer["item"]["outcome"], "ordered", "{answer:#}");
    assert_eq!(limited.house.retries().len(), 0);
}

#[test]
fn an_order_that_waits_for_manager_is_kept_and_tried_alone() {
    let limited = Limited::with_key();
    let simulator = &limited.house.world.simulator;
    let refuse = |code: i64| {
        let change = Map::from_iter([("CanOrder".to_owned(), json!(code))]);
        simulator.patch(None, "keys", limited.house.id(0), change).unwrap();
    };
    refuse(1);
    let answer = limited.put(json!({ "endsLocal": MONTH.1 })).expect(200);
    let item = &answer["item"];
    assert_eq!(
        (&item["outcome"], &item["problem"]["code"]),
        (&json!("changedNotOrdered"), &json!("needs-manager"))
    );
    assert_eq!(answer["limits"]["endsLocal"], MONTH.1);
    assert_eq!(limited.house.writes(), ["Keys_UpdateSecurityAccesses"]);
    refuse(0);
    limited.house.retry_job();
    assert_eq!(limited.house.writes(), ["Keys_OrderKey"]);
    assert_eq!((limited.house.retries().len(), &limited.house.key(0)["status"]), (0, &json!("ordered")));
}

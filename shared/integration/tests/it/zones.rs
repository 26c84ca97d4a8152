//! Every name of the time zone database works wherever the clock of a zone is looked at.

use iloq_model::TimeZone;
use serde_json::json;

use crate::{
    log_reading::{entry, ms, pulled},
    support::{House, settings},
};

/// The one row, and a time around it.
const AT: &str = "2026-11-24T08:30:00Z";
const AROUND: &str = "from=2026-11-20T00:00:00Z&until=2026-11-29T00:00:00Z";

/// B01
#[test]
fn the_log_and_the_limits_take_every_name() {
    let house = House::new();
    house.give(&[0], &[0]);
    let world = &house.world;
    pulled(world, vec![entry(1, Some(ms(AT)), ms(AT))]);
    let system = world.of("").trim_end_matches('/').to_owned();
    let limits = world.of(&format!("keys/{}/limits", house.keys[0]));
    let mut count = 0;
    for name in TimeZone::names() {
        let mut settings = settings();
        settings["timeZone"] = json!(name);
        assert_eq!(world.put(&system, settings).expect(200)["timeZone"], name);
        assert_eq!(world.get(&world.of("logs")).expect(200)["items"].as_array().unwrap().len(), 1, "{name}");
        let shown = TimeZone::named(name).unwrap().local(AT.parse().unwrap());
        for (by, form) in [("hour", "%Y-%m-%dT%H"), ("day", "%Y-%m-%d")] {
            let summary = world.get(&world.of(&format!("logs/summary?by={by}&{AROUND}"))).expect(200);
            assert_eq!(summary["items"][0]["bucket"], shown.format(form).to_string(), "{name}: {summary}");
        }
        count += 1;
        let starts = format!("2026-06-15T12:{:02}:00", count % 60);
        let answer = world.put(&limits, json!({ "startsLocal": starts })).expect(200);
        assert_eq!(
            (&answer["limits"]["startsLocal"], &answer["warning"]),
            (&json!(starts), &json!(null)),
            "{name}"
        );
    }
    assert!(count > 590, "{count}");
}

/// Limits look at the rules of the zone that was named, also where only one name has them.
#[test]
fn skipped_and_doubled_hours_are_those_of_the_zone() {
    let house = House::new();
    house.give(&[0], &[0]);
    let world = &house.world;
    let system = world.of("").trim_end_matches('/').to_owned();
    let limits = world.of(&format!("keys/{}/limits", house.keys[0]));
    for (zone, starts, status, warned) in [
        ("Europe/Kiev", "2026-03-29T03:30:00", 422, false),
        ("Europe/Kyiv", "2026-10-25T03:30:00", 200, true),
        ("America/Toronto", "2026-11-01T01:30:00", 200, true),
        ("America/Vancouver", "2026-11-01T01:15:00", 200, false),
        ("Asia/Tokyo", "2026-03-29T03:30:00", 200, false),
        ("Australia/Lord_Howe", "2026-10-04T02:15:00", 422, false),
    ] {
        let mut settings = settings();
        settings["timeZone"] = json!(zone);
        world.put(&system, settings).expect(200);
        let answer = world.put(&limits, json!({ "startsLocal": starts })).expect(status);
        assert_eq!(answer["warning"].is_string(), warned, "{zone} {starts}: {answer}");
        assert_eq!(status == 422, answer["code"] == "invalid-time-limit", "{zone} {starts}: {answer}");
    }
}

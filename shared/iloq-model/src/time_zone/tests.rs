use std::collections::BTreeSet;

use chrono::{NaiveDate, TimeZone as _};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::named(name).unwrap_or_else(|| panic!("{name} is not known"))
}

fn start_of(year: i32) -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(year, 1, 1).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc()
}

fn local(text: &str) -> NaiveDateTime {
    text.parse().unwrap()
}

/// B01: every name, links too, comes back as it was given.
#[test]
fn every_name_of_the_database_is_known() {
    for name in TimeZone::names() {
        assert_eq!(zone(name).name(), name);
    }
    let names: BTreeSet<_> = TimeZone::names().collect();
    let missing: Vec<_> =
        TZ_VARIANTS.iter().map(|zone| zone.name()).filter(|name| !names.contains(name)).collect();
    assert_eq!(missing, [""; 0], "names that another library's database has");
    assert!(
        ["Europe/Amsterdam", "Europe/Kiev", "Europe/Kyiv", "UTC"].iter().all(|name| names.contains(name))
    );
    for wrong in
        ["", "europe/helsinki", "Europe/Helsinki ", "FLE Standard Time", "Mars/Phobos", "Etc/Unknown"]
    {
        assert_eq!(TimeZone::named(wrong), None, "{wrong}");
    }
}

#[test]
fn links_are_the_same_zone() {
    assert_eq!(zone("Europe/Kiev"), zone("Europe/Kyiv"));
    assert_eq!(zone("Europe/Kiev").primary_name(), "Europe/Kyiv");
    assert_ne!(zone("Europe/Paris"), zone("Europe/Berlin"));
}

/// Zones whose rules have changed since 2025b, the database of `chrono-tz`: raise it, and shorten the list.
const NEWER_RULES: &[&str] = &[
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "America/Edmonton",
    "America/Havana",
    "America/Inuvik",
    "America/Rainy_River",
    "America/Vancouver",
    "America/Winnipeg",
    "America/Yellowknife",
    "Canada/Central",
    "Canada/Mountain",
    "Canada/Pacific",
    "Cuba",
    "Europe/Chisinau",
    "Europe/Tiraspol",
];

/// Another library with its own copy of the database tells what each clock shows, hour by hour on days of a change.
#[test]
fn clocks_show_what_another_library_says() {
    const DAY: TimeDelta = TimeDelta::days(1);
    let days: Vec<_> =
        (0..).map(|n| start_of(2024) + DAY * n).take_while(|day| *day < start_of(2031)).collect();
    let differs = |name: &str| {
        let (ours, theirs) = (zone(name), name.parse::<Tz>().ok()?);
        let shown = |at: DateTime<Utc>| at.with_timezone(&theirs).naive_local();
        let differs = |at: &DateTime<Utc>| {
            let shown = shown(*at);
            let moments = theirs.from_local_datetime(&shown).map(|at| at.to_utc());
            ours.local(*at) != shown || ours.moments_of(shown) != moments
        };
        let mut before = None;
        days.iter().find_map(|day| {
            let offsets = [ours.local(*day), shown(*day)].map(|local| local - day.naive_utc());
            let changed = before.replace(offsets).is_some_and(|before| before != offsets);
            let hours = if changed { -30..6 } else { 0..1 };
            hours.map(|hour| *day + TimeDelta::hours(hour)).find(differs)
        })
    };
    let different: Vec<_> = TimeZone::names().filter_map(|name| Some((name, differs(name)?))).collect();
    assert_eq!(different.iter().map(|(name, _)| *name).collect::<Vec<_>>(), NEWER_RULES, "{different:?}");
}

/// The rules of 2026, which older copies of the database lack.
#[test]
fn provinces_of_canada_stay_on_summer_time() {
    let noon = |name| zone(name).local(local("2026-12-24T19:00:00").and_utc()).to_string();
    assert_eq!(noon("America/Vancouver"), "2026-12-24 12:00:00");
    assert_eq!(noon("America/Edmonton"), "2026-12-24 13:00:00");
    assert_eq!(noon("America/Winnipeg"), "2026-12-24 14:00:00");
    assert_eq!(noon("America/Los_Angeles"), "2026-12-24 11:00:00");
}

#[test]
fn a_time_comes_once_twice_or_never() {
    let helsinki = zone("Europe/Helsinki");
    let moments = |text| helsinki.moments_of(local(text)).map(|at| at.to_rfc3339());
    assert_eq!(moments("2026-03-29T03:30:00"), MappedLocalTime::None);
    assert_eq!(moments("2026-03-29T04:00:00"), MappedLocalTime::Single("2026-03-29T01:00:00+00:00".into()));
    let twice =
        MappedLocalTime::Ambiguous("2026-10-25T00:30:00+00:00".into(), "2026-10-25T01:30:00+00:00".into());
    assert_eq!(moments("2026-10-25T03:30:00"), twice);
}

#[test]
fn times_without_end_do_no_harm() {
    for name in ["Europe/Helsinki", "UTC", "America/New_York"] {
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, start_of(10_000), start_of(-1)] {
            let local = zone(name).local(at);
            assert!((local - at.naive_utc()).abs() < TimeDelta::days(1), "{name} {at}");
            assert_ne!(zone(name).moments_of(local), MappedLocalTime::None, "{name} {at}");
        }
    }
}

#[test]
fn each_windows_name_has_a_zone() {
    assert_eq!(windows().count(), 139);
    for (name, iana) in windows() {
        assert_eq!(TimeZone::of_windows(name).unwrap().name(), iana, "{name}");
    }
    assert_eq!(TimeZone::of_windows(" w. europe standard time").unwrap().name(), "Europe/Berlin");
    assert_eq!(TimeZone::of_windows("FLE Standard Time").unwrap().primary_name(), "Europe/Kyiv");
    for wrong in ["", "Mars Standard Time", "Europe/Berlin", "# Windows name, IANA zone"] {
        assert_eq!(TimeZone::of_windows(wrong), None, "{wrong}");
    }
}

/// B18: names are not compared.
#[test]
fn zones_are_compared_by_their_clocks() {
    let same = |windows, iana, from, until| {
        TimeZone::of_windows(windows).unwrap().shows_the_same(&zone(iana), start_of(from), start_of(until))
    };
    assert!(same("Romance Standard Time", "Europe/Amsterdam", 2026, 2028));
    assert!(same("FLE Standard Time", "Europe/Helsinki", 2026, 2028));
    assert!(same("FLE Standard Time", "Europe/Athens", 2026, 2028));
    assert!(!same("GMT Standard Time", "Europe/Helsinki", 2026, 2028));
    assert!(!same("GMT Standard Time", "Atlantic/Reykjavik", 2026, 2028), "the same in winter");
    assert!(same("Pacific Standard Time", "America/Vancouver", 2024, 2026));
    assert!(!same("Pacific Standard Time", "America/Vancouver", 2026, 2028), "the same until November");
}

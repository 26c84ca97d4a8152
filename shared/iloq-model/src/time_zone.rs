//! Windows names of time zones (`LockGroup.TimeZoneStandardName`) and the IANA zones that they stand for.

/// Windows name and IANA zones, for the markets that iLOQ sells to. The first zone is the usual one.
const ZONES: &[(&str, &[&str])] = &[
    (
        "FLE Standard Time",
        &[
            "Europe/Helsinki",
            "Europe/Mariehamn",
            "Europe/Tallinn",
            "Europe/Riga",
            "Europe/Vilnius",
            "Europe/Kyiv",
            "Europe/Sofia",
        ],
    ),
    (
        "W. Europe Standard Time",
        &[
            "Europe/Berlin",
            "Europe/Stockholm",
            "Europe/Oslo",
            "Europe/Amsterdam",
            "Europe/Vienna",
            "Europe/Zurich",
            "Europe/Rome",
            "Europe/Luxembourg",
            "Europe/Malta",
        ],
    ),
    ("Romance Standard Time", &["Europe/Paris", "Europe/Copenhagen", "Europe/Brussels", "Europe/Madrid"]),
    (
        "Central Europe Standard Time",
        &["Europe/Budapest", "Europe/Prague", "Europe/Bratislava", "Europe/Ljubljana", "Europe/Belgrade"],
    ),
    ("Central European Standard Time", &["Europe/Warsaw", "Europe/Zagreb"]),
    (
        "GMT Standard Time",
        &["Europe/London", "Europe/Dublin", "Europe/Lisbon", "Atlantic/Canary", "Atlantic/Madeira"],
    ),
    ("Greenwich Standard Time", &["Atlantic/Reykjavik"]),
    ("GTB Standard Time", &["Europe/Athens", "Europe/Bucharest"]),
    ("Eastern Standard Time", &["America/New_York", "America/Toronto"]),
    ("Central Standard Time", &["America/Chicago", "America/Winnipeg"]),
    ("Mountain Standard Time", &["America/Denver", "America/Edmonton"]),
    ("US Mountain Standard Time", &["America/Phoenix"]),
    ("Pacific Standard Time", &["America/Los_Angeles", "America/Vancouver"]),
    ("Atlantic Standard Time", &["America/Halifax"]),
    ("AUS Eastern Standard Time", &["Australia/Sydney", "Australia/Melbourne"]),
    ("E. Australia Standard Time", &["Australia/Brisbane"]),
    ("Tasmania Standard Time", &["Australia/Hobart"]),
    ("Cen. Australia Standard Time", &["Australia/Adelaide"]),
    ("AUS Central Standard Time", &["Australia/Darwin"]),
    ("W. Australia Standard Time", &["Australia/Perth"]),
    ("UTC", &["UTC", "Etc/UTC"]),
];

/// Rules, by the zone that is reckoned in, and the zones whose clocks show the same since 2010, years before the
/// first 5 Series lock: so only a few rules have to be carried along. A test compares every zone with the whole time
/// zone database.
const SAME_RULES: &[(&str, &[&str])] = &[
    (
        "Europe/Helsinki",
        &[
            "Europe/Helsinki",
            "Europe/Mariehamn",
            "Europe/Tallinn",
            "Europe/Riga",
            "Europe/Vilnius",
            "Europe/Kyiv",
            "Europe/Sofia",
            "Europe/Athens",
            "Europe/Bucharest",
        ],
    ),
    (
        "Europe/Berlin",
        &[
            "Europe/Berlin",
            "Europe/Stockholm",
            "Europe/Oslo",
            "Europe/Amsterdam",
            "Europe/Vienna",
            "Europe/Zurich",
            "Europe/Rome",
            "Europe/Luxembourg",
            "Europe/Malta",
            "Europe/Paris",
            "Europe/Copenhagen",
            "Europe/Brussels",
            "Europe/Madrid",
            "Europe/Budapest",
            "Europe/Prague",
            "Europe/Bratislava",
            "Europe/Ljubljana",
            "Europe/Belgrade",
            "Europe/Warsaw",
            "Europe/Zagreb",
        ],
    ),
    (
        "Europe/London",
        &["Europe/London", "Europe/Dublin", "Europe/Lisbon", "Atlantic/Canary", "Atlantic/Madeira"],
    ),
    ("Etc/UTC", &["Etc/UTC", "UTC", "Atlantic/Reykjavik"]),
    ("America/New_York", &["America/New_York", "America/Toronto"]),
    ("America/Chicago", &["America/Chicago"]),
    ("America/Denver", &["America/Denver"]),
    ("America/Phoenix", &["America/Phoenix", "America/Vancouver"]),
    ("America/Los_Angeles", &["America/Los_Angeles"]),
    ("America/Halifax", &["America/Halifax"]),
    ("Etc/GMT+5", &["America/Winnipeg"]),
    ("Etc/GMT+6", &["America/Edmonton"]),
    ("Australia/Sydney", &["Australia/Sydney", "Australia/Melbourne", "Australia/Hobart"]),
    ("Australia/Brisbane", &["Australia/Brisbane"]),
    ("Australia/Adelaide", &["Australia/Adelaide"]),
    ("Australia/Darwin", &["Australia/Darwin"]),
    ("Australia/Perth", &["Australia/Perth"]),
];

/// 2026-07-01, when the clocks of these zones showed the same by their old and by their new rules.
const SUMMER_2026: i64 = 1_782_864_000;

/// Zones that have stayed on summer time since 2026, and the zone whose rules they had before.
const UNTIL_2026: &[(&str, &str)] = &[
    ("America/Winnipeg", "America/Chicago"),
    ("America/Edmonton", "America/Denver"),
    ("America/Vancouver", "America/Los_Angeles"),
];

/// The zone to reckon in for `iana` (exact spelling) around the moment `at`, in seconds since 1970: from 2010 on its
/// clock shows the same. `None` for a zone that is not supported, else one of [`reckoned_zones`].
#[must_use]
pub fn rules_of(iana: &str, at: i64) -> Option<&'static str> {
    if at < SUMMER_2026
        && let Some((_, before)) = UNTIL_2026.iter().find(|(zone, _)| *zone == iana)
    {
        return Some(before);
    }
    SAME_RULES.iter().find(|(_, zones)| zones.contains(&iana)).map(|(rules, _)| *rules)
}

/// The zones that are reckoned in: their rules have to be known.
pub fn reckoned_zones() -> impl Iterator<Item = &'static str> {
    SAME_RULES.iter().map(|(rules, _)| *rules)
}

/// The IANA zones of a Windows name; empty if the name is not known here. Case does not matter.
#[must_use]
pub fn iana_zones_of(windows: &str) -> &'static [&'static str] {
    let windows = windows.trim();
    ZONES.iter().find(|(name, _)| name.eq_ignore_ascii_case(windows)).map_or(&[], |(_, zones)| zones)
}

/// Whether the integration can reckon in this IANA zone (exact spelling).
#[must_use]
pub fn is_supported_zone(iana: &str) -> bool {
    supported_zones().any(|zone| zone == iana)
}

/// Every IANA zone that the integration can reckon in.
pub fn supported_zones() -> impl Iterator<Item = &'static str> {
    ZONES.iter().flat_map(|(_, zones)| zones.iter().copied())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn windows_names_stand_for_iana_zones() {
        assert_eq!(iana_zones_of("FLE Standard Time")[0], "Europe/Helsinki");
        assert!(iana_zones_of("w. europe standard time").contains(&"Europe/Stockholm"));
        assert!(iana_zones_of("Mars Standard Time").is_empty());
    }

    #[test]
    fn every_zone_stands_in_one_place() {
        let zones: Vec<_> = supported_zones().collect();
        assert_eq!(zones.iter().collect::<BTreeSet<_>>().len(), zones.len());
        assert!(is_supported_zone("Europe/Kyiv") && is_supported_zone("UTC"));
        assert!(!is_supported_zone("FLE Standard Time") && !is_supported_zone("europe/helsinki"));
    }

    #[test]
    fn every_supported_zone_has_its_rules_in_one_place() {
        let all: Vec<_> = SAME_RULES.iter().flat_map(|(_, zones)| zones.iter().copied()).collect();
        let supported: BTreeSet<_> = supported_zones().collect();
        assert_eq!(all.iter().copied().collect::<BTreeSet<_>>(), supported);
        assert_eq!(all.len(), supported.len());
        assert_eq!(rules_of("Europe/Stockholm", 0), Some("Europe/Berlin"));
        let reckoned: BTreeSet<_> = reckoned_zones().collect();
        for zone in supported {
            for at in [0, SUMMER_2026] {
                assert!(reckoned.contains(rules_of(zone, at).unwrap()), "{zone}");
            }
        }
        assert_eq!(rules_of("Asia/Tokyo", 0), None);
    }
}

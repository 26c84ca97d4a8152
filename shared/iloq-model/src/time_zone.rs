//! Windows names of time zones (`LockGroup.TimeZoneStandardName`) and the IANA zones that they stand for.

/// IANA zones that have a Windows name and rules in common.
struct Zones {
    windows: &'static str,
    /// The zone that is reckoned in for them: from 2010 on, years before the first 5 Series lock, its clock has shown the
    /// same as theirs. So only a few rules have to be carried along. A test compares every zone with the whole time zone
    /// database.
    rules: &'static str,
    iana: &'static [&'static str],
}

const fn zones(windows: &'static str, rules: &'static str, iana: &'static [&'static str]) -> Zones {
    Zones { windows, rules, iana }
}

/// For the markets that iLOQ sells to. The first zone of a Windows name is the usual one.
const TABLE: &[Zones] = &[
    zones(
        "FLE Standard Time",
        "Europe/Helsinki",
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
    zones("GTB Standard Time", "Europe/Helsinki", &["Europe/Athens", "Europe/Bucharest"]),
    zones(
        "W. Europe Standard Time",
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
        ],
    ),
    zones(
        "Romance Standard Time",
        "Europe/Berlin",
        &["Europe/Paris", "Europe/Copenhagen", "Europe/Brussels", "Europe/Madrid"],
    ),
    zones(
        "Central Europe Standard Time",
        "Europe/Berlin",
        &["Europe/Budapest", "Europe/Prague", "Europe/Bratislava", "Europe/Ljubljana", "Europe/Belgrade"],
    ),
    zones("Central European Standard Time", "Europe/Berlin", &["Europe/Warsaw", "Europe/Zagreb"]),
    zones(
        "GMT Standard Time",
        "Europe/London",
        &["Europe/London", "Europe/Dublin", "Europe/Lisbon", "Atlantic/Canary", "Atlantic/Madeira"],
    ),
    zones("Greenwich Standard Time", "Etc/UTC", &["Atlantic/Reykjavik"]),
    zones("UTC", "Etc/UTC", &["UTC", "Etc/UTC"]),
    zones("Eastern Standard Time", "America/New_York", &["America/New_York", "America/Toronto"]),
    zones("Central Standard Time", "America/Chicago", &["America/Chicago"]),
    zones("Central Standard Time", "Etc/GMT+5", &["America/Winnipeg"]),
    zones("Mountain Standard Time", "America/Denver", &["America/Denver"]),
    zones("Mountain Standard Time", "Etc/GMT+6", &["America/Edmonton"]),
    zones("US Mountain Standard Time", "America/Phoenix", &["America/Phoenix"]),
    zones("Pacific Standard Time", "America/Los_Angeles", &["America/Los_Angeles"]),
    zones("Pacific Standard Time", "America/Phoenix", &["America/Vancouver"]),
    zones("Atlantic Standard Time", "America/Halifax", &["America/Halifax"]),
    zones("AUS Eastern Standard Time", "Australia/Sydney", &["Australia/Sydney", "Australia/Melbourne"]),
    zones("Tasmania Standard Time", "Australia/Sydney", &["Australia/Hobart"]),
    zones("E. Australia Standard Time", "Australia/Brisbane", &["Australia/Brisbane"]),
    zones("Cen. Australia Standard Time", "Australia/Adelaide", &["Australia/Adelaide"]),
    zones("AUS Central Standard Time", "Australia/Darwin", &["Australia/Darwin"]),
    zones("W. Australia Standard Time", "Australia/Perth", &["Australia/Perth"]),
];

/// The table without the Windows names: most components need only this, and the names would make each 1 kB larger.
static RULES: [(&str, &[&str]); TABLE.len()] = {
    let mut all: [(&str, &[&str]); TABLE.len()] = [("", &[]); TABLE.len()];
    let mut place = 0;
    while place < TABLE.len() {
        all[place] = (TABLE[place].rules, TABLE[place].iana);
        place += 1;
    }
    all
};

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
    RULES.iter().find(|(_, zones)| zones.contains(&iana)).map(|(rules, _)| *rules)
}

/// The zones that are reckoned in, some of them several times: their rules have to be known.
pub fn reckoned_zones() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|(rules, _)| *rules).chain(UNTIL_2026.iter().map(|(_, before)| *before))
}

/// The IANA zones of a Windows name; empty if the name is not known here. Case does not matter.
#[must_use]
pub fn iana_zones_of(windows: &str) -> Vec<&'static str> {
    let windows = windows.trim();
    let named = TABLE.iter().filter(|zones| zones.windows.eq_ignore_ascii_case(windows));
    named.flat_map(|zones| zones.iana).copied().collect()
}

/// Whether the integration can reckon in this IANA zone (exact spelling).
#[must_use]
pub fn is_supported_zone(iana: &str) -> bool {
    supported_zones().any(|zone| zone == iana)
}

/// Every IANA zone that the integration can reckon in.
pub fn supported_zones() -> impl Iterator<Item = &'static str> {
    RULES.iter().flat_map(|(_, zones)| zones.iter().copied())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn windows_names_stand_for_iana_zones() {
        assert_eq!(iana_zones_of("FLE Standard Time")[0], "Europe/Helsinki");
        assert!(iana_zones_of("w. europe standard time").contains(&"Europe/Stockholm"));
        assert_eq!(iana_zones_of("Central Standard Time"), ["America/Chicago", "America/Winnipeg"]);
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
    fn the_zones_that_are_reckoned_in_are_those_that_stand_in_the_build_settings() {
        assert_eq!(rules_of("Europe/Stockholm", 0), Some("Europe/Berlin"));
        assert_eq!(rules_of("America/Winnipeg", 0), Some("America/Chicago"));
        assert_eq!(rules_of("Asia/Tokyo", 0), None);
        let settings = include_str!("../../../.cargo/config.toml");
        let wanted = settings.split_once("CHRONO_TZ_TIMEZONE_FILTER = \"^(").unwrap().1;
        let built: BTreeSet<_> = wanted.split_once(")$").unwrap().0.split('|').collect();
        let reckoned: BTreeSet<String> = reckoned_zones().map(|zone| zone.replace('+', "[+]")).collect();
        assert_eq!(built, reckoned.iter().map(String::as_str).collect());
    }
}

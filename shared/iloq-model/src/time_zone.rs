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
}

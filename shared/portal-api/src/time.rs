//! Moments in time as the API writes them.

use std::fmt;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment in UTC with milliseconds, written as RFC 3339 with `Z`: `2026-11-24T08:00:00.000Z`.
///
/// The text has a fixed width, so texts sort as the moments do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(DateTime<Utc>);

impl Time {
    /// The moment, cut to whole milliseconds so that it reads back as the same value.
    #[must_use]
    pub fn new(at: DateTime<Utc>) -> Self {
        let millis = at.timestamp_millis();
        Self(DateTime::from_timestamp_millis(millis).unwrap_or(at))
    }

    /// The moment this many milliseconds after 1970; what chrono can't hold becomes 1970.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(DateTime::from_timestamp_millis(millis).unwrap_or_default())
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0.timestamp_millis()
    }

    /// The moment as chrono's type.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// Reads RFC 3339 with any offset, in the years 0 to 9999.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        // chrono takes a space there, too.
        text.get(10..11).filter(|mark| mark.eq_ignore_ascii_case("T"))?;
        let at = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
        (0..=9999).contains(&at.year()).then(|| Self::new(at))
    }
}

impl From<DateTime<Utc>> for Time {
    fn from(at: DateTime<Utc>) -> Self {
        Self::new(at)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not a time in RFC 3339"))
    }
}

#[cfg(test)]
mod tests {
    use super::Time;

    #[test]
    fn writes_what_it_reads() {
        for (input, output) in [
            ("2026-11-24T08:00:00Z", "2026-11-24T08:00:00.000Z"),
            ("2026-11-24T08:00:00.5Z", "2026-11-24T08:00:00.500Z"),
            ("2026-11-24t23:59:59.123456789z", "2026-11-24T23:59:59.123Z"),
            ("2024-02-29T00:00:00+00:00", "2024-02-29T00:00:00.000Z"),
            ("2026-11-24T08:00:00+02:00", "2026-11-24T06:00:00.000Z"),
            ("2026-11-24T08:00:00.25-03:30", "2026-11-24T11:30:00.250Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.999Z"),
        ] {
            let time = Time::parse(input).unwrap();
            assert_eq!(time.to_string(), output, "{input}");
            assert_eq!(Time::parse(output), Some(time));
        }
    }

    #[test]
    fn refuses_other_forms() {
        for wrong in [
            "",
            "2026-11-24",
            "2026-11-24T08:00:00",
            "2026-11-24 08:00:00Z",
            "2026-11-24T08:00:00+0200",
            "2026-11-24T08:00:00+02",
            "2026-11-24T08:00:00+25:00",
            "0000-01-01T00:00:00+02:00",
            "9999-12-31T23:59:59-02:00",
            "12026-11-24T08:00:00Z",
            "2026-02-30T08:00:00Z",
            "2026-11-24T24:00:00Z",
            "2026-11-24T08:00:00.Z",
            "+026-11-24T08:00:00Z",
            "å026-11-24T08:00:00Z",
        ] {
            assert_eq!(Time::parse(wrong), None, "{wrong}");
        }
    }
}

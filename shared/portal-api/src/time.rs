//! Moments in time as the API writes them.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
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

    /// Reads RFC 3339 in UTC: `YYYY-MM-DDTHH:MM:SS`, an optional fraction, `Z` (or `+00:00`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let number = |from: usize, to: usize| -> Option<u32> {
            let part = text.get(from..to)?;
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
        };
        let punctuation = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
        if punctuation.iter().any(|(at, mark)| bytes.get(*at) != Some(mark))
            || !matches!(bytes.get(10)?, b'T' | b't')
        {
            return None;
        }
        let rest = text.get(19..)?;
        let fraction = rest.strip_suffix(['Z', 'z']).or_else(|| rest.strip_suffix("+00:00"))?;
        let millis = match fraction.strip_prefix('.') {
            None if fraction.is_empty() => 0,
            Some(digits) if (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) => {
                format!("{digits:0<3}").get(..3)?.parse::<u32>().ok()?
            }
            _ => return None,
        };
        let year = i32::try_from(number(0, 4)?).ok()?;
        let date = NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)?;
        let at = date.and_hms_milli_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, millis)?;
        Some(Self(at.and_utc()))
    }
}

impl From<DateTime<Utc>> for Time {
    fn from(at: DateTime<Utc>) -> Self {
        Self::new(at)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.0;
        write!(f, "{:04}-{:02}-{:02}T", at.year(), at.month(), at.day())?;
        let millis = at.timestamp_subsec_millis().min(999);
        write!(f, "{:02}:{:02}:{:02}.{millis:03}Z", at.hour(), at.minute(), at.second())
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
        Self::parse(&text).ok_or_else(|| de::Error::custom("not a time in RFC 3339 UTC"))
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
            "2026-11-24T08:00:00+02:00",
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

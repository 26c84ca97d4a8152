//! A date as text, and its two readings.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};
use serde::{Deserialize, Serialize};

use super::parse::{InvalidTime, date_time};

const SECONDS: &str = "%Y-%m-%dT%H:%M:%S";

/// A date as iLOQ wrote it. It is written back unchanged; an empty text is a missing date.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DateText(String);

impl DateText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The moment, for members that are UTC. A text without `Z` or offset is taken as UTC.
    ///
    /// # Errors
    /// [`InvalidTime`] when it is no date.
    pub fn utc(&self) -> Result<DateTime<Utc>, InvalidTime> {
        self.0.parse::<UtcTime>().map(|time| time.0)
    }

    /// The wall clock's reading, for members that are local or whose zone is not documented. An offset is ignored.
    ///
    /// # Errors
    /// [`InvalidTime`] when it is no date.
    pub fn local(&self) -> Result<NaiveDateTime, InvalidTime> {
        date_time(&self.0).map(|(time, _)| time)
    }

    /// The day that the text begins with. .NET's first day, `0001-01-01`, is none.
    #[must_use]
    pub fn day(&self) -> Option<NaiveDate> {
        let day: NaiveDate = self.0.get(..10)?.parse().ok()?;
        Some(day).filter(|day| day.num_days_from_ce() > 1)
    }
}

impl From<&str> for DateText {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl From<DateTime<Utc>> for DateText {
    fn from(time: DateTime<Utc>) -> Self {
        Self(UtcTime(time).to_string())
    }
}

impl From<LocalTime> for DateText {
    fn from(time: LocalTime) -> Self {
        Self(time.to_string())
    }
}

impl fmt::Display for DateText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// A moment, read with 0 to 9 digits of a fraction, written as `yyyy-MM-ddTHH:mm:ss.fffffffZ` (the fraction
/// only if there is one; seven digits, iLOQ's own precision).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcTime(pub DateTime<Utc>);

impl FromStr for UtcTime {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let (time, offset) = date_time(text)?;
        let shift = offset.map_or(0, |offset| i64::from(offset.local_minus_utc()));
        let time = time.checked_sub_signed(chrono::TimeDelta::seconds(shift)).ok_or(InvalidTime)?;
        Ok(Self(time.and_utc()))
    }
}

impl fmt::Display for UtcTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0.format(SECONDS))?;
        match self.0.timestamp_subsec_nanos() % 1_000_000_000 / 100 {
            0 => out.write_str("Z"),
            ticks => write!(out, ".{ticks:07}Z"),
        }
    }
}

/// A time on the locking system's wall clock, `yyyy-MM-ddTHH:mm:ss`: no offset, no fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalTime(pub NaiveDateTime);

impl FromStr for LocalTime {
    type Err = InvalidTime;

    /// Strict: exactly the form above, since an offset here would be a misunderstanding.
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let time = Self(date_time(text)?.0);
        if time.to_string() == text { Ok(time) } else { Err(InvalidTime) }
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.0.format(SECONDS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> String {
        text.parse::<UtcTime>().map_or_else(|error| error.to_string(), |time| time.to_string())
    }

    #[test]
    fn moments_are_read_in_all_spellings() {
        for (text, moment) in [
            ("2021-04-29T09:08:31.6653347Z", "2021-04-29T09:08:31.6653347Z"),
            ("2021-04-20T10:42:40.803Z", "2021-04-20T10:42:40.8030000Z"),
            ("2021-04-20T10:42:40", "2021-04-20T10:42:40Z"),
            ("2021-04-20T10:42", "2021-04-20T10:42:00Z"),
            ("2021-04-20", "2021-04-20T00:00:00Z"),
            ("2021-04-20T01:42:40+02:00", "2021-04-19T23:42:40Z"),
            ("2021-04-20T10:42:40.5-03:30", "2021-04-20T14:12:40.5000000Z"),
        ] {
            assert_eq!(utc(text), moment, "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "x",
            "2021-13-01T00:00:00Z",
            "2021-02-29T00:00:00Z",
            "2021-04-20T24:00:00Z",
            "2021-04-20T10:42:40.Z",
            "2021-04-20T10:42:40ZZ",
            "2021-04-20T10:42:40+2",
            "20210420T104240Z",
            "2021-04-2ä",
        ] {
            assert_eq!(text.parse::<UtcTime>(), Err(InvalidTime), "{text}");
        }
    }

    #[test]
    fn a_local_time_has_no_offset() {
        let time: LocalTime = "2026-03-01T08:00:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-03-01T08:00:00");
        for text in [
            "2026-03-01T08:00:00Z",
            "2026-03-01T08:00",
            "2026-03-01 08:00:00",
            "2026-03-01T08:00:00+02:00",
            "2026-03- 1T08:00:00",
            "2026-03-01T08:00:00.5",
            "2026-03-01T08:00:60",
            "+026-03-01T08:00:00",
        ] {
            assert_eq!(text.parse::<LocalTime>(), Err(InvalidTime), "{text}");
        }
    }

    #[test]
    fn a_record_keeps_the_text() {
        let date = DateText::from("2021-04-29T09:08:31.66Z");
        assert_eq!(serde_json::to_string(&date).unwrap(), "\"2021-04-29T09:08:31.66Z\"");
        assert_eq!(date.local().unwrap().to_string(), "2021-04-29 09:08:31.660");
        assert_eq!(DateText::from(date.utc().unwrap()).as_str(), "2021-04-29T09:08:31.6600000Z");
        assert!(DateText::default().utc().is_err());
        assert_eq!(date.day(), NaiveDate::from_ymd_opt(2021, 4, 29));
    }

    /// B17
    #[test]
    fn the_first_day_is_none() {
        for text in ["", "0001-01-01T00:00:00", "0001-01-01", "0001-01-01T00:00:00Z", "x", "2026-02-30"] {
            assert_eq!(DateText::from(text).day(), None, "{text}");
        }
    }
}

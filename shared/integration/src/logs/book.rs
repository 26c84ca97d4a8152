//! The book of a system's access log: trees of immutable values below one root, whose write is the only commit.
//!
//! Rows lie in it twice: by arrival, for the feed, and by time, for the list. Writing by time finds a row that
//! the book has already, since the same row has the same time and id, also if it comes again weeks later; a third
//! tree does the same for rows without a time. A fourth has the counts by day.

use iloq_model::TimeZone;
use portal_api::{Code, Problem};
use std::collections::BTreeSet;
use uuid::Uuid;

use super::{
    Row, rollup,
    row::{ARRIVAL, OCCURRENCE, UNDATED},
};
use crate::{
    platform::Store,
    problem::Stop,
    state::{
        Space, StateError,
        tree::{Cache, Cell, Draft, Entry, Key, Overtaken, Root, Shelf},
    },
};

/// The root's key.
pub const ROOT: &str = "log:root";
/// What the keys of all other values begin with.
pub const PREFIX: &str = "log:";

pub(super) const BY_ARRIVAL: usize = 0;
pub(super) const BY_TIME: usize = 1;
const WITHOUT_TIME: usize = 2;
pub(super) const BY_DAY: usize = 3;
const TREES: usize = 4;

/// What became of rows that were offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Rows that are new.
    pub pulled: u64,
    /// Rows that the book had, or that came twice.
    pub duplicates: u64,
}

/// A system's access log, as its root was when it was opened. Writers hold the lease `pull-logs`.
pub struct Book<'a> {
    pub(super) shelf: Shelf<'a>,
    pub(super) root: Root,
    zone: TimeZone,
}

impl<'a> Book<'a> {
    /// Opens the book: one read. `zone` is the system's, for the roll-ups.
    ///
    /// # Errors
    /// The store's failure.
    pub fn open<S: Store>(space: &Space<'a, S>, zone: TimeZone) -> Result<Self, Stop> {
        Self::open_erased(space.erased(), zone)
    }

    /// The same for a space that has lost its store's type.
    ///
    /// # Errors
    /// The store's failure.
    pub fn open_erased(space: Space<'a, dyn Store + 'a>, zone: TimeZone) -> Result<Self, Stop> {
        let shelf = Shelf::new(space);
        let root = shelf.root(ROOT, TREES)?;
        Ok(Self { shelf, root, zone })
    }

    /// Goes on with a book that was put aside, without reading its root again.
    pub(super) fn again(space: Space<'a, dyn Store + 'a>, zone: TimeZone, root: Root, cache: Cache) -> Self {
        Self { shelf: Shelf::with_cache(space, cache), root, zone }
    }

    /// Puts the book aside.
    pub(super) fn aside(self) -> (Root, Cache) {
        (self.root, self.shelf.into_cache())
    }

    /// How far the log was pulled: what the last commit stored, opaque to the book. `None` before the first.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.root.notes.first().map(String::as_str)
    }

    /// How many rows there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.root.trees.get(BY_ARRIVAL).map_or(0, crate::state::tree::Tree::count)
    }

    /// The number that the next row to arrive gets; the first one got 1.
    pub(super) fn next_number(&self) -> i64 {
        self.root.notes.get(1).and_then(|next| next.parse().ok()).unwrap_or(1)
    }

    /// The zone in which the roll-ups are reckoned: that of the settings when the first row came. Another one
    /// there later does not change what is counted already; [`Self::recount`] does.
    pub(super) fn counted_in(&self) -> TimeZone {
        let noted = self.root.notes.get(2).filter(|name| self.count() > 0 && *name != self.zone.name());
        noted.and_then(|name| TimeZone::named(name)).unwrap_or_else(|| self.zone.clone())
    }

    /// The system's zone.
    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether the book has the row. The leaf that was read last is kept, so ask in the order of time.
    ///
    /// # Errors
    /// The store's failure.
    pub fn contains(&mut self, occurred_at: Option<i64>, id: Uuid) -> Result<bool, Stop> {
        let (tree, form, key) = match occurred_at {
            Some(at) => (BY_TIME, OCCURRENCE, Key::new(at, id.as_u128())),
            None => (WITHOUT_TIME, UNDATED, Key::new(0, id.as_u128())),
        };
        Ok(self.shelf.find(&self.root.trees[tree], form, key)?.is_some())
    }

    /// Adds rows, given in the order in which they arrived, and stores `cursor`: all of it, or nothing. Rows
    /// that the book has already are left out. At most 20,000 at once; also an empty list is a commit.
    ///
    /// `writer` is unique to this call, like [`crate::http::new_id`], and **not** the run's id, under which
    /// another call may go on: it is in the names of what is written. `now` in milliseconds since 1970.
    ///
    /// # Errors
    /// `in-progress` if somebody else has written since the book was opened; the store's failure.
    pub fn add(&mut self, rows: Vec<Row>, cursor: String, writer: &str, now: i64) -> Result<Added, Stop> {
        let offered = rows.len() as u64;
        let zone = self.counted_in();
        let (mut draft, mut root) = (self.draft(writer, now), self.root.clone());
        let rows = self.new_rows(&mut draft, &mut root, rows)?;
        let first = self.next_number();
        let numbered: Vec<Entry> =
            rows.iter().zip(first..).map(|(row, number)| row.arrival(number)).collect();
        draft.merge(&mut self.shelf, &mut root.trees[BY_ARRIVAL], ARRIVAL, &numbered, &mut |_, _| false)?;
        drop(numbered);
        let counts = rollup::entries(rows.iter(), &zone);
        draft.merge(&mut self.shelf, &mut root.trees[BY_DAY], rollup::DAYS, &counts, &mut rollup::add)?;
        let pulled = rows.len() as u64;
        let next = first.saturating_add_unsigned(pulled);
        root.notes = vec![cursor, next.to_string(), zone.name().to_owned()];
        self.commit(draft, root, now)?;
        Ok(Added { pulled, duplicates: offered - pulled })
    }

    /// The rows that the book does not have yet, which are in the tree by time then.
    fn new_rows(
        &mut self,
        draft: &mut Draft<'a>,
        root: &mut Root,
        mut rows: Vec<Row>,
    ) -> Result<Vec<Row>, StateError> {
        let undated = |row: &Row| Key::new(0, row.id.as_u128());
        let cells = |row: &Row| vec![Cell::Number(row.received_at)];
        let entries = distinct(rows.iter().filter(|row| row.occurred_at.is_none()), |row| Entry {
            key: undated(row),
            cells: cells(row),
        });
        let known = self.merge_new(draft, root, WITHOUT_TIME, &entries)?;
        let mut seen = known;
        rows.retain(|row| row.occurred_at.is_some() || seen.insert(undated(row)));
        drop(entries);

        let entries = distinct(rows.iter(), Row::occurrence);
        let mut seen = self.merge_new(draft, root, BY_TIME, &entries)?;
        drop(entries);
        rows.retain(|row| seen.insert(row.place()));
        Ok(rows)
    }

    /// Puts entries into a tree; the keys of those that it had.
    fn merge_new(
        &mut self,
        draft: &mut Draft<'a>,
        root: &mut Root,
        tree: usize,
        entries: &[Entry],
    ) -> Result<BTreeSet<Key>, StateError> {
        let form = if tree == BY_TIME { OCCURRENCE } else { UNDATED };
        let mut had = Vec::new();
        draft.merge(&mut self.shelf, &mut root.trees[tree], form, entries, &mut |kept, _| {
            had.push(kept.key);
            false
        })?;
        Ok(had.into_iter().collect())
    }

    /// Erases rows older than `cutoff` (in milliseconds since 1970; the start of a day in the system's zone)
    /// and their roll-ups; how many.
    ///
    /// # Errors
    /// As for [`Self::add`].
    pub fn drop_before(&mut self, cutoff: i64, writer: &str, now: i64) -> Result<u64, Stop> {
        let (day, _) = rollup::local(&self.counted_in(), cutoff);
        let old = [
            (BY_ARRIVAL, ARRIVAL, cutoff),
            (BY_TIME, OCCURRENCE, cutoff),
            (WITHOUT_TIME, UNDATED, cutoff),
            (BY_DAY, rollup::DAYS, day),
        ];
        if old.iter().all(|(tree, _, cutoff)| !self.root.trees[*tree].has_below(*cutoff)) {
            return Ok(0);
        }
        let (mut draft, mut root) = (self.draft(writer, now), self.root.clone());
        let mut dropped = 0;
        for (tree, form, cutoff) in old {
            let count = draft.prune(&mut self.shelf, &mut root.trees[tree], form, cutoff)?;
            if tree == BY_TIME {
                dropped = count;
            }
        }
        self.commit(draft, root, now)?;
        Ok(dropped)
    }

    pub(super) fn draft(&self, writer: &str, now: i64) -> Draft<'a> {
        Draft::begin(self.shelf.space().clone(), ROOT, PREFIX, &self.root, writer, now)
    }

    pub(super) fn commit(&mut self, draft: Draft<'a>, mut root: Root, now: i64) -> Result<(), Stop> {
        draft.commit(&mut root, now).map_err(|error| match error {
            Overtaken::State(error) => Stop::State(error),
            Overtaken::Yes => Problem::new(
                Code::InProgress,
                "The access log was written by another run meanwhile. Nothing is lost: send the request again later.",
            )
            .into(),
        })?;
        self.root = root;
        Ok(())
    }
}

/// The entries of rows by key, each key once.
fn distinct<'r>(rows: impl Iterator<Item = &'r Row>, entry: impl Fn(&Row) -> Entry) -> Vec<Entry> {
    let mut entries: Vec<Entry> = rows.map(entry).collect();
    entries.sort_by_key(|one| one.key);
    entries.dedup_by(|later, earlier| later.key == earlier.key);
    entries
}

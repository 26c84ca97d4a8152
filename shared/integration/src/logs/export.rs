//! A whole range as lines: read leaf by leaf while it is sent, so that memory stays flat.

use std::time::Duration;

use iloq_model::TimeZone;
use portal_api::{Code, Problem};

use super::{
    Book, Filter, Row,
    format::{Format, Lines},
    page::Span,
};
use crate::{
    http::Source,
    platform::Store,
    problem::Stop,
    state::{
        Space,
        tree::{Cache, Root},
    },
};

/// What is still to be sent.
enum Rest {
    /// By time, newest first.
    ByTime(Span, Filter),
    /// By arrival, oldest first: after this number, up to that one.
    ByArrival(i64, i64),
    /// Nothing.
    Done,
}

/// The rows of a range, as they were when it was asked for.
pub struct Export {
    end: Duration,
    prefix: String,
    zone: TimeZone,
    format: Format,
    rest: Rest,
    aside: Option<(Root, Cache)>,
}

impl Export {
    /// The rows of `span` that `filter` takes. From `end` on (monotonic) nothing more is read.
    #[must_use]
    pub fn by_time(book: Book<'_>, span: Span, filter: Filter, format: Format, end: Duration) -> Self {
        Self::new(book, Rest::ByTime(span, filter), format, end)
    }

    /// The rows that arrived after `after`.
    #[must_use]
    pub fn by_arrival(book: Book<'_>, after: i64, format: Format, end: Duration) -> Self {
        let last = book.feed_end();
        Self::new(book, Rest::ByArrival(after, last), format, end)
    }

    fn new(book: Book<'_>, rest: Rest, format: Format, end: Duration) -> Self {
        let prefix = book.shelf.space().prefix().to_owned();
        Self { end, prefix, zone: book.zone().clone(), format, rest, aside: Some(book.aside()) }
    }

    /// One leaf more.
    fn leaf(&mut self, book: &mut Book<'_>, out: &mut Vec<u8>) -> Result<(), Stop> {
        let mut lines = Lines::new(self.format, out);
        self.rest = match std::mem::replace(&mut self.rest, Rest::Done) {
            Rest::ByTime(span, filter) => {
                let left = book.leaf_by_time(span, |row: Row| {
                    if filter.takes(&row) {
                        lines.write(&row);
                    }
                    true
                })?;
                left.map_or(Rest::Done, |span| Rest::ByTime(span, filter))
            }
            Rest::ByArrival(after, last) if after < last => {
                let reached = book.leaf_by_arrival(after, |row| {
                    lines.write(&row);
                    true
                })?;
                reached.map_or(Rest::Done, |after| Rest::ByArrival(after, last))
            }
            Rest::ByArrival(..) | Rest::Done => Rest::Done,
        };
        Ok(())
    }
}

impl Source for Export {
    fn end(&self) -> Duration {
        self.end
    }

    fn next(&mut self, store: &dyn Store, now: &dyn Fn() -> Duration) -> Result<Option<Vec<u8>>, Stop> {
        let Some((root, cache)) = self.aside.take() else { return Ok(None) };
        let mut book = Book::again(Space::erased_at(store, &self.prefix), self.zone.clone(), root, cache);
        let mut out = Vec::new();
        while out.is_empty() && !matches!(self.rest, Rest::Done) {
            if now() >= self.end {
                return Err(Problem::new(
                    Code::InProgress,
                    "The time of the call was over before the range was sent: ask for a shorter one, or for pages with limit.",
                )
                .into());
            }
            self.leaf(&mut book, &mut out)?;
        }
        self.aside = Some(book.aside());
        Ok((!out.is_empty()).then_some(out))
    }
}

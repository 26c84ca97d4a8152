//! What housekeeping does with the log: old rows go, counts follow the zone, what dead runs left is erased.

use portal_api::routes::Job;

use super::{
    Book, Row, book,
    book::{BY_DAY, BY_TIME, PREFIX, ROOT},
    rollup::{self, DAYS},
    row::OCCURRENCE,
    summary::start_of_day_before,
};
use crate::{
    http::new_id,
    platform::Platform,
    problem::Stop,
    state::{
        Busy, Lease,
        tree::{Key, Tree},
    },
    system::System,
};

/// Rows that are counted before their counts are written.
const BATCH: usize = 20_000;
/// Values erased in one call, so that it ends within its slice.
const BUDGET: usize = 2_000;

/// Tidies a system's log; how many rows and values were erased. `own` are all keys of the system. Does nothing
/// while the log is being pulled.
///
/// # Errors
/// The store's failure.
pub async fn tidy<P: Platform>(system: &System<'_, P>, own: &[&str]) -> Result<u64, Stop> {
    let names: Vec<&str> =
        own.iter().copied().filter(|name| name.starts_with(PREFIX) && *name != ROOT).collect();
    if names.is_empty() {
        return Ok(0);
    }
    let writer = new_id(system.platform.random());
    let lease = match Lease::acquire(&system.space, system.clock(), Job::PullLogs.name(), &writer).await {
        Ok(lease) => lease,
        Err(Busy::Held) => return Ok(0),
        Err(Busy::State(error)) => return Err(error.into()),
    };
    let done = with_lease(system, &names, &writer);
    lease.release();
    done
}

fn with_lease<P: Platform>(system: &System<'_, P>, names: &[&str], writer: &str) -> Result<u64, Stop> {
    let now = system.now_ms();
    let mut book = book(system)?;
    let mut erased = book.retain(system.record.settings.logs.retention_days, writer, now)?;
    book.recount(writer, now, &|| system.is_over())?;
    for name in book.orphans(names, now)?.into_iter().take(BUDGET) {
        system.space.delete(name)?;
        erased += 1;
    }
    Ok(erased)
}

impl Book<'_> {
    /// The moment before which rows are older than `days` days of the wall clock.
    #[must_use]
    pub fn cutoff(&self, days: u32, now: i64) -> i64 {
        start_of_day_before(&self.counted_in(), now, days)
    }

    /// Erases rows older than `days` days; how many.
    ///
    /// # Errors
    /// As for [`Self::drop_before`].
    pub fn retain(&mut self, days: u32, writer: &str, now: i64) -> Result<u64, Stop> {
        self.drop_before(self.cutoff(days, now), writer, now)
    }

    /// Counts all rows anew if the system's zone is not the one in which they were counted, unless `over` says
    /// that time is up: until it was done once, summaries read rows. Whether it was done.
    ///
    /// # Errors
    /// As for [`Self::add`].
    pub fn recount(&mut self, writer: &str, now: i64, over: &dyn Fn() -> bool) -> Result<bool, Stop> {
        let zone = self.zone().clone();
        if self.counted_in() == zone {
            return Ok(false);
        }
        let (mut draft, mut root) = (self.draft(writer, now), self.root.clone());
        // What the old counts took is found as an orphan.
        root.trees[BY_DAY] = Tree::default();
        let (mut rows, mut from): (Vec<Row>, _) = (Vec::new(), Some(Key::MIN));
        while from.is_some() {
            if over() {
                return Ok(false);
            }
            let leaf = match from {
                Some(key) => self.shelf.at_or_after(&self.root.trees[BY_TIME], OCCURRENCE, key)?,
                None => None,
            };
            from = leaf.as_ref().map(|leaf| leaf.part.last.next());
            rows.extend(leaf.iter().flat_map(|leaf| leaf.entries.iter()).map(Row::of));
            if rows.len() >= BATCH || from.is_none() {
                let counts = rollup::entries(std::mem::take(&mut rows).iter(), &zone);
                draft.merge(&mut self.shelf, &mut root.trees[BY_DAY], DAYS, &counts, &mut rollup::add)?;
            }
        }
        if let Some(counted_in) = root.notes.get_mut(2) {
            zone.name().clone_into(counted_in);
        }
        self.commit(draft, root, now)?;
        Ok(true)
    }

    /// Of these keys of the log's values those that runs left behind which died more than a day ago.
    ///
    /// # Errors
    /// The store's failure.
    pub fn orphans<'n>(&mut self, names: &[&'n str], now: i64) -> Result<Vec<&'n str>, Stop> {
        Ok(self.shelf.orphans(&self.root, PREFIX, names, now)?)
    }
}

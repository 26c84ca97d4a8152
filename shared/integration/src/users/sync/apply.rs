//! Carries a plan out: steps at the same time as far as iLOQ keeps up, pages written as they are done.

use std::collections::BTreeMap;

use futures::{StreamExt, stream::FuturesUnordered};
use iloq_client::{IloqApi, Pace, PaceOutcome, io::Clock};
use iloq_model::{LockGroupId, Person, ZoneId};
use portal_api::{
    Code, Problem,
    types::{Change, ChangeType, SyncItem, SyncOutcome},
};
use serde_json::{Value, value::RawValue};

use super::{
    dry,
    plan::{Action, Step},
    step::{self, Done},
};
use crate::{
    platform::{Platform, Store},
    problem::Stop,
    state::{RunRecord, Runs},
    system::System,
    users::{
        record::UserRecord,
        store::{AllUsers, page_of},
        waiting,
    },
};

/// Steps that may fail for everybody in a row before the rest is left for later.
const OUTAGE: u32 = 3;

/// Everything that a slice of a sync works with.
pub struct Slice<'a, P: Platform, A> {
    /// The locking system.
    pub system: &'a System<'a, P>,
    /// iLOQ.
    pub api: &'a A,
    /// Its id.
    pub lock_group: LockGroupId,
    /// The listing.
    pub persons: &'a [Person],
    /// The zones of new persons.
    pub zones: &'a [ZoneId],
    /// The run's id, which marks what it writes.
    pub run: String,
}

/// How far a slice came.
#[derive(Debug, Default)]
pub struct Applied {
    /// Whether steps were left for the next slice.
    pub cut: bool,
    /// Steps that succeeded.
    pub succeeded: usize,
    /// Why steps failed for everybody.
    pub outage: Option<Problem>,
}

/// Applies `steps` within the slice.
///
/// # Errors
/// The store's failure; what was written stays, and the next slice finds it.
pub async fn apply<P: Platform, A: IloqApi>(
    slice: &Slice<'_, P, A>,
    all: &mut AllUsers,
    run: &mut RunRecord,
    steps: Vec<Step>,
) -> Result<Applied, Stop> {
    let mut book = Book::new(slice, all, run, &steps);
    let mut queue = book.in_page_order(steps).into_iter().peekable();
    let mut pace = Pace::default();
    let mut running = FuturesUnordered::new();
    let mut failures_in_a_row = 0;
    loop {
        while let Some(next) = queue.peek() {
            if book.is_over() || book.applied.outage.is_some() {
                break;
            }
            if !next.action.calls_iloq() {
                if let Some(step) = queue.next() {
                    let user = book.all.get(&step.user).cloned();
                    let done = step::local(slice, &step, user);
                    book.note(&step, Ok(done))?;
                }
                continue;
            }
            if running.len() >= pace.limit() {
                break;
            }
            if let Some(step) = queue.next() {
                let user = book.all.get(&step.user).cloned();
                running.push(async move {
                    let started = slice.system.clock().monotonic();
                    let outcome = step::remote(slice, &step, user).await;
                    (step, outcome, slice.system.clock().monotonic() - started)
                });
            }
        }
        let Some((step, outcome, latency)) = running.next().await else { break };
        let everybody = outcome.as_ref().err().is_some_and(Stop::stops_everybody);
        failures_in_a_row = if everybody { failures_in_a_row + 1 } else { 0 };
        let paced = if everybody { PaceOutcome::Overload } else { PaceOutcome::Success };
        pace.record(paced, latency);
        let outcome = outcome.map_err(|stop| {
            let fatal = failures_in_a_row >= OUTAGE || matches!(&stop, Stop::Problem(_) | Stop::State(_));
            (everybody && fatal, slice.system.problem(stop))
        });
        if let Err((true, problem)) = &outcome {
            book.applied.outage.get_or_insert_with(|| problem.clone());
        }
        book.note(&step, outcome.map_err(|(_, problem)| problem))?;
    }
    let rest: Vec<Step> = queue.collect();
    book.leave(rest)?;
    book.close()
}

impl Action {
    /// Whether carrying it out calls iLOQ; what does not is done at once.
    fn calls_iloq(&self) -> bool {
        match self {
            Self::Create | Self::Gone { .. } | Self::Delete => true,
            Self::Import { .. } | Self::Conflict { .. } => false,
            // A link writes our id where the person has none, also if the fields are equal.
            Self::Link { .. } => true,
            Self::Update { merge, .. } | Self::Back { merge, .. } => !merge.to_iloq.is_empty(),
        }
    }
}

/// The most changes that are appended at once, in bytes: a value of the store takes a third more.
const BATCH_BYTES: usize = 300_000;

/// Changes as they will be stored, and the pages that may be written once they are.
#[derive(Default)]
struct Batch {
    changes: Vec<Box<RawValue>>,
    bytes: usize,
    pages: Vec<usize>,
}

/// Keeps count of what each page still waits for, and writes it when it is complete.
struct Book<'a, 'b, P: Platform, A> {
    slice: &'b Slice<'a, P, A>,
    all: &'b mut AllUsers,
    run: &'b mut RunRecord,
    waiting: BTreeMap<usize, usize>,
    dirty: BTreeMap<usize, Vec<Change>>,
    batch: Batch,
    unstored: Vec<SyncItem>,
    /// Users whose step failed: the index leads to them.
    failed: Vec<String>,
    applied: Applied,
}

impl<'a, 'b, P: Platform, A: IloqApi> Book<'a, 'b, P, A> {
    fn new(
        slice: &'b Slice<'a, P, A>,
        all: &'b mut AllUsers,
        run: &'b mut RunRecord,
        steps: &[Step],
    ) -> Self {
        let mut waiting = BTreeMap::new();
        for step in steps {
            *waiting.entry(page_of(&step.user, all.level)).or_default() += 1;
        }
        // What requests have saved is folded into the pages on the way.
        let dirty = all.unfolded.iter().map(|id| (page_of(id, all.level), Vec::new())).collect();
        Self {
            slice,
            all,
            run,
            waiting,
            dirty,
            batch: Batch::default(),
            unstored: Vec::new(),
            failed: Vec::new(),
            applied: Applied::default(),
        }
    }

    fn in_page_order(&self, mut steps: Vec<Step>) -> Vec<Step> {
        let level = self.all.level;
        steps.sort_by_key(|a| page_of(&a.user, level));
        steps
    }

    fn is_over(&self) -> bool {
        self.slice.system.is_over()
    }

    fn note(&mut self, step: &Step, outcome: Result<Done, Problem>) -> Result<(), Stop> {
        let page = page_of(&step.user, self.all.level);
        match outcome {
            Ok(done) => {
                self.applied.succeeded += 1;
                if let Some(name) = done.counts_as() {
                    self.run.count(name);
                }
                for (id, user) in done.users {
                    let page = self.all.insert(id, user);
                    self.dirty.entry(page).or_default();
                }
                self.dirty.entry(page).or_default().extend(done.changes);
                self.unstored.extend(done.item);
            }
            Err(problem) => self.failed(step, page, problem),
        }
        if let Some(left) = self.waiting.get_mut(&page) {
            *left -= 1;
            if *left == 0 {
                self.flush(page)?;
            }
        }
        Ok(())
    }

    /// One user's failure is that user's alone: it is noted with the user and tried again.
    fn failed(&mut self, step: &Step, page: usize, problem: Problem) {
        self.run.count("failed");
        if self.applied.outage.is_none()
            && let Some(user) = self.all.get(&step.user).cloned()
        {
            let user = self.slice.marked(waiting::waiting(user, &problem, self.slice.system.now_ms()));
            self.all.insert(step.user.clone(), user);
            self.dirty.entry(page).or_default();
            self.failed.push(step.user.clone());
        }
        self.unstored.push(dry::item(step, SyncOutcome::Failed, Some(problem)));
    }

    /// Steps that were not begun: left for the next slice, or failed with the outage that stopped the run.
    fn leave(&mut self, rest: Vec<Step>) -> Result<(), Stop> {
        let Some(outage) = self.applied.outage.clone() else {
            self.applied.cut = !rest.is_empty();
            return Ok(());
        };
        for step in rest {
            let page = page_of(&step.user, self.all.level);
            self.failed(&step, page, outage.clone());
        }
        Ok(())
    }

    /// Nothing is open for a page any more. Changes of several pages are appended together: a store counts writes.
    fn flush(&mut self, page: usize) -> Result<(), Stop> {
        let Some(changes) = self.dirty.remove(&page) else { return Ok(()) };
        for change in &changes {
            let change = serde_json::value::to_raw_value(change).map_err(|_| Problem::of(Code::Internal))?;
            if self.batch.bytes + change.get().len() > BATCH_BYTES {
                self.write()?;
            }
            self.batch.bytes += change.get().len();
            self.batch.changes.push(change);
        }
        self.batch.pages.push(page);
        if self.unstored.len() >= crate::state::ITEMS_PER_PAGE {
            self.store_items()?;
        }
        Ok(())
    }

    /// Changes before their pages: after a crash in between they are told again, never lost.
    fn write(&mut self) -> Result<(), Stop> {
        let Batch { changes, pages, .. } = std::mem::take(&mut self.batch);
        let system = self.slice.system;
        system.changes().append(changes)?;
        for page in pages {
            system.users().put_page(self.all, page)?;
        }
        Ok(())
    }

    fn store_items(&mut self) -> Result<(), Stop> {
        let items = std::mem::take(&mut self.unstored);
        Ok(Runs::new(&self.slice.system.space).append_items(self.run, &items)?)
    }

    fn close(mut self) -> Result<Applied, Stop> {
        let pages: Vec<usize> = self.dirty.keys().copied().collect();
        for page in pages {
            self.flush(page)?;
        }
        self.write()?;
        self.store_items()?;
        for id in &self.failed {
            self.slice.system.users().note(id)?;
        }
        self.slice.system.users().settle(self.all)?;
        Ok(self.applied)
    }
}

impl<P: Platform, A> Slice<'_, P, A> {
    /// Marks a record as this run's, newer than what the run read.
    pub fn marked(&self, mut user: UserRecord) -> UserRecord {
        user.sub += 1;
        user.writer.clone_from(&self.run);
        user
    }

    /// A change of a user.
    pub fn change(&self, change: ChangeType, user: &str, data: Value) -> Change {
        self.system.changes().of_user(change, user, data)
    }

    /// Whether a request has changed the user since the run read it.
    ///
    /// # Errors
    /// The store's failure.
    pub fn overtaken(&self, id: &str, read: &UserRecord) -> Result<Option<UserRecord>, Stop>
    where
        P::Store: Store,
    {
        let own = self.system.users().own(id)?;
        Ok(own.filter(|own| {
            own.order() > read.order() || (own.order() == read.order() && own.writer != read.writer)
        }))
    }
}

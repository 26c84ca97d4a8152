//! Pulling the access log out of iLOQ: by arrival, window by window, each row once.
//!
//! A window's rows and how far the log is pulled are one write, so a pull can stop at any moment and the next call
//! goes on. Rows that come again are found by their ids.

use std::time::Duration;

use chrono::{DateTime, Utc};
use iloq_client::{AnswerLimit, Error, ErrorKind, IloqApi, io::Clock, io::TransportError};
use iloq_model::{LockLogData, LogSearch};
use portal_api::{
    Code, Problem,
    routes::Job,
    types::{LogPulled, RunState, read_nothing},
};

use super::{
    Book,
    arrived::{Arrived, Texts},
    names::{AT_ONCE, Asked, Names, SIDE_BY_SIDE},
    routes,
    window::{AIM, Progress, Recent, Window},
};
use crate::{
    events::wish,
    http::{Answer, Call, new_id},
    platform::Platform,
    problem::Stop,
    state::{Busy, Lease, RunRecord, Runs},
    system::{Iloq, System},
};

/// Longest answer of a window, in bytes: twice what [`AIM`] rows take. It lies in memory whole.
const LONGEST_ANSWER: usize = 24 << 20;
/// The same for a window that can't be made shorter.
const LONGEST_OF_ALL: usize = 64 << 20;
/// Rows that are committed at once.
const AT_ONCE_COMMITTED: usize = 10 * AT_ONCE;

/// A window shorter than this is not made shorter because iLOQ is slow: then it is slow with any.
const SHORT: i64 = 60_000;

const PULLED: &str = "pulled";
const DUPLICATES: &str = "duplicates";

/// `POST …/logs/pull`.
///
/// # Errors
/// What the caller is told.
pub async fn handle<P: Platform>(call: &Call<'_, P>) -> Result<Answer, Stop> {
    read_nothing(call.members.clone())?;
    let system = call.system()?;
    let run = pull(system, &call.intent).await?;
    let count = |name: &str| run.counts.get(name).copied().unwrap_or(0);
    let body = LogPulled { pulled: count(PULLED), duplicates: count(DUPLICATES), run: run.view() };
    if run.finished_at.is_some() {
        return Ok(Answer::json(200, &body));
    }
    let location = format!("/v1/systems/{}/runs/{}", system.id, run.id);
    Ok(Answer::json(202, &body).with_header("location", location))
}

/// Pulls what has arrived in iLOQ, or goes on with that. `owner` tells the request from others.
///
/// # Errors
/// `in-progress`; iLOQ's or the store's error if nothing could be pulled.
pub async fn pull<P: Platform>(system: &System<'_, P>, owner: &str) -> Result<RunRecord, Stop> {
    let clock = system.clock();
    let lease = match Lease::acquire(&system.space, clock, Job::PullLogs.name(), owner).await {
        Ok(lease) => lease,
        Err(Busy::State(error)) => return Err(error.into()),
        Err(Busy::Held) => return Err(busy()),
    };
    // In a box: the compiler gives up on futures that are nested deeper.
    let outcome = lease.during(clock, Box::pin(run(system))).await;
    lease.release();
    outcome
}

fn busy() -> Stop {
    let detail = "The access log of this system is being pulled. Try again when that is done.";
    Problem::new(Code::InProgress, detail).retry_in(5).into()
}

/// By how many seconds the log is behind; `None` if it was never pulled.
///
/// # Errors
/// The store's failure.
pub fn lag<P: Platform>(system: &System<'_, P>) -> Result<Option<u64>, Stop> {
    let book = routes::book(system)?;
    let progress = book.cursor().and_then(Progress::read);
    Ok(progress.map(|progress| u64::try_from((system.now_ms() - progress.until) / 1000).unwrap_or(0)))
}

async fn run<P: Platform>(system: &System<'_, P>) -> Result<RunRecord, Stop> {
    let runs = Runs::new(&system.space);
    // Taken before iLOQ is read: an event that comes from now on is about a row that may come too late for this pull.
    let was_wished = wish::take(&system.space)?;
    let mut run = runs.begin(Job::PullLogs, &new_id(system.platform.random()), system.now_ms())?;
    let outcome = work(system, &runs, &mut run).await;
    match system.noted(outcome) {
        Ok(state) => {
            runs.end(&mut run, state, system.now_ms())?;
            Ok(run)
        }
        // Another call has taken this one's place, and goes on with the same run.
        Err(Stop::Problem(problem)) if problem.code == Code::InProgress => Err(Stop::Problem(problem)),
        Err(stop) => {
            let problem = stop.into_problem();
            if was_wished {
                let _ = wish::put_back(&system.space, system.now_ms());
            }
            // If the store is what failed, the run stays open and the next call goes on with it.
            let _ = runs.fail(&mut run, &problem, system.now_ms());
            Err(problem.into())
        }
    }
}

async fn work<P: Platform>(
    system: &System<'_, P>,
    runs: &Runs<'_, P::Store>,
    run: &mut RunRecord,
) -> Result<RunState, Stop> {
    let api = system.iloq()?;
    let outcome = async {
        let mut pull = Pull::open(system)?;
        pull.expect(&api).await?;
        let mut has_pulled = false;
        loop {
            let step = pull.window(&api, runs, run).await;
            match step {
                Ok(Step::Next) => has_pulled = true,
                Ok(Step::Smaller) => {}
                Ok(Step::End) => {
                    run.problem = None;
                    return Ok(RunState::Done);
                }
                Ok(Step::Cut) => return Ok(RunState::Incomplete),
                // What is here stays here; the next call goes on after it.
                Err(stop) if has_pulled && stop.is_passing() && !is_overtaken(&stop) => {
                    run.problem = Some(system.problem(stop));
                    return Ok(RunState::Incomplete);
                }
                Err(stop) => return Err(stop),
            }
        }
    };
    let outcome: Result<RunState, Stop> = outcome.await;
    run.requests += api.requests();
    api.kill_session(false).await;
    outcome
}

fn is_overtaken(stop: &Stop) -> bool {
    matches!(stop, Stop::Problem(problem) if problem.code == Code::InProgress)
}

/// How it goes on after a window.
enum Step {
    /// There is more.
    Next,
    /// The window was too large; a smaller one is next.
    Smaller,
    /// Everything is here.
    End,
    /// The time is over.
    Cut,
}

/// One call's pull.
struct Pull<'s, 'a, P: Platform> {
    system: &'s System<'a, P>,
    book: Book<'a>,
    progress: Progress,
    names: Names<'s, 'a, P>,
    texts: Texts,
    recent: Recent,
    /// In the names of what this call writes.
    writer: String,
}

impl<'s, 'a, P: Platform> Pull<'s, 'a, P> {
    fn open(system: &'s System<'a, P>) -> Result<Self, Stop> {
        let from = system.record.settings.logs.from.map(portal_api::Time::millis);
        let book = routes::book(system)?;
        let mut progress = book.cursor().and_then(Progress::read).unwrap_or_else(|| Progress::begin(from));
        progress.from = progress.from.max(from.unwrap_or(i64::MIN));
        let mut texts = Texts::default();
        let names = Names::read(system, &mut texts)?;
        let writer = new_id(system.platform.random());
        Ok(Self { system, book, progress, names, texts, recent: Recent::default(), writer })
    }

    /// Before the first window: how many rows there are, roughly, so that years are not asked for at once, or
    /// week by week where there is little. Only an estimate, so what goes wrong here is left to the windows.
    async fn expect(&mut self, api: &Iloq<'_, P>) -> Result<(), Stop> {
        if !self.progress.is_new() {
            return Ok(());
        }
        let mut lock_ids = self.names.doors();
        if lock_ids.is_empty() {
            lock_ids = api.locks().await?.iter().map(|lock| lock.id).collect();
        }
        if lock_ids.is_empty() {
            return Ok(());
        }
        let from = self.system.record.settings.logs.from.map(portal_api::Time::millis);
        let search =
            LogSearch { lock_ids, from: from.and_then(moment).map(Into::into), ..LogSearch::default() };
        match api.search_log(&search).await {
            Ok(answer) => {
                let rows = answer.rows.len() as u64;
                let count = answer.total.map_or(rows, u64::from).max(rows);
                self.progress.expect(count, from.is_some(), self.system.now_ms());
                self.names.learn(&answer.rows, &mut self.texts);
                Ok(())
            }
            Err(error) if error.is_unavailable() => Err(error.into()),
            Err(_) => Ok(()),
        }
    }

    /// Reads one window and keeps its rows.
    async fn window(
        &mut self,
        api: &Iloq<'_, P>,
        runs: &Runs<'_, P::Store>,
        run: &mut RunRecord,
    ) -> Result<Step, Stop> {
        if self.system.is_over() {
            return Ok(Step::Cut);
        }
        let window = self.progress.next(self.system.now_ms());
        let Read { rows, aim } = match self.read(api, &window).await {
            Ok(read) => read,
            Err(error) => return self.unread(&window, error, run),
        };
        let seen: Vec<i64> = rows.iter().map(|row| row.received_at).collect();
        // The rest of a window that is not the last one is read again with the next: so names are asked for in
        // full requests.
        let whole = rows.len() - rows.len() % AT_ONCE;
        let is_worth = whole > 0 && !window.is_last && seen.get(whole).is_some_and(|at| *at > window.from);
        let end = if is_worth { whole } else { rows.len() };
        let Known { fresh, duplicates } = self.known(&rows[..end])?;

        let (mut staged, mut named, mut kept) =
            (Vec::new(), 0, if fresh.is_empty() { end } else { fresh[0] });
        let mut failure = None;
        while named < fresh.len() && failure.is_none() && !self.system.is_over() {
            let chunks: Vec<Vec<&Arrived>> = fresh[named..]
                .chunks(AT_ONCE)
                .take(SIDE_BY_SIDE)
                .map(|places| places.iter().map(|place| &rows[*place]).collect())
                .collect();
            let asked: Asked = self.names.ask(api, &chunks, &mut self.texts).await;
            failure = asked.failure;
            // What has its names is kept.
            for chunk in &chunks[..asked.chunks] {
                match self.names.of(api, chunk, &mut self.texts).await {
                    Ok(with_names) => staged.extend(with_names),
                    Err(stop) => {
                        failure = Some(stop);
                        break;
                    }
                }
                named += chunk.len();
            }
            kept = fresh.get(named).copied().unwrap_or(end);
            if staged.len() >= AT_ONCE_COMMITTED && kept < end {
                let so_far = self.progress.so_far(seen[kept]);
                self.commit(std::mem::take(&mut staged), &so_far, run)?;
                runs.put(run)?;
            }
        }
        let cut = kept < end;
        if cut && named == 0 {
            // Not even the first rows got their names in time: less at once.
            self.progress.too_large(&window);
        } else {
            self.progress.advance(&window, &seen, kept, aim, &mut self.recent);
            count(run, DUPLICATES, duplicates.iter().filter(|place| **place < kept).count() as u64);
        }
        let progress = self.progress.clone();
        self.commit(staged, &progress, run)?;
        self.names.next_window();
        if let Some(stop) = failure {
            return Err(stop);
        }
        if cut {
            return Ok(Step::Cut);
        }
        if window.is_last {
            return Ok(Step::End);
        }
        runs.put(run)?;
        Ok(Step::Next)
    }

    /// A window that was not read: a smaller one is asked for if that may help.
    fn unread(&mut self, window: &Window, error: Error, run: &mut RunRecord) -> Result<Step, Stop> {
        match &*error {
            ErrorKind::TooLarge { .. } if window.length() > 1 => {
                self.progress.too_large(window);
                Ok(Step::Smaller)
            }
            _ if is_too_slow(&error) && window.length() > SHORT => {
                // The next call begins with a smaller window; this one has no time left for it.
                self.progress.too_large(window);
                let progress = self.progress.clone();
                self.commit(Vec::new(), &progress, run)?;
                Err(error.into())
            }
            _ => Err(error.into()),
        }
    }

    /// Which rows are new and which are duplicates, by their places. Rows that are read again on purpose are neither.
    fn known(&mut self, rows: &[Arrived]) -> Result<Known, Stop> {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let place = |row: &Arrived| (row.occurred_at, row.id, row.received_at);
        order.sort_by(|one, other| place(&rows[*one]).cmp(&place(&rows[*other])));
        let (mut fresh, mut duplicates, mut last) = (Vec::new(), Vec::new(), None);
        for index in order {
            let row = &rows[index];
            let this = Some((row.occurred_at, row.id));
            if last == this {
                duplicates.push(index);
            } else if !self.book.contains(row.occurred_at, row.id)? {
                fresh.push(index);
            } else if row.received_at > self.progress.last {
                duplicates.push(index);
            }
            last = this;
        }
        fresh.sort();
        Ok(Known { fresh, duplicates })
    }

    fn commit(
        &mut self,
        rows: Vec<super::Row>,
        progress: &Progress,
        run: &mut RunRecord,
    ) -> Result<(), Stop> {
        let added = self.book.add(rows, progress.write(), &self.writer, self.system.now_ms())?;
        count(run, PULLED, added.pulled);
        count(run, DUPLICATES, added.duplicates);
        Ok(())
    }

    /// The rows of a window, in the order of their arrival.
    async fn read(&mut self, api: &Iloq<'_, P>, window: &Window) -> Result<Read, Error> {
        let bytes = if window.length() <= 1 { LONGEST_OF_ALL } else { LONGEST_ANSWER };
        let limit = AnswerLimit { bytes, time: self.system.left() / 5 * 3 };
        let started = self.system.clock().monotonic();
        let (mut rows, texts) = (Vec::new(), &mut self.texts);
        let mut take = |row: LockLogData| rows.push(Arrived::of(&row, window.from, texts));
        let length = api.log_by_arrival(moment(window.from), moment(window.until), limit, &mut take).await?;
        let took = self.system.clock().monotonic().saturating_sub(started);
        rows.sort_by_key(|one| (one.received_at, one.id));
        let aim = aim(rows.len(), length, took, limit);
        Ok(Read { rows, aim })
    }
}

struct Read {
    rows: Vec<Arrived>,
    /// Rows that the next window should have.
    aim: i64,
}

struct Known {
    fresh: Vec<usize>,
    duplicates: Vec<usize>,
}

/// As many rows as fit well into the limits, judging by an answer with `rows` rows, but no more than [`AIM`].
fn aim(rows: usize, length: usize, took: Duration, limit: AnswerLimit) -> i64 {
    // In 64 bits: a guest's `usize` has 32.
    let (rows, length, bytes) = (rows as u64, (length as u64).max(1), limit.bytes as u64);
    if rows == 0 {
        return AIM;
    }
    let by_length = rows * (bytes / 5 * 4) / length;
    let by_time = u128::from(rows) * (limit.time.as_millis() / 3) / took.as_millis().max(1);
    let by_time = u64::try_from(by_time).unwrap_or(u64::MAX);
    i64::try_from(by_length.min(by_time).max(1)).unwrap_or(AIM).min(AIM)
}

/// Whether a smaller question may be answered in time.
fn is_too_slow(error: &Error) -> bool {
    match &**error {
        ErrorKind::Deadline { sent, .. } => *sent,
        ErrorKind::Lost { cause, .. } => *cause == TransportError::Timeout,
        _ => false,
    }
}

fn moment(at: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(at)
}

fn count(run: &mut RunRecord, name: &str, more: u64) {
    *run.counts.entry(name.to_owned()).or_default() += more;
}

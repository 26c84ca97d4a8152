//! Records of runs: what ran, how far it came, what it did to each user.

use portal_api::{
    Problem, Time,
    routes::Job,
    types::{Counts, Run, RunState, SyncItem},
};
use serde::{Deserialize, Serialize};

use super::{Space, StateError, Stream};
use crate::platform::Store;

/// Items in one stored page of a run.
pub const ITEMS_PER_PAGE: usize = 250;

/// A run as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The run's id.
    pub id: String,
    /// The job.
    pub job: Job,
    /// How it stands.
    pub state: RunState,
    /// When it began, in milliseconds since the epoch.
    pub started_at: i64,
    /// When it ended.
    #[serde(default)]
    pub finished_at: Option<i64>,
    /// Requests to iLOQ so far.
    pub requests: u64,
    /// Whether only reads were allowed.
    #[serde(default)]
    pub dry_run: bool,
    /// What was counted, by name.
    pub counts: Counts,
    /// Users that the removal brake held, in the order of their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<String>,
    /// Stored pages of items.
    #[serde(default)]
    pub item_pages: u32,
    /// Items in all.
    #[serde(default)]
    pub items: u64,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

impl RunRecord {
    fn new(job: Job, id: &str, now: i64) -> Self {
        Self {
            id: id.to_owned(),
            job,
            state: RunState::Incomplete,
            started_at: now,
            finished_at: None,
            requests: 0,
            dry_run: false,
            counts: Counts::new(),
            held: Vec::new(),
            item_pages: 0,
            items: 0,
            problem: None,
        }
    }

    /// The run as answers show it.
    #[must_use]
    pub fn view(&self) -> Run {
        Run {
            id: self.id.clone(),
            job: self.job.name().to_owned(),
            state: self.state,
            dry_run: self.dry_run,
            started_at: Time::from_millis(self.started_at),
            finished_at: self.finished_at.map(Time::from_millis),
            requests: self.requests,
            counts: (!self.counts.is_empty()).then(|| self.counts.clone()),
            problem: self.problem.clone(),
        }
    }

    /// Counts one more of `name`.
    pub fn count(&mut self, name: &str) {
        *self.counts.entry(name.to_owned()).or_default() += 1;
    }
}

/// What is known of a job between its runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobRecord {
    /// The run that was cut and goes on with the next call.
    pub open: Option<String>,
    /// The last run that ended.
    pub last_run: Option<String>,
    /// When a run last ended without failure, in milliseconds since the epoch.
    pub last_success: Option<i64>,
    /// When a run last began or went on.
    pub last_start: Option<i64>,
    /// How many requests it has sent to iLOQ.
    pub iloq_requests: u64,
    /// How long they took, in milliseconds.
    pub iloq_ms: u64,
}

/// The runs of one system.
pub struct Runs<'a, S> {
    space: &'a Space<'a, S>,
}

impl<'a, S: Store> Runs<'a, S> {
    /// The runs in `space`.
    pub fn new(space: &'a Space<'a, S>) -> Self {
        Self { space }
    }

    /// The runs' ids, as a stream.
    pub fn stream(&self) -> Stream<'a, S> {
        Stream::new(self.space, "runs", 4)
    }

    /// What is known of `job`.
    ///
    /// # Errors
    /// The store's failure.
    pub fn job(&self, job: Job) -> Result<JobRecord, StateError> {
        Ok(self.space.get(&format!("job:{job}"))?.unwrap_or_default())
    }

    /// Stores what is known of `job`.
    ///
    /// # Errors
    /// The store's failure.
    pub fn put_job(&self, job: Job, state: &JobRecord) -> Result<(), StateError> {
        self.space.put(&format!("job:{job}"), state)
    }

    /// One run.
    ///
    /// # Errors
    /// The store's failure.
    pub fn get(&self, id: &str) -> Result<Option<RunRecord>, StateError> {
        self.space.get(&format!("run:{id}"))
    }

    /// Stores a run.
    ///
    /// # Errors
    /// The store's failure.
    pub fn put(&self, run: &RunRecord) -> Result<(), StateError> {
        self.space.put(&format!("run:{}", run.id), run)
    }

    /// Erases a run and its items.
    ///
    /// # Errors
    /// The store's failure.
    pub fn erase(&self, run: &RunRecord) -> Result<(), StateError> {
        for page in 0..run.item_pages {
            self.space.delete(&format!("run:{}:{page}", run.id))?;
        }
        self.space.delete(&format!("run:{}", run.id))
    }

    /// A run goes on or begins: the one that is open, else a new one under `id`.
    ///
    /// # Errors
    /// The store's failure.
    pub fn begin(&self, job: Job, id: &str, now: i64) -> Result<RunRecord, StateError> {
        let mut state = self.job(job)?;
        state.last_start = Some(now);
        if let Some(open) = &state.open
            && let Some(run) = self.get(open)?
            && run.state == RunState::Incomplete
        {
            self.put_job(job, &state)?;
            return Ok(run);
        }
        let run = RunRecord::new(job, id, now);
        self.put(&run)?;
        self.stream().append(id, now, id, vec![id.to_owned()])?;
        state.open = Some(run.id.clone());
        self.put_job(job, &state)?;
        Ok(run)
    }

    /// A dry run begins: a record of its own, which no other call goes on with.
    ///
    /// # Errors
    /// The store's failure.
    pub fn begin_dry(&self, job: Job, id: &str, now: i64) -> Result<RunRecord, StateError> {
        let run = RunRecord { dry_run: true, ..RunRecord::new(job, id, now) };
        self.put(&run)?;
        self.stream().append(id, now, id, vec![id.to_owned()])?;
        Ok(run)
    }

    /// A run ends, or is cut (`Incomplete`).
    ///
    /// # Errors
    /// The store's failure.
    pub fn end(&self, run: &mut RunRecord, state: RunState, now: i64) -> Result<(), StateError> {
        run.state = state;
        run.finished_at = (state != RunState::Incomplete).then_some(now);
        self.put(run)?;
        let mut job = self.job(run.job)?;
        if run.dry_run {
            return Ok(());
        }
        if state == RunState::Incomplete {
            job.open = Some(run.id.clone());
        } else {
            job.open = None;
            job.last_run = Some(run.id.clone());
            if matches!(state, RunState::Done | RunState::Halted) {
                job.last_success = Some(now);
            }
        }
        self.put_job(run.job, &job)
    }

    /// A run could do nothing at all.
    ///
    /// # Errors
    /// The store's failure.
    pub fn fail(&self, run: &mut RunRecord, problem: &Problem, now: i64) -> Result<(), StateError> {
        run.problem = Some(problem.clone());
        self.end(run, RunState::Failed, now)
    }

    /// Appends items; the caller stores the run afterwards.
    ///
    /// # Errors
    /// The store's failure.
    pub fn append_items(&self, run: &mut RunRecord, items: &[SyncItem]) -> Result<(), StateError> {
        for chunk in items.chunks(ITEMS_PER_PAGE) {
            self.space.put(&format!("run:{}:{}", run.id, run.item_pages), &chunk)?;
            run.item_pages += 1;
            run.items += chunk.len() as u64;
        }
        Ok(())
    }

    /// One stored page of items.
    ///
    /// # Errors
    /// The store's failure.
    pub fn items(&self, run: &RunRecord, page: u32) -> Result<Vec<SyncItem>, StateError> {
        Ok(self.space.get(&format!("run:{}:{page}", run.id))?.unwrap_or_default())
    }
}

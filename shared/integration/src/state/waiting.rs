//! Work that failed: when it is tried again, and when a person has to decide.

use portal_api::{Code, Problem, routes::Job};
use serde::{Deserialize, Serialize};

use super::{Runs, Space, StateError};
use crate::platform::Store;

/// After so many tries a person has to decide.
const PARKED_AFTER: u32 = 10;
/// The longest time between two tries, in milliseconds; the time between two looks at what Manager has to do.
const LONGEST_MS: i64 = 3_600_000;
const MINUTE_MS: i64 = 60_000;
/// Work that was begun and not ended is taken up by the jobs so much later: its call is dead by then.
const GRACE_MS: i64 = MINUTE_MS;
/// The jobs that succeed only if iLOQ answers.
const ASK_ILOQ: [Job; 4] = [Job::SyncUsers, Job::SyncStructure, Job::PullLogs, Job::RefreshKeys];

/// Work that failed and is tried again, or that was begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// Tries so far.
    pub tries: u32,
    /// When it is tried next, in milliseconds since the epoch; `None`: parked.
    #[serde(default)]
    pub next_at: Option<i64>,
    /// When it was tried last, in milliseconds since the epoch.
    #[serde(default)]
    pub last_at: i64,
    /// Why it failed last.
    pub problem: Problem,
}

impl Waiting {
    /// After a failure: tried again after 1, 2, 4 … minutes, at most an hour later. After ten tries it is parked, except
    /// for what is to be done in Manager: that is looked at every hour.
    #[must_use]
    pub fn after(before: Option<&Self>, problem: Problem, now: i64) -> Self {
        let tries = before.map_or(0, |waiting| waiting.tries) + 1;
        let pause = match problem.code {
            Code::NeedsManager => Some(LONGEST_MS),
            _ => (tries < PARKED_AFTER).then(|| (MINUTE_MS << (tries - 1).min(6)).min(LONGEST_MS)),
        };
        Self { tries, next_at: pause.map(|pause| now + pause), last_at: now, problem }
    }

    /// The same for what must not wait for a person: it is never parked.
    #[must_use]
    pub fn again_and_again(mut self) -> Self {
        self.next_at = self.next_at.or(Some(self.last_at + LONGEST_MS));
        self
    }

    /// Work begins, or is begun again: if the call that does it dies, the jobs go on.
    #[must_use]
    pub fn begun(problem: Problem, now: i64) -> Self {
        Self { tries: 0, next_at: Some(now + GRACE_MS), last_at: now, problem }
    }

    /// A person has to decide.
    #[must_use]
    pub fn parked(problem: Problem, now: i64) -> Self {
        Self { tries: 0, next_at: None, last_at: now, problem }
    }

    /// Whether it stays parked also when iLOQ answers.
    #[must_use]
    pub fn needs_a_person(&self) -> bool {
        let unreached = matches!(self.problem.code, Code::IloqLoginRefused | Code::SystemSuspended);
        self.next_at.is_none() && !unreached && !self.problem.code.retryable()
    }
}

/// What is to be tried at a moment.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    now: i64,
    answered_at: Option<i64>,
}

impl Due {
    /// At `now`, in the system of `space`.
    ///
    /// # Errors
    /// The store's failure.
    pub fn new<S: Store>(space: &Space<'_, S>, now: i64) -> Result<Self, StateError> {
        let mut answered_at = None;
        for job in ASK_ILOQ {
            answered_at = answered_at.max(Runs::new(space).job(job)?.last_success);
        }
        Ok(Self { now, answered_at })
    }

    /// Whether a call that began at `began` and has not come to its end is dead.
    #[must_use]
    pub fn is_dead(self, began: i64) -> bool {
        self.now >= began + GRACE_MS
    }

    /// Whether this is. What was parked because iLOQ could not be reached is tried again when a job has reached it since:
    /// a night without iLOQ needs no person.
    #[must_use]
    pub fn is(self, waiting: Option<&Waiting>) -> bool {
        waiting.is_some_and(|waiting| match waiting.next_at {
            Some(at) => at <= self.now,
            None => {
                !waiting.needs_a_person()
                    && self.answered_at > Some(waiting.last_at)
                    && self.now >= waiting.last_at + LONGEST_MS
            }
        })
    }
}

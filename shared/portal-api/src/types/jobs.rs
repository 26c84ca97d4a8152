//! The answer of `POST /v1/jobs/{job}`.

use serde::{Deserialize, Serialize};

use super::run::Counts;
use crate::problem::Problem;
use crate::routes::Job;
use crate::words::words;

words! {
    /// How a job ended for one system.
    JobState {
        /// To the end.
        Done = "done",
        /// It was cut by the time limit; the next tick goes on.
        Incomplete = "incomplete",
        /// The removal brake holds removals.
        Halted = "halted",
        /// It failed.
        Failed = "failed",
        /// There was nothing to do, or another run is at work.
        Skipped = "skipped",
    }
}

/// One system in a job's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct JobSystem {
    /// The system.
    pub system: String,
    /// How the job ended for it.
    pub state: JobState,
    /// What was counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What a job did in all systems that the token covers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct JobAnswer {
    /// The job.
    pub job: Job,
    /// The systems.
    pub systems: Vec<JobSystem>,
}

//! Runs: one pass of a job over one system.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::time::Time;
use crate::words::words;

/// Counts by name, for example `imported`.
pub type Counts = BTreeMap<String, u64>;

words! {
    /// How far a run came.
    RunState {
        /// To the end.
        Done = "done",
        /// It was cut by the time limit; the next call of its kind goes on.
        Incomplete = "incomplete",
        /// To the end, but too many users would have gone: the removals are held.
        Halted = "halted",
        /// Nothing could be done.
        Failed = "failed",
    }
}

/// One pass of a job over one system.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// The run's id.
    pub id: String,
    /// The job.
    #[cfg_attr(feature = "openapi", schemars(with = "crate::routes::Job"))]
    pub job: String,
    /// How far it came.
    pub state: RunState,
    /// Whether it only planned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
    /// When it began.
    pub started_at: Time,
    /// When it ended; `null` while it is incomplete.
    pub finished_at: Option<Time>,
    /// How many requests it sent to iLOQ.
    pub requests: u64,
    /// What it counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

//! What waits to be tried again.

use serde::{Deserialize, Serialize};

use crate::problem::Problem;
use crate::time::Time;
use crate::words::words;

/// Work that failed: it waits for its next try, or is parked after 10 tries.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Retry {
    /// The id to try it at once or give it up with.
    pub id: String,
    /// What is tried, for example `save-user` or `change-key`.
    pub kind: String,
    /// The user it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The key it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next; `null` if it is parked: until a person decides, or, if iLOQ could not be reached, until a
    /// job has reached it.
    pub next_at: Option<Time>,
    /// Why the last try failed.
    pub problem: Problem,
}

words! {
    /// What became of work that was tried again by hand.
    RetryOutcome {
        /// It worked.
        Done = "done",
        /// It failed again and waits.
        Waiting = "waiting",
    }
}

/// The answer of `POST …/retries/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RetryAnswer {
    /// What became of it.
    pub outcome: RetryOutcome,
    /// What still waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
}

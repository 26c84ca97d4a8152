//! The answer of `DELETE …/users/{user}`.

use serde::{Deserialize, Serialize};

use crate::words::words;

words! {
    /// What became of a deletion.
    DeleteOutcome {
        /// The person is deleted in iLOQ.
        Deleted = "deleted",
        /// There was no such person any more.
        AlreadyGone = "alreadyGone",
        /// iLOQ does not let the person be deleted.
        Undeletable = "undeletable",
        /// It is kept and done by the jobs.
        Pending = "pending",
    }
}

/// Why iLOQ does not let a person be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DeleteReason {
    /// The check: `CanDelete`.
    pub check: String,
    /// Its number in iLOQ's table.
    pub result: i64,
    /// What the number means.
    pub meaning: String,
}

/// What became of a deletion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DeleteAnswer {
    /// The outcome.
    pub outcome: DeleteOutcome,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<DeleteReason>,
}

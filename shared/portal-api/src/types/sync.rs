//! The two-way sync of users.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::run::{Counts, Run};
use crate::json::{Reader, Wrong};
use crate::names::is_token;
use crate::problem::Problem;
use crate::words::words;

/// The body of `POST …/users/sync`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncUsersRequest {
    /// Only plan: iLOQ sees reads only.
    pub dry_run: bool,
    /// The halted run whose held removals may be done.
    pub allow_removals: Option<String>,
}

impl SyncUsersRequest {
    /// Reads and checks the body.
    ///
    /// # Errors
    /// 422 with one error for each wrong member.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        let run = |text: &str| {
            if is_token(text) {
                Ok(text.to_owned())
            } else {
                Err(Wrong::from("must be the id of a halted run"))
            }
        };
        let request = Self {
            dry_run: reader.flag("dryRun"),
            allow_removals: reader.text("allowRemovals", run).value(),
        };
        reader.finish(Some(request))
    }
}

words! {
    /// What a run does with a user.
    SyncAction {
        /// A person that is new in iLOQ becomes a user.
        Import = "import",
        /// A user that is new here becomes a person.
        Create = "create",
        /// Fields are brought together.
        Update = "update",
        /// A user and a person are tied.
        Link = "link",
        /// Several persons fit, or one that may not be linked: a person decides.
        Conflict = "conflict",
        /// The person was deleted in iLOQ.
        Gone = "gone",
        /// The user was deleted here: the person is deleted in iLOQ.
        Delete = "delete",
        /// iLOQ did not let the person be deleted: the user is back.
        Restore = "restore",
    }
}

words! {
    /// How that ended.
    SyncOutcome {
        /// It is done.
        Done = "done",
        /// It would be done (dry run).
        Planned = "planned",
        /// The removal brake holds it.
        Held = "held",
        /// It waits for something and is tried again.
        Pending = "pending",
        /// It failed; it is tried again by itself.
        Failed = "failed",
    }
}

words! {
    /// Whose value stands after both sides were compared.
    FieldSide {
        /// The portal's.
        Portal = "portal",
        /// iLOQ's.
        Iloq = "iloq",
    }
}

/// A field that a run changed on one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FieldChange {
    /// The member of the user.
    pub name: String,
    /// Whose value stands.
    pub from: FieldSide,
    /// It had changed on both sides: the portal's stands, and iLOQ's was overwritten.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub both_changed: bool,
}

/// One user in a run's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SyncItem {
    /// The user's id.
    pub user: String,
    /// What was done.
    pub action: SyncAction,
    /// How it ended.
    pub outcome: SyncOutcome,
    /// The fields that changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldChange>,
    /// Why it failed or waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// What a run did, counted in users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SyncCounts {
    /// New here.
    pub imported: u64,
    /// New in iLOQ.
    pub created: u64,
    /// With changed fields.
    pub updated: u64,
    /// Newly tied to a person.
    pub linked: u64,
    /// As they were.
    pub unchanged: u64,
    /// Waiting for a decision.
    pub conflicts: u64,
    /// Deleted in iLOQ.
    pub gone: u64,
    /// Back because iLOQ did not let them go.
    pub restored: u64,
    /// Failed.
    pub failed: u64,
}

impl From<&Counts> for SyncCounts {
    fn from(counts: &Counts) -> Self {
        let count = |name: &str| counts.get(name).copied().unwrap_or(0);
        Self {
            imported: count("imported"),
            created: count("created"),
            updated: count("updated"),
            linked: count("linked"),
            unchanged: count("unchanged"),
            conflicts: count("conflicts"),
            gone: count("gone"),
            restored: count("restored"),
            failed: count("failed"),
        }
    }
}

/// The answer of `POST …/users/sync`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SyncAnswer {
    /// The run.
    pub run: Run,
    /// Whether it only planned.
    pub dry_run: bool,
    /// What it did.
    pub counts: SyncCounts,
    /// All but the unchanged, at most 1,000; the rest is at `…/runs/{run}/items`.
    pub items: Vec<SyncItem>,
    /// Removals that the brake holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Vec<SyncItem>>,
}

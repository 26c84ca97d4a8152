//! The one shape in which work on keys is answered.

use iloq_model::KeyId;
use serde::Serialize;

use super::{Effective, ItemAction, ItemOutcome, KeyStatus};
use crate::problem::Problem;

/// What was done with one key, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct KeyItem {
    /// The key.
    pub key_id: KeyId,
    /// What was done with it.
    pub action: ItemAction,
    /// What became of that.
    pub outcome: ItemOutcome,
    /// How the key stands now, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<KeyStatus>,
    /// From when the change counts at the doors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<Effective>,
    /// Why it failed, waits, or could not be ordered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

impl KeyItem {
    /// An item that says no more than this.
    #[must_use]
    pub fn new(key_id: KeyId, action: ItemAction, outcome: ItemOutcome) -> Self {
        Self { key_id, action, outcome, status: None, effective: None, problem: None }
    }

    /// An item that failed.
    #[must_use]
    pub fn failed(key_id: KeyId, action: ItemAction, problem: Problem) -> Self {
        Self::new(key_id, action, ItemOutcome::Failed).with_problem(problem)
    }

    /// Adds how the key stands.
    #[must_use]
    pub fn with_status(mut self, status: KeyStatus) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds from when the change counts.
    #[must_use]
    pub fn with_effective(mut self, effective: Effective) -> Self {
        self.effective = Some(effective);
        self
    }

    /// Adds why, without what only matters to an answer's headers.
    #[must_use]
    pub fn with_problem(mut self, problem: Problem) -> Self {
        self.problem = Some(problem.brief());
        self
    }
}

/// The answer of all work on keys, also of work on one.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ItemsAnswer {
    /// One item for each key and action.
    pub items: Vec<KeyItem>,
}

impl ItemsAnswer {
    /// The HTTP status: 200, or 207 if an item failed.
    #[must_use]
    pub fn status(&self) -> u16 {
        Self::status_of(&self.items)
    }

    /// The HTTP status of an answer with these items.
    #[must_use]
    pub fn status_of(items: &[KeyItem]) -> u16 {
        status(items.iter().map(|item| item.outcome))
    }
}

/// 200, or 207 if one of these failed.
pub(super) fn status(mut outcomes: impl Iterator<Item = ItemOutcome>) -> u16 {
    if outcomes.any(|outcome| outcome == ItemOutcome::Failed) { 207 } else { 200 }
}

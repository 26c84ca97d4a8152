//! Blocking of users, and the block list.

use iloq_model::{BlockListChange, KeyId};
use serde::Serialize;
use serde_json::{Map, Value};

use super::keys::KeyType;
use crate::json::Reader;
use crate::problem::Problem;
use crate::time::Time;
use crate::words::words;

words! {
    /// Why a user is blocked.
    BlockReason {
        /// The person leaves and hands in the keys.
        Leaver = "leaver",
        /// The keys are out of hand.
        Lost = "lost",
    }
}

/// The body of `POST …/users/{user}/block`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockUser {
    /// Why.
    pub reason: BlockReason,
    /// Physical keys stay with the person, without API rights.
    pub keep_keys: bool,
    /// Only plan: iLOQ sees reads only.
    pub dry_run: bool,
}

impl BlockUser {
    /// Reads and checks the body.
    ///
    /// # Errors
    /// 422 with one error for each wrong member.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        let reason = reader.word("reason", BlockReason::ALL, BlockReason::name);
        let reason = reader.need("reason", reason);
        let (keep_keys, dry_run) = (reader.flag("keepKeys"), reader.flag("dryRun"));
        reader.finish(reason.map(|reason| Self { reason, keep_keys, dry_run }))
    }
}

/// The body of `POST …/users/{user}/unblock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnblockUser {
    /// Give back what blocking took and is still missing.
    pub restore: bool,
}

impl UnblockUser {
    /// Reads and checks the body. `restore` has to be said: either answer opens or closes doors.
    ///
    /// # Errors
    /// 422 with one error for each wrong member.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        let restore =
            reader.value("restore", |value| value.as_bool().ok_or_else(|| "must be true or false".into()));
        let restore = reader.need("restore", restore);
        reader.finish(restore.map(|restore| Self { restore }))
    }
}

words! {
    /// How an entry of the block list and the list that was ordered last differ (iLOQ's `ChangeType`).
    BlockListState {
        /// On both.
        Listed = "listed",
        /// Put on since; waits for the next order.
        Added = "added",
        /// Taken off since; waits for the next order.
        Removed = "removed",
        /// The key was returned, which emptied it.
        Returned = "returned",
    }
}

impl From<BlockListChange> for BlockListState {
    /// A code that is not known counts as listed: the entry is on the list, whatever else it says.
    fn from(change: BlockListChange) -> Self {
        match change {
            BlockListChange::Added => Self::Added,
            BlockListChange::Removed => Self::Removed,
            BlockListChange::Returned => Self::Returned,
            BlockListChange::Unchanged | BlockListChange::Other(_) => Self::Listed,
        }
    }
}

/// A key on the block list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BlockListEntry {
    /// The key.
    pub key_id: KeyId,
    /// What it is, if iLOQ says so.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub key_type: Option<KeyType>,
    /// Its name.
    pub name: String,
    /// The printed label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stamp: Option<String>,
    /// The portal's user that holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The holder's name in iLOQ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person_name: Option<String>,
    /// Whether the list that was ordered last has it.
    pub state: BlockListState,
    /// Since when it has been on the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listed_at: Option<Time>,
}

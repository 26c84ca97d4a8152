//! `POST …/keys/refresh`: keys read anew.

use std::collections::BTreeSet;

use iloq_model::KeyId;
use serde::Serialize;
use serde_json::{Map, Value};

use super::item::status;
use super::{ItemAction, ItemOutcome, KeyItem, KeyView, MAX_KEYS};
use crate::json::{Patch, Reader, Wrong};
use crate::names::PortalId;
use crate::problem::Problem;
use crate::types::rules::id;

/// The body: which keys to read anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefreshKeys {
    /// These, each once, in the request's order: 1 to [`MAX_KEYS`].
    Keys(Vec<KeyId>),
    /// All that this user holds.
    User(PortalId),
}

impl RefreshKeys {
    /// Reads and checks the body: either `keyIds` or `userId`.
    ///
    /// # Errors
    /// 422 with one error for each wrong member; a key that stands twice is wrong where it stands again.
    pub fn read(body: Map<String, Value>) -> Result<Self, Problem> {
        let mut reader = Reader::new(body);
        let keys = reader.texts("keyIds", MAX_KEYS, id);
        let user = reader.text("userId", |text| {
            PortalId::parse(text).ok_or_else(|| Wrong::from("must be the id of a user"))
        });
        let request = match (keys, user) {
            (Patch::Value(keys), Patch::Absent | Patch::Null) => {
                check(&mut reader, &keys);
                Some(Self::Keys(keys))
            }
            (Patch::Absent | Patch::Null, Patch::Value(user)) => Some(Self::User(user)),
            _ => {
                if reader.is_clean() {
                    reader.refuse("", "give either keyIds or userId".into());
                }
                None
            }
        };
        reader.finish(request)
    }
}

fn check(reader: &mut Reader, keys: &[KeyId]) {
    // With an element missing that was no id, the places of the others are not known any more.
    if !reader.is_clean() {
        return;
    }
    if keys.is_empty() {
        reader.refuse("keyIds", "must have at least one element".into());
    }
    let mut seen = BTreeSet::new();
    for (index, key) in keys.iter().enumerate() {
        if !seen.insert(key) {
            reader.refuse_at("keyIds", index, "stands in the list already".into());
        }
    }
}

/// A key that was read anew: the key itself, and the members of an item.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RefreshedKey {
    /// The key's id, as items have it.
    pub key_id: KeyId,
    /// `refresh`.
    pub action: ItemAction,
    /// What became of an order that waited; else `unchanged`.
    pub outcome: ItemOutcome,
    /// Why an order that waited still waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// The key.
    #[serde(flatten)]
    pub key: KeyView,
}

/// One key in the answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum RefreshItem {
    /// It was read.
    Key(Box<RefreshedKey>),
    /// It could not be read.
    Failed(Box<KeyItem>),
}

impl RefreshItem {
    /// A key that was read, with nothing that waited.
    #[must_use]
    pub fn key(key: KeyView) -> Self {
        Self::after_order(key, ItemOutcome::Unchanged, None)
    }

    /// A key that was read, and what became of the order that waited.
    #[must_use]
    pub fn after_order(key: KeyView, outcome: ItemOutcome, problem: Option<Problem>) -> Self {
        let problem = problem.map(Problem::brief);
        let key = RefreshedKey { key_id: key.id, action: ItemAction::Refresh, outcome, problem, key };
        Self::Key(Box::new(key))
    }

    /// A key that could not be read.
    #[must_use]
    pub fn failed(key_id: KeyId, problem: Problem) -> Self {
        Self::Failed(Box::new(KeyItem::failed(key_id, ItemAction::Refresh, problem)))
    }

    fn outcome(&self) -> ItemOutcome {
        match self {
            Self::Key(key) => key.outcome,
            Self::Failed(item) => item.outcome,
        }
    }
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RefreshAnswer {
    /// The keys, in the request's order.
    pub items: Vec<RefreshItem>,
}

impl RefreshAnswer {
    /// The HTTP status: 200, or 207 if a key could not be read.
    #[must_use]
    pub fn status(&self) -> u16 {
        status(self.items.iter().map(RefreshItem::outcome))
    }
}

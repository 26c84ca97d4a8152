//! What is stored of a key: what the portal wants of it, and what was last seen.

use sorted::{SortedMap, SortedSet};

use iloq_model::AccessRightId;
use portal_api::Problem;
use serde::{Deserialize, Serialize};

use super::invitation::Invited;
use crate::{
    platform::Store,
    state::{Space, StateError, spread},
};

/// Index shards; part of the layout.
const INDEX_SHARDS: u32 = 16;

/// A key as far as the portal has to do with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Raised by every request that changes what is wanted.
    #[serde(rename = "r")]
    pub rev: u64,
    /// The request that wrote it.
    #[serde(rename = "n", default)]
    pub writer: String,
    /// The portal's user that holds it.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The API rights that the portal wants on it; `None`: never said.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<SortedSet<AccessRightId>>,
    /// What was last seen of it.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// A request works on its rights, or died while it did.
    #[serde(rename = "p", default, skip_serializing_if = "std::ops::Not::not")]
    pub working: bool,
    /// It is being taken away from its holder.
    #[serde(rename = "l", default, skip_serializing_if = "std::ops::Not::not")]
    pub leaving: bool,
    /// Rights are being taken off a key that has been programmed; iLOQ has not agreed yet, as far as it is known.
    #[serde(rename = "q", default, skip_serializing_if = "std::ops::Not::not")]
    pub revoking: bool,
    /// Since when the rights on the key are not what is wanted, in milliseconds since the epoch.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub drifts_since: Option<i64>,
    /// Since when rights that were taken off are still on the key, in milliseconds since the epoch.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<i64>,
    /// The portal was told that they are there too long.
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    pub overdue: bool,
    /// What has to be tried again, and when.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<KeyWaiting>,
    /// The invitation of a phone key: intended, or sent.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invited>,
}

impl KeyRecord {
    /// The API rights that it is to have, if that was ever said: none if it is being taken away.
    fn is_to_have(&self) -> Option<SortedSet<AccessRightId>> {
        if self.leaving { Some(SortedSet::new()) } else { self.wanted.clone() }
    }

    /// A phone key that iLOQ has perhaps never had.
    #[must_use]
    pub fn is_unmade(&self) -> bool {
        self.seen.is_none() && self.invitation.as_ref().is_some_and(|invited| invited.sent_at.is_none())
    }

    /// iLOQ has agreed to what was to be taken off.
    pub fn revoked(&mut self, at: i64) {
        if std::mem::take(&mut self.revoking) {
            self.revoked_at.get_or_insert(at);
        }
    }

    /// Notes what was read just now.
    pub fn saw(&mut self, seen: Seen) {
        let wanted = self.is_to_have().unwrap_or_else(|| seen.planned.clone());
        if seen.programmed.is_subset(&wanted) {
            self.revoked_at = None;
        } else if seen.planned.is_subset(&wanted) {
            // The call that took them off did not come to note it.
            self.revoked(seen.at);
        }
        self.now_seen(seen);
    }

    /// The same for what is known without having been read.
    pub fn now_seen(&mut self, seen: Seen) {
        let drifts = self.wanted.as_ref().is_some_and(|wanted| *wanted != seen.programmed);
        self.drifts_since = drifts.then(|| self.drifts_since.unwrap_or(seen.at));
        self.seen = Some(seen);
    }
}

/// What was last seen of a key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// In milliseconds since the epoch.
    pub at: i64,
    /// Rights in the plan (mode 1).
    pub planned: SortedSet<AccessRightId>,
    /// Rights that are on the key (mode 2).
    pub programmed: SortedSet<AccessRightId>,
    /// `ProgrammingState`.
    pub programming: i32,
}

/// Work on a key that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyWaiting {
    /// Tries so far.
    pub tries: u32,
    /// When it is tried next, in milliseconds since the epoch; `None`: parked.
    pub next_at: Option<i64>,
    /// Why it failed last.
    pub problem: Problem,
}

/// The keys of one system.
pub struct KeyStore<'a, S> {
    space: &'a Space<'a, S>,
}

impl<'a, S: Store> KeyStore<'a, S> {
    /// The keys in `space`.
    pub fn new(space: &'a Space<'a, S>) -> Self {
        Self { space }
    }

    /// One key.
    ///
    /// # Errors
    /// The store's failure.
    pub fn get(&self, id: &str) -> Result<Option<KeyRecord>, StateError> {
        self.space.get(&format!("k:{id}"))
    }

    /// Stores a key. The index leads to every key that has a record.
    ///
    /// # Errors
    /// The store's failure.
    pub fn put(&self, id: &str, key: &KeyRecord) -> Result<(), StateError> {
        let index = format!("ki:{}", spread(id) % INDEX_SHARDS);
        let mut ids: SortedSet<String> = self.space.get(&index)?.unwrap_or_default();
        if ids.insert(id.to_owned()) {
            self.space.put(&index, &ids)?;
        }
        self.space.put(&format!("k:{id}"), key)
    }

    /// Changes a key as it is stored now: since it was read, others may have changed it.
    ///
    /// # Errors
    /// The store's failure.
    pub fn update(&self, id: &str, change: impl FnOnce(&mut KeyRecord)) -> Result<KeyRecord, StateError> {
        let before = self.get(id)?;
        let mut record = before.clone().unwrap_or_default();
        change(&mut record);
        if before.as_ref() != Some(&record) {
            self.put(id, &record)?;
        }
        Ok(record)
    }

    /// Forgets a key.
    ///
    /// # Errors
    /// The store's failure.
    pub fn forget(&self, id: &str) -> Result<(), StateError> {
        let index = format!("ki:{}", spread(id) % INDEX_SHARDS);
        let mut ids: SortedSet<String> = self.space.get(&index)?.unwrap_or_default();
        if ids.remove(id) {
            self.space.put(&index, &ids)?;
        }
        self.space.delete(&format!("k:{id}"))
    }

    /// Every key that has a record, by id.
    ///
    /// # Errors
    /// The store's failure.
    pub fn all(&self) -> Result<SortedMap<String, KeyRecord>, StateError> {
        let mut all = SortedMap::new();
        for shard in 0..INDEX_SHARDS {
            let ids: SortedSet<String> = self.space.get(&format!("ki:{shard}"))?.unwrap_or_default();
            for id in ids {
                if let Some(key) = self.get(&id)? {
                    all.insert(id, key);
                }
            }
        }
        Ok(all)
    }
}

//! What is stored of a key: what the portal wants of it, and what was last seen.

use std::collections::{BTreeMap, BTreeSet};

use iloq_model::AccessRightId;
use serde::{Deserialize, Serialize};

use super::invitation::Invited;
use crate::{
    platform::Store,
    state::{Doubt, Space, StateError, Waiting, spread},
};

/// Index shards; part of the layout.
const INDEX_SHARDS: u32 = 16;
/// There may be keys that the index lacks.
const DOUBT: &str = "ki-doubt";

/// A key as far as the portal has to do with it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Raised by every request that changes what is wanted.
    #[serde(rename = "r")]
    pub rev: u64,
    /// The request that wrote it.
    #[serde(rename = "n", default)]
    pub writer: String,
    /// When that began, in milliseconds since the epoch.
    #[serde(rename = "t", default)]
    pub begun_at: i64,
    /// Whether the user is to be given it, if the user does not have it yet.
    #[serde(rename = "a", default, skip_serializing_if = "std::ops::Not::not")]
    pub attach: bool,
    /// The portal's user that holds it.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The API rights that the portal wants on it; `None`: never said.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub wanted: Option<BTreeSet<AccessRightId>>,
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
    pub waiting: Option<Waiting>,
    /// The invitation of a phone key: intended, or sent.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<Invited>,
}

impl KeyRecord {
    /// The API rights that it is to have, if that was ever said: none if it is being taken away.
    fn is_to_have(&self) -> Option<BTreeSet<AccessRightId>> {
        if self.leaving { Some(BTreeSet::new()) } else { self.wanted.clone() }
    }

    /// Whether this wish is the newest, or will be when its end is stored: if what is there `now` is older, a newer
    /// request has withdrawn in favour of that.
    #[must_use]
    pub fn stands_over(&self, now: &Self) -> bool {
        now.writer == self.writer || now.rev < self.rev
    }

    /// This wish, with what is noted of the key `now`.
    #[must_use]
    pub fn with_state(&self, now: Self) -> Self {
        Wish::of(self).over(now)
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

/// What the newest request wants of a key. It is a value of its own, and only requests that begin write it: so no end
/// of an older one, and no job, can take it back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Wish {
    #[serde(rename = "r")]
    rev: u64,
    #[serde(rename = "n")]
    writer: String,
    #[serde(rename = "t", default)]
    begun_at: i64,
    #[serde(rename = "a", default, skip_serializing_if = "std::ops::Not::not")]
    attach: bool,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    wanted: Option<BTreeSet<AccessRightId>>,
    #[serde(rename = "l", default, skip_serializing_if = "std::ops::Not::not")]
    leaving: bool,
    #[serde(rename = "q", default, skip_serializing_if = "std::ops::Not::not")]
    revoking: bool,
}

impl Wish {
    fn of(record: &KeyRecord) -> Self {
        let KeyRecord { rev, writer, begun_at, attach, user, wanted, leaving, revoking, .. } = record.clone();
        Self { rev, writer, begun_at, attach, user, wanted, leaving, revoking }
    }

    /// The record of a key whose newest request wants this, and whose last one to end left `state`.
    fn of_key(self, state: Option<KeyRecord>) -> KeyRecord {
        let state = state.unwrap_or_default();
        // It has ended, or was withdrawn in favour of the one that left the state.
        if state.writer == self.writer || state.rev > self.rev {
            return state;
        }
        KeyRecord { working: true, ..self.over(state) }
    }

    fn over(self, state: KeyRecord) -> KeyRecord {
        let Self { rev, writer, begun_at, attach, user, wanted, leaving, revoking } = self;
        let revoking = revoking || state.revoking;
        KeyRecord { rev, writer, begun_at, attach, user, wanted, leaving, revoking, ..state }
    }
}

/// What the last request to end left: another mark later means that one has ended in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark(Option<(u64, String, bool)>);

impl Mark {
    /// Whether it was the request `writer` that ended last.
    #[must_use]
    pub fn is_of(&self, writer: &str) -> bool {
        self.0.as_ref().is_some_and(|(_, by, _)| by == writer)
    }
}

/// What was last seen of a key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// In milliseconds since the epoch.
    pub at: i64,
    /// Rights in the plan (mode 1).
    #[serde(default)]
    pub planned: BTreeSet<AccessRightId>,
    /// Rights that are on the key (mode 2).
    #[serde(default)]
    pub programmed: BTreeSet<AccessRightId>,
    /// `ProgrammingState`.
    pub programming: i32,
}

fn shard_of(id: &str) -> u32 {
    spread(id) % INDEX_SHARDS
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
        let wish = self.wish(id)?;
        let state = self.state(id)?;
        Ok(match wish {
            Some(wish) => Some(wish.of_key(state)),
            None => state,
        })
    }

    fn state(&self, id: &str) -> Result<Option<KeyRecord>, StateError> {
        self.space.get(&format!("k:{id}"))
    }

    fn wish(&self, id: &str) -> Result<Option<Wish>, StateError> {
        self.space.get(&format!("kw:{id}"))
    }

    /// Which request was the last to end.
    ///
    /// # Errors
    /// The store's failure.
    pub fn mark(&self, id: &str) -> Result<Mark, StateError> {
        Ok(Mark(self.state(id)?.map(|state| (state.rev, state.writer, state.working))))
    }

    /// Stores what a request that begins wants of a key: from here on it is not lost.
    ///
    /// # Errors
    /// The store's failure.
    pub fn intend(&self, id: &str, key: &KeyRecord) -> Result<(), StateError> {
        self.list(id, key)?;
        self.space.put(&format!("kw:{id}"), &Wish::of(key))
    }

    /// Takes back what a request wanted that has changed nothing, in favour of what was there `before`, unless a newer
    /// request wants something else.
    ///
    /// # Errors
    /// The store's failure.
    pub fn withdraw(&self, id: &str, key: &KeyRecord, before: Option<&KeyRecord>) -> Result<(), StateError> {
        if self.wish(id)?.is_none_or(|wish| wish.writer != key.writer) {
            return Ok(());
        }
        match before {
            Some(before) => self.space.put(&format!("kw:{id}"), &Wish::of(before)),
            None => self.space.delete(&format!("kw:{id}")),
        }
    }

    /// Stores how a key stands, at the end of a request or for a job.
    ///
    /// # Errors
    /// The store's failure.
    pub fn put(&self, id: &str, key: &KeyRecord) -> Result<(), StateError> {
        self.list(id, key)?;
        self.space.put(&format!("k:{id}"), key)
    }

    /// The index leads to every key that has a record.
    fn list(&self, id: &str, key: &KeyRecord) -> Result<(), StateError> {
        if self.ids(shard_of(id))?.contains(id) {
            return Ok(());
        }
        self.change(id, &key.writer, |ids| ids.insert(id.to_owned()))
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
        self.change(id, "forgets", |ids| ids.remove(id))?;
        self.space.delete(&format!("kw:{id}"))?;
        self.space.delete(&format!("k:{id}"))
    }

    /// Two requests that change a shard of the index at the same moment may undo one another: then a mark is left.
    fn change(
        &self,
        id: &str,
        by: &str,
        change: impl FnOnce(&mut BTreeSet<String>) -> bool,
    ) -> Result<(), StateError> {
        let shard = shard_of(id);
        Doubt::new(self.space, DOUBT).signed(&format!("ki-by:{shard}"), &format!("{id} {by}"), || {
            let mut ids = self.ids(shard)?;
            if change(&mut ids) { self.space.put(&format!("ki:{shard}"), &ids) } else { Ok(()) }
        })
    }

    /// Restores what the index may lack after requests wrote it at the same moment; else it is two reads. For jobs:
    /// it lists the store.
    ///
    /// # Errors
    /// The store's failure.
    pub fn heal(&self) -> Result<(), StateError> {
        Doubt::new(self.space, DOUBT).settle(|| {
            let keys = self.space.store().keys()?;
            let own: Vec<&str> =
                keys.iter().filter_map(|key| key.strip_prefix(self.space.prefix())).collect();
            self.repair(&own).map(drop)
        })
    }

    /// Notes in the index every key that has a record; `own` are the names of all values of the system. Tells how many
    /// were missing.
    ///
    /// # Errors
    /// The store's failure.
    pub fn repair(&self, own: &[&str]) -> Result<usize, StateError> {
        let mut repaired = 0;
        for id in own.iter().filter_map(|name| name.strip_prefix("k:").or_else(|| name.strip_prefix("kw:"))) {
            if !self.ids(shard_of(id))?.contains(id) {
                self.change(id, "repairs", |ids| ids.insert(id.to_owned()))?;
                repaired += 1;
            }
        }
        Ok(repaired)
    }

    fn ids(&self, shard: u32) -> Result<BTreeSet<String>, StateError> {
        Ok(self.space.get(&format!("ki:{shard}"))?.unwrap_or_default())
    }

    /// Every key that has a record, by id.
    ///
    /// # Errors
    /// The store's failure.
    pub fn all(&self) -> Result<BTreeMap<String, KeyRecord>, StateError> {
        let mut all = BTreeMap::new();
        for shard in 0..INDEX_SHARDS {
            for id in self.ids(shard)? {
                if let Some(key) = self.get(&id)? {
                    all.insert(id, key);
                }
            }
        }
        Ok(all)
    }
}

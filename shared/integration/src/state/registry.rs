//! Which systems there are.
//!
//! A system's own record decides whether it exists. The buckets that list all systems are an index, and each is
//! read, changed and written whole: of two who do so at the same moment one undoes the other. Systems come and go
//! seldom, so whoever changes a bucket leaves a mark of doubt (see [`Doubt`]) before and after, whether others were
//! there or not. The next reader lists the store and adds what is missing.

use portal_api::types::Settings;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::{Doubt, PREFIX, Space, StateError, spread};
use crate::platform::Store;

/// Buckets of the index; part of the layout.
const BUCKETS: u32 = 16;
/// There may be systems that the index lacks.
const DOUBT: &str = "systems-doubt";
/// What the key of each system's own record ends with.
const RECORD: &str = ":-:system";

/// A locking system as it is stored. Secrets are sealed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SystemRecord {
    /// Tells it from an earlier system of the same name.
    pub incarnation: String,
    /// Raised with every `PUT`.
    pub revision: u64,
    /// The settings without the secrets.
    pub settings: Settings,
    /// The API user's password, sealed.
    pub password: String,
    /// The key of iLOQ's API gateway, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
    /// In milliseconds since the epoch.
    pub created_at: i64,
    /// In milliseconds since the epoch.
    pub updated_at: i64,
}

/// All systems.
pub struct Registry<'a, S> {
    global: Space<'a, S>,
    store: &'a S,
}

impl<'a, S: Store> Registry<'a, S> {
    /// The registry in `store`.
    pub fn new(store: &'a S) -> Self {
        Self { global: Space::global(store), store }
    }

    /// One system.
    ///
    /// # Errors
    /// The store's failure.
    pub fn get(&self, system: &str) -> Result<Option<SystemRecord>, StateError> {
        self.own(system).get("system")
    }

    /// Stores a system and makes sure that it is listed.
    ///
    /// # Errors
    /// The store's failure; it may have happened.
    pub fn put(&self, system: &str, record: &SystemRecord) -> Result<(), StateError> {
        if !self.bucket(bucket_of(system))?.contains(system) {
            // Whoever dies before it is listed leaves that to the next reader.
            self.doubt().mark()?;
        }
        self.own(system).put("system", record)?;
        self.list(system)
    }

    /// Removes a system: from this moment it does not exist.
    ///
    /// # Errors
    /// The store's failure.
    pub fn remove(&self, system: &str) -> Result<(), StateError> {
        self.own(system).delete("system")?;
        self.change(bucket_of(system), |ids| ids.remove(system))?;
        // Whoever has set it up anew may have found it listed.
        if self.get(system)?.is_some() { self.list(system) } else { Ok(()) }
    }

    /// The ids of all systems, in order; some may be gone. Lists the store if there is doubt. If that fails, the
    /// doubt stays for the next reader, and this one has what is there.
    ///
    /// # Errors
    /// The store's failure.
    pub fn ids(&self) -> Result<BTreeSet<String>, StateError> {
        let _ = self.doubt().settle(|| self.repair(&self.store.keys()?));
        self.index()
    }

    /// Adds to the index what it lacks; `keys` are all keys of the store.
    ///
    /// # Errors
    /// The store's failure.
    pub fn repair(&self, keys: &[String]) -> Result<(), StateError> {
        let listed = self.index()?;
        let systems = keys.iter().filter_map(|key| key.strip_prefix(PREFIX)?.strip_suffix(RECORD));
        systems.filter(|system| !listed.contains(*system)).try_for_each(|system| self.list(system))
    }

    fn list(&self, system: &str) -> Result<(), StateError> {
        self.change(bucket_of(system), |ids| ids.insert(system.to_owned()))
    }

    /// Changes a bucket; `change` tells whether there is something to write.
    fn change(
        &self,
        number: u32,
        change: impl FnOnce(&mut BTreeSet<String>) -> bool,
    ) -> Result<(), StateError> {
        let mut ids = self.bucket(number)?;
        if !change(&mut ids) {
            return Ok(());
        }
        self.doubt().mark()?;
        let done = self.global.put(&key(number), &ids);
        // A reader may have taken the first mark away, and then this write have undone another's.
        self.doubt().mark()?;
        done
    }

    fn doubt(&self) -> Doubt<'_, S> {
        Doubt::new(&self.global, DOUBT)
    }

    /// All that is listed.
    fn index(&self) -> Result<BTreeSet<String>, StateError> {
        let mut all = BTreeSet::new();
        for number in 0..BUCKETS {
            for id in self.bucket(number)? {
                all.insert(id);
            }
        }
        Ok(all)
    }

    /// Its key ends with [`RECORD`].
    fn own(&self, system: &str) -> Space<'a, S> {
        Space::system(self.store, system, "-")
    }

    /// The ids in one bucket.
    fn bucket(&self, number: u32) -> Result<BTreeSet<String>, StateError> {
        Ok(self.global.get(&key(number))?.unwrap_or_default())
    }
}

fn bucket_of(system: &str) -> u32 {
    spread(system) % BUCKETS
}

fn key(bucket: u32) -> String {
    format!("systems:{bucket}")
}

#[cfg(test)]
mod tests;

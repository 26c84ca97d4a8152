//! Which systems there are.
//!
//! A system's own record decides whether it exists. The buckets that list all systems are an index:
//! written after the record, checked afterwards, repaired by housekeeping.

use std::collections::BTreeSet;

use portal_api::types::Settings;
use serde::{Deserialize, Serialize};

use super::{Space, StateError, spread};
use crate::platform::Store;

/// Buckets of the index; part of the layout.
const BUCKETS: u32 = 16;

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
    /// The store's failure.
    pub fn put(&self, system: &str, record: &SystemRecord) -> Result<(), StateError> {
        self.own(system).put("system", record)?;
        self.list(system)
    }

    /// Makes sure that the index lists `system`. Two that are made at one moment may overwrite one another's
    /// entry, so it is looked at again.
    ///
    /// # Errors
    /// The store's failure.
    pub fn list(&self, system: &str) -> Result<(), StateError> {
        for _ in 0..4 {
            let mut bucket = self.bucket(bucket_of(system))?;
            if !bucket.insert(system.to_owned()) {
                break;
            }
            self.global.put(&key(bucket_of(system)), &bucket)?;
        }
        Ok(())
    }

    /// Removes a system: from this moment it does not exist.
    ///
    /// # Errors
    /// The store's failure.
    pub fn remove(&self, system: &str) -> Result<(), StateError> {
        self.own(system).delete("system")?;
        let mut bucket = self.bucket(bucket_of(system))?;
        if bucket.remove(system) { self.global.put(&key(bucket_of(system)), &bucket) } else { Ok(()) }
    }

    /// The ids of all systems that the index lists, in order.
    ///
    /// # Errors
    /// The store's failure.
    pub fn ids(&self) -> Result<BTreeSet<String>, StateError> {
        let mut all = BTreeSet::new();
        for number in 0..BUCKETS {
            all.extend(self.bucket(number)?);
        }
        Ok(all)
    }

    fn own(&self, system: &str) -> Space<'a, S> {
        Space::system(self.store, system, "-")
    }

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

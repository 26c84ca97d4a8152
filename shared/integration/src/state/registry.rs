//! Which systems there are.
//!
//! A system's own record decides whether it exists. The buckets that list all systems are an index:
//! written after the record, checked afterwards, repaired by housekeeping.

use portal_api::types::Settings;
use serde::Serialize;

use super::{Space, StateError, spread};
use crate::platform::Store;

/// Buckets of the index; part of the layout.
const BUCKETS: u32 = 16;

/// A locking system as it is stored. Secrets are sealed.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_key: Option<String>,
    /// In milliseconds since the epoch.
    pub created_at: i64,
    /// In milliseconds since the epoch.
    pub updated_at: i64,
}

json_tree::members!(SystemRecord, "a system", Self::blank(), {
    need "incarnation" => incarnation,
    need "revision" => revision,
    need "settings" => settings,
    need "password" => password,
    may "api_key" => api_key,
    need "created_at" => created_at,
    need "updated_at" => updated_at,
});

impl SystemRecord {
    fn blank() -> Self {
        Self {
            incarnation: String::new(),
            revision: 0,
            settings: Settings::blank(),
            password: String::new(),
            api_key: None,
            created_at: 0,
            updated_at: 0,
        }
    }
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
            if !insert(&mut bucket, system.to_owned()) {
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
        match bucket.binary_search_by(|id| id.as_str().cmp(system)) {
            Ok(at) => {
                bucket.remove(at);
                self.global.put(&key(bucket_of(system)), &bucket)
            }
            Err(_) => Ok(()),
        }
    }

    /// The ids of all systems that the index lists, in order.
    ///
    /// # Errors
    /// The store's failure.
    pub fn ids(&self) -> Result<Vec<String>, StateError> {
        let mut all = Vec::new();
        for number in 0..BUCKETS {
            for id in self.bucket(number)? {
                insert(&mut all, id);
            }
        }
        Ok(all)
    }

    fn own(&self, system: &str) -> Space<'a, S> {
        Space::system(self.store, system, "-")
    }

    /// The ids in one bucket, in order.
    fn bucket(&self, number: u32) -> Result<Vec<String>, StateError> {
        Ok(self.global.get(&key(number))?.unwrap_or_default())
    }
}

/// Puts `id` where it belongs among `ids`, which are few; false if it is there already.
fn insert(ids: &mut Vec<String>, id: String) -> bool {
    match ids.binary_search(&id) {
        Ok(_) => false,
        Err(at) => {
            ids.insert(at, id);
            true
        }
    }
}

fn bucket_of(system: &str) -> u32 {
    spread(system) % BUCKETS
}

fn key(bucket: u32) -> String {
    format!("systems:{bucket}")
}

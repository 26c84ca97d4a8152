//! A part of the store under one prefix, with versioned JSON values.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::StateError;
use crate::platform::Store;

/// Keys that belong to no system. A system's id never begins with `_`.
pub const GLOBAL_PREFIX: &str = "iloq-functions:_:";

/// The version that this release writes and reads.
const VERSION: u32 = 1;

/// The smallest limit of a value among the backends, in bytes.
const MAX_VALUE: usize = 400_000;

/// All keys under one prefix. Nothing else builds a key.
pub struct Space<'a, S> {
    store: &'a S,
    prefix: String,
}

impl<S> Clone for Space<'_, S> {
    fn clone(&self) -> Self {
        Self { store: self.store, prefix: self.prefix.clone() }
    }
}

#[derive(Serialize)]
struct EnvelopeOut<'a, T> {
    v: u32,
    d: &'a T,
}

#[derive(Deserialize)]
struct EnvelopeIn<T> {
    d: T,
}

#[derive(Deserialize)]
struct VersionOnly {
    v: u32,
}

impl<'a, S: Store> Space<'a, S> {
    /// The keys that belong to no system.
    pub fn global(store: &'a S) -> Self {
        Self { store, prefix: GLOBAL_PREFIX.to_owned() }
    }

    /// The keys of one system. `incarnation` tells a system from an earlier one of the same name, whose
    /// values may still be there until housekeeping has erased them.
    pub fn system(store: &'a S, system: &str, incarnation: &str) -> Self {
        Self { store, prefix: format!("iloq-functions:{system}:{incarnation}:") }
    }

    /// The prefix of every key here.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The store beneath.
    pub fn store(&self) -> &'a S {
        self.store
    }

    /// Reads the value under `key`.
    ///
    /// # Errors
    /// [`StateError`]: the backend failed, or the value is newer than this release, or not readable.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StateError> {
        let full = self.full(key);
        let Some(bytes) = self.store.get(&full)? else { return Ok(None) };
        match serde_json::from_slice::<EnvelopeIn<T>>(&bytes) {
            Ok(envelope) if bytes.starts_with(b"{\"v\":1,") => Ok(Some(envelope.d)),
            parsed => {
                let version = serde_json::from_slice::<VersionOnly>(&bytes).map(|v| v.v);
                match (version, parsed) {
                    (Ok(version), _) if version > VERSION => Err(StateError::Newer { key: full, version }),
                    (_, Err(e)) => Err(StateError::Corrupt { key: full, detail: category(&e) }),
                    (_, Ok(envelope)) => Ok(Some(envelope.d)),
                }
            }
        }
    }

    /// Writes `value` under `key`.
    ///
    /// # Errors
    /// [`StateError::TooLarge`], or the backend's failure; the write may then have happened.
    pub fn put<T: Serialize>(&self, key: &str, value: &T) -> Result<(), StateError> {
        let full = self.full(key);
        let bytes = serde_json::to_vec(&EnvelopeOut { v: VERSION, d: value })
            .map_err(|e| StateError::Corrupt { key: full.clone(), detail: category(&e) })?;
        if bytes.len() > MAX_VALUE {
            return Err(StateError::TooLarge { key: full, size: bytes.len() });
        }
        Ok(self.store.set(&full, &bytes)?)
    }

    /// Removes `key`.
    ///
    /// # Errors
    /// The backend's failure.
    pub fn delete(&self, key: &str) -> Result<(), StateError> {
        Ok(self.store.delete(&self.full(key))?)
    }

    fn full(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }
}

/// The parser's words without the content it saw: a value may hold what must not reach a log.
fn category(error: &serde_json::Error) -> String {
    format!("{:?} error at line {}, column {}", error.classify(), error.line(), error.column())
}

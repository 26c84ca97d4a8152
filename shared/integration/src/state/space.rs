//! A part of the store under one prefix, with versioned JSON values.

use json_tree::{Kind, Tree};
use serde::{Serialize, de::DeserializeOwned};

use super::{Fault, StateError};
use crate::platform::Store;

/// What every key begins with.
pub const PREFIX: &str = "iloq-functions:";

/// Keys that belong to no system. A system's id never begins with `_`.
pub const GLOBAL_PREFIX: &str = "iloq-functions:_:";

/// The version that this release writes and reads.
const VERSION: i64 = 1;

/// What is said of a value that can't be read.
const FORM: &str = "it has another form than this release writes";

/// The smallest limit of a value among the backends, in bytes.
const MAX_VALUE: usize = 400_000;

/// All keys under one prefix. Nothing else builds a key.
pub struct Space<'a, S: ?Sized> {
    store: &'a S,
    prefix: String,
}

impl<S: ?Sized> Clone for Space<'_, S> {
    fn clone(&self) -> Self {
        Self { store: self.store, prefix: self.prefix.clone() }
    }
}

impl<'a, S: Store> Space<'a, S> {
    /// The same without the store's type: for code that is compiled once, and for answers that are read from
    /// the store while they are sent.
    pub fn erased(&self) -> Space<'a, dyn Store + 'a> {
        Space { store: self.store, prefix: self.prefix.clone() }
    }
}

impl<'a> Space<'a, dyn Store + 'a> {
    /// The space with this prefix, which another space had.
    pub(crate) fn erased_at(store: &'a (dyn Store + 'a), prefix: &str) -> Self {
        Self { store, prefix: prefix.to_owned() }
    }
}

impl<'a, S: Store + ?Sized> Space<'a, S> {
    /// The keys that belong to no system.
    pub fn global(store: &'a S) -> Self {
        Self { store, prefix: GLOBAL_PREFIX.to_owned() }
    }

    /// The keys of one system. `incarnation` tells a system from an earlier one of the same name, whose
    /// values may still be there until housekeeping has erased them.
    pub fn system(store: &'a S, system: &str, incarnation: &str) -> Self {
        Self { store, prefix: format!("{PREFIX}{system}:{incarnation}:") }
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
        let data = data(&full, &bytes)?;
        data.read().map(Some).map_err(|error| corrupt(full, &error))
    }

    /// Reads the value under `key` with `read`, for values that have no type of their own.
    ///
    /// # Errors
    /// As for [`Self::get`]; also if `read` finds another form than it expects.
    pub fn get_with<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Tree<'_>) -> Option<T>,
    ) -> Result<Option<T>, StateError> {
        let full = self.full(key);
        let Some(bytes) = self.store.get(&full)? else { return Ok(None) };
        match read(&data(&full, &bytes)?) {
            Some(value) => Ok(Some(value)),
            None => Err(Fault::Corrupt { key: full, detail: FORM.to_owned() }.into()),
        }
    }

    /// Writes `value` under `key`.
    ///
    /// # Errors
    /// [`Fault::TooLarge`], or the backend's failure; the write may then have happened.
    pub fn put<T: Serialize>(&self, key: &str, value: &T) -> Result<(), StateError> {
        self.put_text(key, &self.json(key, value)?)
    }

    /// The text of a value that is to be written under `key`.
    ///
    /// # Errors
    /// [`Fault::Corrupt`]: it is no JSON.
    pub fn json<T: Serialize>(&self, key: &str, value: &T) -> Result<String, StateError> {
        serde_json::to_string(value)
            .map_err(|_| Fault::Corrupt { key: self.full(key), detail: "it is no JSON".to_owned() }.into())
    }

    /// Reads the value under `key` as the text that was written.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub fn text(&self, key: &str) -> Result<Option<String>, StateError> {
        let full = self.full(key);
        let Some(bytes) = self.store.get(&full)? else { return Ok(None) };
        // Whether it is a value of this release.
        data(&full, &bytes)?;
        let (before, after) = (enveloped("").len() - 1, bytes.len() - 1);
        let text = bytes.get(before..after).map(|json| String::from_utf8_lossy(json).into_owned());
        Ok(text)
    }

    /// Writes a value that is JSON already.
    ///
    /// # Errors
    /// As for [`Self::put`].
    pub fn put_text(&self, key: &str, json: &str) -> Result<(), StateError> {
        let bytes = enveloped(json);
        if bytes.len() > MAX_VALUE {
            return Err(Fault::TooLarge { key: self.full(key), size: bytes.len() }.into());
        }
        Ok(self.store.set(&self.full(key), bytes.as_bytes())?)
    }

    /// Whether exactly this is what is kept under `key`. A value that can't be read is not.
    ///
    /// # Errors
    /// The backend's failure, or the value is newer than this release.
    pub fn holds_text(&self, key: &str, json: &str) -> Result<bool, StateError> {
        let full = self.full(key);
        let Some(bytes) = self.store.get(&full)? else { return Ok(false) };
        if bytes == enveloped(json).as_bytes() {
            return Ok(true);
        }
        match data(&full, &bytes) {
            Err(error) if matches!(*error, Fault::Newer { .. }) => Err(error),
            _ => Ok(false),
        }
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

/// The value with its version.
fn enveloped(json: &str) -> String {
    format!(r#"{{"v":{VERSION},"d":{json}}}"#)
}

/// What is in the envelope.
fn data<'a>(full: &str, bytes: &'a [u8]) -> Result<Tree<'a>, StateError> {
    let mut envelope = Tree::parse(bytes).map_err(|error| corrupt(full.to_owned(), &error))?;
    match (envelope.take("v"), envelope.take("d")) {
        (Some(Tree::Whole(VERSION)), Some(data)) => Ok(data),
        (Some(Tree::Whole(version)), _) if version > VERSION => {
            Err(Fault::Newer { key: full.to_owned(), version }.into())
        }
        _ => Err(Fault::Corrupt { key: full.to_owned(), detail: "it has no version".to_owned() }.into()),
    }
}

/// What is wrong without the content: a value may hold what must not reach a log.
#[cold]
fn corrupt(key: String, error: &json_tree::Error) -> StateError {
    let detail = match error.kind() {
        Kind::Syntax | Kind::Trailing => "it is not JSON",
        Kind::CutOff => "it is cut off",
        Kind::Form => FORM,
    };
    Fault::Corrupt { key, detail: detail.to_owned() }.into()
}

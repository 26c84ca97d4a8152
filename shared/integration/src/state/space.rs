//! A part of the store under one prefix, with versioned JSON values.

use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, DeserializeSeed},
};
use serde_json::{error::Category, value::RawValue};

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
        self.get_with(key, std::marker::PhantomData)
    }

    /// Reads the value under `key` with `seed`, for values that need more than their own text to be read, or of which
    /// only a part is wanted.
    ///
    /// # Errors
    /// As for [`Self::get`].
    pub fn get_with<T>(
        &self,
        key: &str,
        seed: impl for<'de> DeserializeSeed<'de, Value = T>,
    ) -> Result<Option<T>, StateError> {
        let full = self.full(key);
        let Some(bytes) = self.store.get(&full)? else { return Ok(None) };
        let mut json = serde_json::Deserializer::from_slice(data(&full, &bytes)?.get().as_bytes());
        seed.deserialize(&mut json).map(Some).map_err(|error| corrupt(&full, &error))
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
        Ok(Some(data(&full, &bytes)?.get().to_owned()))
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

/// A value as it is stored. The data is read once its version is known.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "v")]
    version: i64,
    #[serde(rename = "d", borrow)]
    data: &'a RawValue,
}

/// What every release's values have.
#[derive(Deserialize)]
struct Version {
    #[serde(rename = "v")]
    version: i64,
}

/// What is in the envelope.
fn data<'a>(key: &str, bytes: &'a [u8]) -> Result<&'a RawValue, StateError> {
    let error = match serde_json::from_slice::<Envelope<'a>>(bytes) {
        Ok(Envelope { version: VERSION, data }) => return Ok(data),
        Ok(_) => Fault::Corrupt { key: key.to_owned(), detail: FORM.to_owned() }.into(),
        Err(error) => corrupt(key, &error),
    };
    match serde_json::from_slice(bytes) {
        Ok(Version { version }) if version > VERSION => {
            Err(Fault::Newer { key: key.to_owned(), version }.into())
        }
        _ => Err(error),
    }
}

/// What is wrong without the content: a value may hold what must not reach a log.
#[cold]
fn corrupt(key: &str, error: &serde_json::Error) -> StateError {
    let detail = match error.classify() {
        Category::Syntax | Category::Io => "it is not JSON",
        Category::Eof => "it is cut off",
        Category::Data => FORM,
    };
    Fault::Corrupt { key: key.to_owned(), detail: detail.to_owned() }.into()
}

//! The key-value store labelled `default`.

use std::cell::OnceCell;

use integration::platform::{Store, StoreError};
use spin_sdk::key_value::{self, Error};

/// Opened at the first use: a request that needs no store does not wait for one.
#[derive(Default)]
pub struct SpinStore(OnceCell<key_value::Store>);

impl SpinStore {
    fn open(&self) -> Result<&key_value::Store, StoreError> {
        if let Some(store) = self.0.get() {
            return Ok(store);
        }
        let store = key_value::Store::open_default().map_err(error)?;
        Ok(self.0.get_or_init(|| store))
    }
}

fn error(error: Error) -> StoreError {
    StoreError(match error {
        Error::AccessDenied => "the manifest does not give the store to this component".to_owned(),
        Error::Other(text) => text,
        other => format!("{other:?}"),
    })
}

impl Store for SpinStore {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.open()?.get(key).map_err(error)
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.open()?.set(key, value).map_err(error)
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.open()?.delete(key).map_err(error)
    }

    fn keys(&self) -> Result<Vec<String>, StoreError> {
        self.open()?.get_keys().map_err(error)
    }
}

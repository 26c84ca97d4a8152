//! The key-value store labelled `default`.

use std::{cell::OnceCell, time::Duration};

use iloq_client::io::Clock;
use integration::{
    config,
    platform::{Store, StoreError},
};
use spin_sdk::key_value::{self, Error};

use crate::clock::WasiClock;

/// So long after the slice a call may still write down what was done.
const GRACE: Duration = Duration::from_secs(3);

/// Opened at the first use: a request that needs no store does not wait for one.
///
/// Calls of the store block. Where each takes long, a request would take minutes, and be stopped by the host without an
/// answer: so none is begun any more when the time of the call is over, and the caller is told.
#[derive(Default)]
pub struct SpinStore(OnceCell<Opened>);

struct Opened {
    store: key_value::Store,
    /// On the monotonic clock.
    end: Duration,
}

impl SpinStore {
    fn open(&self) -> Result<&key_value::Store, StoreError> {
        let now = WasiClock.monotonic();
        if let Some(opened) = self.0.get() {
            let late = || StoreError("the time of the call is over".to_owned());
            return if now < opened.end { Ok(&opened.store) } else { Err(late()) };
        }
        let store = key_value::Store::open_default().map_err(error)?;
        let slice = config::slice_of(spin_sdk::variables::get(config::SLICE).ok());
        Ok(&self.0.get_or_init(|| Opened { store, end: now + slice + GRACE }).store)
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

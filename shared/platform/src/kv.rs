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
    /// When it was opened, on the monotonic clock.
    at: Duration,
    /// How long it may be used: read only when the shortest slice is over, since variables are dear.
    limit: OnceCell<Duration>,
}

impl Opened {
    fn is_late(&self) -> bool {
        let used = WasiClock.monotonic().saturating_sub(self.at);
        let limit = || config::slice_of(spin_sdk::variables::get(config::SLICE).ok()) + GRACE;
        used >= config::LEAST_SLICE + GRACE && used >= *self.limit.get_or_init(limit)
    }
}

impl SpinStore {
    fn open(&self) -> Result<&key_value::Store, StoreError> {
        if let Some(opened) = self.0.get() {
            let late = || StoreError("the time of the call is over".to_owned());
            return if opened.is_late() { Err(late()) } else { Ok(&opened.store) };
        }
        let at = WasiClock.monotonic();
        let store = key_value::Store::open_default().map_err(error)?;
        Ok(&self.0.get_or_init(|| Opened { store, at, limit: OnceCell::new() }).store)
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

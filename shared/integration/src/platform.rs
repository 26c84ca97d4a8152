//! What the jobs need from the platform. `shared/platform` implements it on Spin; tests in memory.

use iloq_client::io::{Clock, Random, Transport};

/// A key-value store that has no compare-and-swap, no batch, and lists only as a whole.
///
/// Calls block: key-value calls in a guest do.
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
pub trait Store {
    /// The value, or `None`.
    ///
    /// # Errors
    /// [`StoreError`] when the backend failed.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Writes the value whole.
    ///
    /// # Errors
    /// [`StoreError`]; the write may have happened.
    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError>;
    /// Removes the value; absent is fine.
    ///
    /// # Errors
    /// [`StoreError`]; the removal may have happened.
    fn delete(&self, key: &str) -> Result<(), StoreError>;
    /// Every key of the whole store. Only for repair jobs; collected to the end before any other call,
    /// because on SQLite any operation while a key stream is open hangs the process.
    ///
    /// # Errors
    /// [`StoreError`] when the backend failed.
    fn keys(&self) -> Result<Vec<String>, StoreError>;
}

/// The store's backend failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key-value store failed: {0}")]
pub struct StoreError(pub String);

/// The application's variables.
///
/// A read is dear (see [`crate::config`]).
#[cfg_attr(any(test, feature = "mock"), mockall::automock)]
pub trait Variables {
    /// A variable; `None` if the manifest does not give it to this component.
    fn variable(&self, name: &str) -> Option<String>;
}

/// Everything outside, as one type parameter.
pub trait Platform: Variables {
    /// The key-value store.
    type Store: Store;
    /// Outbound HTTP.
    type Http: Transport;
    /// Time.
    type Clock: Clock;
    /// Randomness.
    type Random: Random;

    /// The key-value store labelled `default`.
    fn store(&self) -> &Self::Store;
    /// Outbound HTTP.
    fn http(&self) -> &Self::Http;
    /// Time.
    fn clock(&self) -> &Self::Clock;
    /// Randomness.
    fn random(&self) -> &Self::Random;
    /// Writes one line of the log (JSON, without a line end).
    fn log(&self, line: &str);
}

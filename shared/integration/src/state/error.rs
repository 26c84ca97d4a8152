//! What can go wrong between a job and its state.

use std::ops::Deref;

use crate::platform::StoreError;

/// A value could not be read or written: one pointer, because it is in every `Result`. What happened is its
/// [`Fault`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct StateError(Box<Fault>);

impl From<Fault> for StateError {
    #[cold]
    fn from(fault: Fault) -> Self {
        Self(Box::new(fault))
    }
}

impl From<StoreError> for StateError {
    #[cold]
    fn from(error: StoreError) -> Self {
        Fault::Store(error).into()
    }
}

impl Deref for StateError {
    type Target = Fault;

    fn deref(&self) -> &Fault {
        &self.0
    }
}

/// Why a value could not be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The backend failed: worth another try.
    #[error(transparent)]
    Store(StoreError),
    /// The value was written by a newer release; it is never overwritten.
    #[error(
        "the value {key} has version {version}, which this release does not know: deploy the newer release again"
    )]
    Newer {
        /// The key in the store.
        key: String,
        /// The version found.
        version: i64,
    },
    /// The value is not what this release writes.
    #[error("the value {key} can't be read: {detail}")]
    Corrupt {
        /// The key in the store.
        key: String,
        /// What the parser said; never the content.
        detail: String,
    },
    /// A value that another one refers to is not there: it was replaced, or erased by somebody else.
    #[error("the value {key} is missing")]
    Missing {
        /// The key in the store.
        key: String,
    },
    /// The value would not fit into every backend's limit (400 kB).
    #[error("the value {key} would have {size} bytes")]
    TooLarge {
        /// The key in the store.
        key: String,
        /// Its size in bytes.
        size: usize,
    },
}

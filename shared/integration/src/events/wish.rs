//! The wish that the access log be pulled: one small value for each system, however many events came.
//!
//! Whoever pulls takes the wish before iLOQ is read. An event that still sees the open wish is about a row that was in
//! iLOQ before that, so the pull finds it; one that comes later opens a new wish. So no event is missed, and a burst
//! costs one pull, or two if it goes on during the first.

use serde::{Deserialize, Serialize};

use crate::{
    platform::Store,
    state::{Space, StateError},
};

const KEY: &str = "ew";

#[derive(Serialize, Deserialize)]
struct Wish {
    /// When it was opened, in milliseconds since the epoch.
    at: i64,
}

/// Opens the wish unless it is open.
///
/// # Errors
/// The store's failure.
pub(super) fn note(space: &Space<'_, impl Store>, now: i64) -> Result<(), StateError> {
    if is_open(space)? { Ok(()) } else { space.put(KEY, &Wish { at: now }) }
}

/// Whether there is a wish to pull.
///
/// # Errors
/// The store's failure.
pub fn is_open(space: &Space<'_, impl Store>) -> Result<bool, StateError> {
    Ok(space.get::<Wish>(KEY)?.is_some())
}

/// Takes the wish; whether there was one. To be called before iLOQ is read.
///
/// # Errors
/// The store's failure.
pub fn take(space: &Space<'_, impl Store>) -> Result<bool, StateError> {
    let open = is_open(space)?;
    if open {
        space.delete(KEY)?;
    }
    Ok(open)
}

/// Opens the wish again after a pull that could not read iLOQ.
///
/// # Errors
/// The store's failure.
pub fn put_back(space: &Space<'_, impl Store>, now: i64) -> Result<(), StateError> {
    note(space, now)
}

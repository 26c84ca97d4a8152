//! Whether iLOQ has refused an order because of the licence: it tells in no other way how much that allows.

use super::{Space, StateError};
use crate::platform::Store;

const PLACE: &str = "licence-limit";

/// Notes that an order met the limit at `now`, in milliseconds since the epoch.
///
/// # Errors
/// The store's failure.
pub fn met<S: Store>(space: &Space<'_, S>, now: i64) -> Result<(), StateError> {
    space.put(PLACE, &now)
}

/// Notes that the first order of a key passed.
///
/// # Errors
/// The store's failure.
pub fn passed<S: Store>(space: &Space<'_, S>) -> Result<(), StateError> {
    if is_met(space)? { space.delete(PLACE) } else { Ok(()) }
}

/// Whether the last such order was refused.
///
/// # Errors
/// The store's failure.
pub fn is_met<S: Store>(space: &Space<'_, S>) -> Result<bool, StateError> {
    Ok(space.get::<i64>(PLACE)?.is_some())
}

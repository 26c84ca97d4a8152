//! Phone keys whose sending has begun: a call that died may have left one in iLOQ, which may show it only later.

use iloq_model::KeyId;
use sorted::SortedMap;

use crate::{platform::Platform, problem::Stop, system::System};

/// After so long no call that sends is alive, nor a request of it to iLOQ on its way, in milliseconds.
const ALIVE_MS: i64 = 10 * 60_000;

/// When each began, in milliseconds since the epoch.
pub type Sending = SortedMap<String, i64>;

fn place(user: &str) -> String {
    format!("ms:{user}")
}

/// What is being sent to `user`.
///
/// # Errors
/// The store's failure.
pub fn all<P: Platform>(system: &System<'_, P>, user: &str) -> Result<Sending, Stop> {
    Ok(system.space.get(&place(user))?.unwrap_or_default())
}

/// Notes that `key` is about to be made for `user`: before the block of the user is looked for, so that one of
/// both finds the other.
///
/// # Errors
/// The store's failure.
pub fn begin<P: Platform>(system: &System<'_, P>, user: &str, key: KeyId) -> Result<(), Stop> {
    let mut all = all(system, user)?;
    all.insert(key.to_string(), system.now_ms());
    Ok(system.space.put(&place(user), &all)?)
}

/// The key is made and ordered, or will never be.
///
/// # Errors
/// The store's failure.
pub fn end<P: Platform>(system: &System<'_, P>, user: &str, key: &str) -> Result<(), Stop> {
    let mut all = all(system, user)?;
    if all.remove(key).is_none() {
        return Ok(());
    }
    let place = place(user);
    if all.is_empty() {
        system.space.delete(&place)?;
    } else {
        system.space.put(&place, &all)?;
    }
    Ok(())
}

/// Whether a key that iLOQ does not show may still come.
#[must_use]
pub fn may_come(began: i64, now: i64) -> bool {
    now - began < ALIVE_MS
}

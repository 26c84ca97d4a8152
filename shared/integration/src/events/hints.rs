//! Keys that iLOQ has told of: the job `refresh-keys` looks at them, and lists no others than it would without.
//!
//! A hint is kept until the job has been through with the key, so a crash loses none. Two events that write one shard at
//! the same moment may: the entry is looked for once more after it was written.

use std::collections::BTreeMap;

use crate::{
    platform::Store,
    state::{Space, StateError, spread},
};

/// Parts of the list; part of the layout.
const SHARDS: u32 = 4;
/// Keys in one part. More are not noted: whoever makes thousands of keys at once syncs anyway.
const MOST: usize = 500;

/// Keys by id, and when iLOQ last told of each, in milliseconds since the epoch.
pub type Hints = BTreeMap<String, i64>;

/// Notes that iLOQ told of a key.
///
/// # Errors
/// The store's failure.
pub(super) fn note(space: &Space<'_, impl Store>, key: &str, now: i64) -> Result<(), StateError> {
    let place = place(spread(key) % SHARDS);
    for _ in 0..2 {
        let mut hints: Hints = space.get(&place)?.unwrap_or_default();
        let known = hints.get(key).copied();
        if known.is_some_and(|at| at >= now) || (known.is_none() && hints.len() >= MOST) {
            break;
        }
        hints.insert(key.to_owned(), now);
        space.put(&place, &hints)?;
    }
    Ok(())
}

/// All keys that iLOQ told of and nobody has looked at.
///
/// # Errors
/// The store's failure.
pub fn open(space: &Space<'_, impl Store>) -> Result<Hints, StateError> {
    let mut all = Hints::new();
    for shard in 0..SHARDS {
        for (key, at) in space.get::<Hints>(&place(shard))?.unwrap_or_default() {
            all.insert(key, at);
        }
    }
    Ok(all)
}

/// Takes off what was looked at, unless iLOQ has told of it again since.
///
/// # Errors
/// The store's failure.
pub fn done(space: &Space<'_, impl Store>, looked_at: &Hints) -> Result<(), StateError> {
    for shard in 0..SHARDS {
        if !looked_at.keys().any(|key| spread(key) % SHARDS == shard) {
            continue;
        }
        let mut hints: Hints = space.get(&place(shard))?.unwrap_or_default();
        hints.retain(|key, at| looked_at.get(key.as_str()) != Some(&*at));
        if hints.is_empty() {
            space.delete(&place(shard))?;
        } else {
            space.put(&place(shard), &hints)?;
        }
    }
    Ok(())
}

fn place(shard: u32) -> String {
    format!("eh:{shard}")
}

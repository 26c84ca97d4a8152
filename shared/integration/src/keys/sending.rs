//! Phone keys whose sending has begun: a call that died may have left one in iLOQ, which may show it only later.
//!
//! Each has a value of its own, so that no two calls that send write the same one. A mark tells a block of the user
//! that something was begun a moment ago; then it lists the store. Who writes the mark last does not matter: all of
//! them write the same moment.

use iloq_model::KeyId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::{
    platform::Store,
    state::{Space, StateError},
};

/// After so long no call that sends is alive, nor a request of it to iLOQ on its way, in milliseconds.
const ALIVE_MS: i64 = 10 * 60_000;

/// Where the values of the keys begin.
const KEYS: &str = "mk:";

/// When each began, in milliseconds since the epoch.
pub type Sending = BTreeMap<String, i64>;

/// A key that is being sent.
#[derive(Serialize, Deserialize)]
struct Begun {
    /// To this user.
    #[serde(rename = "u")]
    user: String,
    /// Since then, in milliseconds since the epoch.
    #[serde(rename = "t")]
    at: i64,
}

fn place(key: &str) -> String {
    format!("{KEYS}{key}")
}

/// When a key was last begun to be sent to the user.
fn mark(user: &str) -> String {
    format!("mu:{user}")
}

/// What is being sent to `user`. Of what was begun long ago iLOQ itself tells what came of it.
///
/// # Errors
/// The store's failure.
pub fn all<S: Store>(space: &Space<'_, S>, user: &str, now: i64) -> Result<Sending, StateError> {
    let mut all = Sending::new();
    if !space.get(&mark(user))?.is_some_and(|at| may_come(at, now)) {
        return Ok(all);
    }
    for full in space.store().keys()? {
        let Some(key) = full.strip_prefix(space.prefix()).and_then(|key| key.strip_prefix(KEYS)) else {
            continue;
        };
        if let Some(begun) = space.get::<Begun>(&place(key))?.filter(|begun| begun.user == user) {
            all.insert(key.to_owned(), begun.at);
        }
    }
    Ok(all)
}

/// When the sending of `key` began, if it has not ended.
///
/// # Errors
/// The store's failure.
pub fn began<S: Store>(space: &Space<'_, S>, key: &str) -> Result<Option<i64>, StateError> {
    Ok(space.get::<Begun>(&place(key))?.map(|begun| begun.at))
}

/// Notes that `key` is about to be made for `user`: before the block of the user is looked for, so that one of
/// both finds the other.
///
/// # Errors
/// The store's failure.
pub fn begin<S: Store>(space: &Space<'_, S>, user: &str, key: KeyId, now: i64) -> Result<(), StateError> {
    space.put(&place(&key.to_string()), &Begun { user: user.to_owned(), at: now })?;
    space.put(&mark(user), &now)
}

/// The key is made and ordered, or will never be.
///
/// # Errors
/// The store's failure.
pub fn end<S: Store>(space: &Space<'_, S>, key: &str) -> Result<(), StateError> {
    space.delete(&place(key))
}

/// Erases what calls that died have left; `own` are the keys of the space. Tells how many.
///
/// # Errors
/// The store's failure.
pub fn tidy<S: Store>(space: &Space<'_, S>, own: &[&str], now: i64) -> Result<usize, StateError> {
    let mut erased = 0;
    for key in own.iter().filter_map(|key| key.strip_prefix(KEYS)) {
        if began(space, key)?.is_some_and(|at| !may_come(at, now)) {
            end(space, key)?;
            erased += 1;
        }
    }
    Ok(erased)
}

/// Whether a key that iLOQ does not show may still come.
#[must_use]
pub fn may_come(began: i64, now: i64) -> bool {
    now - began < ALIVE_MS
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use uuid::Uuid;

    use super::*;
    use crate::testing::{Access, Memory, Turns, Work};

    fn key(n: usize) -> KeyId {
        KeyId::from_uuid(Uuid::from_u128(n as u128))
    }

    fn house<'a, 't>(access: &'a Access<'t>) -> Space<'a, Access<'t>> {
        Space::system(access, "house", "1")
    }

    /// What is missing of `begun` in what a block of Anna finds.
    fn missing(access: &Access<'_>, begun: Vec<KeyId>) -> Vec<KeyId> {
        let found = all(&house(access), "anna", 1).unwrap();
        begun.into_iter().filter(|key| !found.contains_key(&key.to_string())).collect()
    }

    #[test]
    fn a_block_finds_every_key_whose_sending_has_begun() {
        for seed in 1..=300 {
            let turns = Turns::new(seed);
            let (begun, lost) = (&Mutex::new(Vec::new()), &Mutex::new(Vec::new()));
            let mut work: Vec<Work<'_>> = vec![Box::new(|access| {
                for _ in 0..5 {
                    let begun = begun.lock().unwrap().clone();
                    lost.lock().unwrap().extend(missing(access, begun));
                }
            })];
            for n in 0..4 {
                work.push(Box::new(move |access| {
                    begin(&house(access), "anna", key(n), 0).unwrap();
                    begun.lock().unwrap().push(key(n));
                }));
            }
            // One that comes to its end takes no other's along.
            work.push(Box::new(move |access| {
                begin(&house(access), "anna", key(9), 0).unwrap();
                end(&house(access), &key(9).to_string()).unwrap();
            }));
            turns.run(work, None);
            let last: Work<'_> = Box::new(|access| {
                lost.lock().unwrap().extend(missing(access, (0..4).map(key).collect()));
                let found = all(&house(access), "anna", 1).unwrap();
                assert_eq!(found.len(), 4, "seed {seed}: the one that has ended is not there");
            });
            turns.run(vec![last], None);
            assert_eq!(*lost.lock().unwrap(), [], "seed {seed}");
        }
    }

    #[test]
    fn what_calls_that_died_have_left_is_erased() {
        let store = Memory::default();
        let space = Space::system(&store, "house", "1");
        begin(&space, "anna", key(1), 0).unwrap();
        begin(&space, "anna", key(2), ALIVE_MS).unwrap();
        let own = [place(&key(1).to_string()), place(&key(2).to_string()), mark("anna"), "mkx".to_owned()];
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        assert_eq!(tidy(&space, &own, ALIVE_MS).unwrap(), 1);
        let left = all(&space, "anna", ALIVE_MS).unwrap();
        assert_eq!(left.into_iter().collect::<Vec<_>>(), [(key(2).to_string(), ALIVE_MS)]);
    }

    #[test]
    fn only_a_block_a_moment_after_a_sending_lists_the_store() {
        let store = Memory::default();
        let space = Space::system(&store, "house", "1");
        begin(&space, "bea", key(1), 0).unwrap();
        let reads = |user, now| {
            let before = store.reads.get();
            assert!(all(&space, user, now).unwrap().is_empty());
            store.reads.get() - before
        };
        assert_eq!(reads("anna", 1), 1);
        begin(&space, "anna", key(2), 0).unwrap();
        end(&space, &key(2).to_string()).unwrap();
        assert_eq!(reads("anna", 1), 2, "the mark, and what another is being sent");
        assert_eq!(reads("anna", ALIVE_MS), 1, "the mark is too old");
    }
}

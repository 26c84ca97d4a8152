//! The index of ids that have a key of their own.
//!
//! Its shards are read, changed and written whole, and the store has no compare-and-swap: of two that do so at the
//! same moment one may undo the other. So each first signs in at the shard and looks afterwards whether somebody
//! else has signed in since. Of two that overlap the earlier one always sees the later one; it leaves a mark, and
//! the next job restores what is missing from a listing of the store.

use sorted::SortedSet;

use crate::{
    platform::Store,
    state::{Space, StateError, spread},
};

/// Index shards; part of the layout.
pub(super) const BITS: u32 = 4;
/// There may be ids that the index lacks.
const DOUBT: &str = "ui-doubt";

/// The shard of an id.
pub(super) fn shard_of(id: &str) -> u32 {
    spread(id) >> (32 - BITS)
}

fn key(shard: u32) -> String {
    format!("ui:{shard}")
}

/// The ids of a shard.
pub(super) fn shard<S: Store>(space: &Space<'_, S>, shard: u32) -> Result<SortedSet<String>, StateError> {
    Ok(space.get(&key(shard))?.unwrap_or_default())
}

/// Changes a shard; `by` tells this change from others. `change` tells whether there is something to write.
pub(super) fn change<S: Store>(
    space: &Space<'_, S>,
    number: u32,
    by: &str,
    change: impl FnOnce(&mut SortedSet<String>) -> bool,
) -> Result<(), StateError> {
    let signed = format!("ui-by:{number}");
    space.put(&signed, &by)?;
    let mut ids = shard(space, number)?;
    if change(&mut ids) {
        space.put(&key(number), &ids)?;
    }
    if space.get::<String>(&signed)?.as_deref() == Some(by) { Ok(()) } else { space.put(DOUBT, &true) }
}

/// Whether ids may be missing; asking takes the mark away.
pub(super) fn take_doubt<S: Store>(space: &Space<'_, S>) -> Result<bool, StateError> {
    let doubt = space.get::<bool>(DOUBT)?.unwrap_or_default();
    if doubt {
        space.delete(DOUBT)?;
    }
    Ok(doubt)
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, collections::BTreeMap};

    use super::*;
    use crate::{
        platform::StoreError,
        users::{record::UserRecord, store::UserStore},
    };
    use portal_api::types::Origin;

    #[derive(Default)]
    struct Memory(RefCell<BTreeMap<String, Vec<u8>>>);

    impl Store for Memory {
        fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(self.0.borrow().get(key).cloned())
        }

        fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
            self.0.borrow_mut().insert(key.to_owned(), value.to_vec());
            Ok(())
        }

        fn delete(&self, key: &str) -> Result<(), StoreError> {
            self.0.borrow_mut().remove(key);
            Ok(())
        }

        fn keys(&self) -> Result<Vec<String>, StoreError> {
            Ok(self.0.borrow().keys().cloned().collect())
        }
    }

    #[test]
    fn an_id_that_a_slower_writer_took_off_is_restored_by_the_next_job() {
        let store = Memory::default();
        let space = Space::system(&store, "house", "1");
        let users = UserStore::new(&space);
        let shard = shard_of("anna");
        // The slower one has read the shard when the other begins, and writes after it has ended.
        change(&space, shard, "slow", |ids| {
            users.put_own("anna", &UserRecord::new(Origin::Portal)).unwrap();
            ids.insert("bea".to_owned())
        })
        .unwrap();
        assert_eq!(users.indexed().unwrap(), ["bea"]);
        users.heal().unwrap();
        assert_eq!(users.indexed().unwrap(), ["anna", "bea"]);
        assert!(!take_doubt(&space).unwrap());
    }

    #[test]
    fn writers_that_come_one_after_the_other_leave_no_doubt() {
        let store = Memory::default();
        let space = Space::system(&store, "house", "1");
        let users = UserStore::new(&space);
        for id in ["anna", "bea", "cleo"] {
            users.put_own(id, &UserRecord::new(Origin::Portal)).unwrap();
        }
        assert_eq!(users.indexed().unwrap().len(), 3);
        assert!(!take_doubt(&space).unwrap());
    }
}

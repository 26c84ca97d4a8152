//! The index of ids that have a key of their own.
//!
//! Its shards are read, changed and written whole, and the store has no compare-and-swap: of two that do so at the
//! same moment one may undo the other. So they sign in (see [`Doubt`]), and the next job restores what is missing.

use std::collections::BTreeSet;

use crate::{
    platform::Store,
    state::{Doubt, Space, StateError, spread},
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
pub(super) fn shard<S: Store>(space: &Space<'_, S>, shard: u32) -> Result<BTreeSet<String>, StateError> {
    Ok(space.get(&key(shard))?.unwrap_or_default())
}

/// Changes a shard; `by` tells this change from others. `change` tells whether there is something to write.
pub(super) fn change<S: Store>(
    space: &Space<'_, S>,
    number: u32,
    by: &str,
    change: impl FnOnce(&mut BTreeSet<String>) -> bool,
) -> Result<(), StateError> {
    doubt(space).signed(&format!("ui-by:{number}"), &by, || {
        let mut ids = shard(space, number)?;
        if change(&mut ids) { space.put(&key(number), &ids) } else { Ok(()) }
    })
}

/// Whether ids may be missing.
pub(super) fn doubt<'a, S: Store>(space: &'a Space<'a, S>) -> Doubt<'a, S> {
    Doubt::new(space, DOUBT)
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

    fn is_in_doubt(space: &Space<'_, Memory>) -> bool {
        let mut doubt = false;
        super::doubt(space)
            .settle(|| {
                doubt = true;
                Ok(())
            })
            .unwrap();
        doubt
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
        assert!(!is_in_doubt(&space));
    }

    #[test]
    fn a_save_that_failed_at_the_moment_of_a_sync_is_not_forgotten() {
        let store = Memory::default();
        let space = Space::system(&store, "house", "1");
        let users = UserStore::new(&space);
        let written = |sub: u32, writer: &str| {
            let user = UserRecord::new(Origin::Portal);
            UserRecord { rev: 1, sub, writer: writer.to_owned(), ..user }
        };
        users.put_own("anna", &written(0, "save")).unwrap();
        let mut all = users.load().unwrap();
        // Both conclude what they have begun with the same intent: the run in the page, the save under the own key.
        let page = all.insert("anna".to_owned(), written(1, "run"));
        users.put_page(&all, page).unwrap();
        users.put_own("anna", &written(1, "save")).unwrap();
        users.settle(&mut all).unwrap();
        assert_eq!(users.get("anna").unwrap().unwrap().writer, "save");
        assert_eq!(users.indexed().unwrap(), ["anna"], "a reader of many looks at it too");
        space.put(&key(shard_of("anna")), &BTreeSet::<String>::new()).unwrap();
        assert_eq!(users.repair(&["anna".to_owned()]).unwrap(), 1);
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
        assert!(!is_in_doubt(&space));
    }
}

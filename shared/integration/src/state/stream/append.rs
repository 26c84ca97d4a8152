//! How entries are appended, so that none is lost whoever else appends at the same moment.
//!
//! 1. Find the first free slot, from where the last writer was.
//! 2. Put a copy of the entries under a key that no other writer writes and that names the slot.
//! 3. Sign in at the shard ([`Doubt`]).
//! 4. Look at the slot once more. If somebody has taken it, go on to the next free one, with a copy that names that.
//! 5. Put the entries into the slot.
//! 6. Look who signed in last. If it is another, leave the mark of doubt.
//!
//! Why nothing acknowledged is lost: the copy is there before the slot is written, and only [`mend`](super::mend)
//! removes it, when the slot has held the entries for longer than any write takes. A slot is written by those only
//! whose copies name it, so where one copy alone names a slot it is in order, and where there are several, one read
//! tells which of them are hidden. The mark only says *when* to look: a missing one delays, it loses nothing.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::{Slot, Stream};
use crate::{
    platform::Store,
    state::{Doubt, StateError, spread},
};

/// Stands in place of a copy whose entries have another one, in a later slot. The key stays: it says who may still
/// write the slot.
pub(super) const ELSEWHERE: &str = "null";

/// Who appended last, and where it began to look for a place: no slot before that is free.
#[derive(Serialize, Deserialize)]
struct Sign {
    by: String,
    slot: u64,
}

impl<S: Store> Stream<'_, S> {
    /// Appends `entries` together as one slot of the shard that `spread_by` falls into. Entries with equal
    /// `spread_by` keep their order. `nonce` tells them from all others; appending again under it is safe.
    ///
    /// # Errors
    /// The store's failure; the entries may then have been appended.
    pub fn append<T: Serialize>(
        &self,
        spread_by: &str,
        at: i64,
        nonce: &str,
        entries: Vec<T>,
    ) -> Result<(), StateError> {
        self.append_to(spread(spread_by) % u32::from(self.shards), at, nonce, entries)
    }

    /// The same for a shard that the caller chooses.
    ///
    /// # Errors
    /// The store's failure; the entries may then have been appended.
    pub fn append_to<T: Serialize>(
        &self,
        shard: u32,
        at: i64,
        nonce: &str,
        entries: Vec<T>,
    ) -> Result<(), StateError> {
        if entries.is_empty() {
            return Ok(());
        }
        let slot = Slot { nonce: nonce.to_owned(), at, e: entries };
        let json = self.space.json(self.name, &slot)?;
        self.lay(shard, at, nonce, &json).map(drop)
    }

    /// Appends what is JSON already; tells under which key its copy is.
    pub(super) fn lay(&self, shard: u32, at: i64, nonce: &str, json: &str) -> Result<String, StateError> {
        let mut slot = self.end(shard)?;
        let mut copy = self.copy_key(shard, slot, at, nonce);
        self.space.put_text(&copy, json)?;
        let sign = Sign { by: nonce.to_owned(), slot };
        Doubt::new(self.space, &self.doubt_key()).signed(&self.sign_key(shard), &sign, || {
            while let Some(taken_by) = self.nonce(shard, slot)? {
                // Whoever looked for what is hidden has found the copy.
                if taken_by == nonce {
                    return Ok(());
                }
                slot = self.free(shard, slot + 1)?;
                let before = std::mem::replace(&mut copy, self.copy_key(shard, slot, at, nonce));
                self.space.put_text(&copy, json)?;
                self.space.put_text(&before, ELSEWHERE)?;
            }
            self.space.put_text(&self.slot_key(shard, slot), json)
        })?;
        Ok(copy)
    }

    /// Under which nonce a slot was written; `None` if it is free.
    pub(super) fn nonce(&self, shard: u32, slot: u64) -> Result<Option<String>, StateError> {
        let held = self.space.get::<Slot<IgnoredAny>>(&self.slot_key(shard, slot))?;
        Ok(held.map(|held| held.nonce))
    }

    /// The first free slot.
    pub(super) fn end(&self, shard: u32) -> Result<u64, StateError> {
        let last = self.space.get::<Sign>(&self.sign_key(shard))?.map_or(0, |last| last.slot);
        self.free(shard, last.max(self.tail(shard)?))
    }

    fn free(&self, shard: u32, mut slot: u64) -> Result<u64, StateError> {
        while self.exists(shard, slot)? {
            slot += 1;
        }
        Ok(slot)
    }

    pub(super) fn doubt_key(&self) -> String {
        format!("s:{}:doubt", self.name)
    }

    fn sign_key(&self, shard: u32) -> String {
        format!("s:{}:{shard}:by", self.name)
    }

    pub(super) fn copy_key(&self, shard: u32, slot: u64, at: i64, nonce: &str) -> String {
        format!("{}:{at}:{nonce}", self.slot_key(shard, slot))
    }
}

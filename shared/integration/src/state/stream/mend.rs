//! What writers have hidden from one another is told again, from the copies that each has put under a key of its own.

use serde::de::IgnoredAny;

use super::{Slot, Stream, append::ELSEWHERE};
use crate::{
    platform::Store,
    state::{Doubt, StateError},
};

/// A key in a slot: a copy, or the slot itself, which has no nonce and stands first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found<'k> {
    shard: u32,
    slot: u64,
    at: i64,
    nonce: &'k str,
}

impl<'k> Found<'k> {
    /// Reads `{shard}:{slot}` and `{shard}:{slot}:{at}:{nonce}`.
    fn parse(key: &'k str) -> Option<Self> {
        let mut parts = key.splitn(4, ':');
        let (shard, slot) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let (at, nonce) = match parts.next() {
            None => (i64::MIN, ""),
            Some(at) => (at.parse().ok()?, parts.next()?),
        };
        Some(Self { shard, slot, at, nonce })
    }

    fn is_copy(&self) -> bool {
        !self.nonce.is_empty()
    }
}

fn copies_of<'f, 'k>(keys: &'f [Found<'k>], nonce: &'f str) -> impl Iterator<Item = &'f Found<'k>> {
    keys.iter().filter(move |key| key.nonce == nonce)
}

impl<S: Store> Stream<'_, S> {
    /// Before a read: tells again what is hidden, if there is doubt. Lists the store then. If that fails, the doubt
    /// stays for the next reader, and this one has what is there.
    pub(super) fn heal(&self) {
        let _ = Doubt::new(self.space, &self.doubt_key()).settle(|| {
            let keys = self.space.store().keys()?;
            let own: Vec<_> = keys.iter().filter_map(|key| key.strip_prefix(self.space.prefix())).collect();
            self.mend(&own, i64::MIN, 0).map(drop)
        });
    }

    /// Tells again, at the end, what is hidden, and what a reader may have passed by because it came late into its
    /// slot. Erases copies that were written before `before` and are no longer needed, at most `budget` of them.
    /// `keys` are all keys of the space, without its prefix. Tells how many writers' entries were hidden.
    ///
    /// # Errors
    /// The store's failure; the same again continues.
    pub fn mend(&self, keys: &[&str], before: i64, mut budget: usize) -> Result<usize, StateError> {
        let prefix = format!("s:{}:", self.name);
        let mut found: Vec<_> =
            keys.iter().filter_map(|key| Found::parse(key.strip_prefix(&prefix)?)).collect();
        found.sort();
        let mut mended = 0;
        for shard in found.chunk_by(|one, next| one.shard == next.shard) {
            let (mut hidden, mut touched) = (Vec::new(), Vec::new());
            for slot in shard.chunk_by(|one, next| one.slot == next.slot) {
                let lost = self.hidden(slot)?;
                if !lost.is_empty() {
                    // Who holds the slot may have come into it after a reader has read another's entries there.
                    touched.extend(slot.iter().map(|key| key.nonce));
                }
                hidden.extend(lost);
            }
            mended += hidden.len();
            if !hidden.is_empty() {
                self.tell_again(shard, &hidden, &touched)?;
                continue;
            }
            for copy in shard.iter().filter(|key| key.is_copy() && key.at < before).take(budget) {
                self.space.delete(&self.key_of(copy))?;
                budget -= 1;
            }
        }
        Ok(mended)
    }

    /// The copies that name a slot which holds something else, and are not told again yet. One copy alone with its
    /// slot needs no look.
    fn hidden<'k>(&self, keys: &[Found<'k>]) -> Result<Vec<Found<'k>>, StateError> {
        let mut hidden = Vec::new();
        let Some(first) = keys.first() else { return Ok(hidden) };
        let alone = !first.is_copy() && keys.len() <= 2;
        // What lies before the tail was erased for its age.
        if alone || first.slot < self.tail(first.shard)? {
            return Ok(hidden);
        }
        let holder = self.nonce(first.shard, first.slot)?.unwrap_or_default();
        for copy in keys.iter().filter(|key| key.is_copy() && key.nonce != holder) {
            if self.untold(copy)?.is_some() {
                hidden.push(*copy);
            }
        }
        Ok(hidden)
    }

    /// Appends once more what is hidden or touched, and for a stream in order what came after that.
    fn tell_again(
        &self,
        keys: &[Found<'_>],
        hidden: &[Found<'_>],
        touched: &[&str],
    ) -> Result<(), StateError> {
        // Told before or not: where a writer has first looked for a place says in which order entries came.
        let first = |key: &Found<'_>| copies_of(keys, key.nonce).map(|copy| copy.slot).min();
        let touches = |key: &&Found<'_>| touched.contains(&key.nonce);
        let from = keys.iter().filter(|key| key.is_copy()).filter(touches).map(first).min();
        let (mut ours, mut kept) = (Vec::new(), Vec::new());
        for key in keys.iter().filter(|key| key.is_copy()) {
            let due = touches(&key) || self.in_order && Some(first(key)) >= from;
            if !due || ours.iter().any(|nonce| nonce == key.nonce) {
                continue;
            }
            for copy in copies_of(keys, key.nonce) {
                if let Some(json) = self.untold(copy)? {
                    kept.push(self.lay(copy.shard, copy.at, copy.nonce, &json)?);
                    ours.push(copy.nonce.to_owned());
                    break;
                }
            }
        }
        if self.in_order
            && let Some(last) = keys.iter().rfind(|key| !key.is_copy())
        {
            self.follow(last.shard, last.slot + 1, ours)?;
        }
        // At the end, so that after a crash all is told again in its order.
        for copy in hidden {
            let key = self.key_of(copy);
            if !kept.contains(&key) {
                self.space.put_text(&key, ELSEWHERE)?;
            }
        }
        Ok(())
    }

    /// What was appended since the listing, which ended before `slot`, stands before the last of `ours` and belongs
    /// after them.
    fn follow(&self, shard: u32, mut slot: u64, mut ours: Vec<String>) -> Result<(), StateError> {
        loop {
            let known = ours.len();
            let from = std::mem::replace(&mut slot, self.end(shard)?);
            for slot in from..slot {
                let key = self.slot_key(shard, slot);
                let Some(held) = self.space.get::<Slot<IgnoredAny>>(&key)? else { continue };
                if !ours.contains(&held.nonce) {
                    if let Some(json) = self.space.text(&key)? {
                        self.lay(shard, held.at, &held.nonce, &json)?;
                    }
                    ours.push(held.nonce);
                }
            }
            if ours.len() == known {
                return Ok(());
            }
        }
    }

    /// What a copy holds, if that is not told again yet.
    fn untold(&self, copy: &Found<'_>) -> Result<Option<String>, StateError> {
        Ok(self.space.text(&self.key_of(copy))?.filter(|json| json != ELSEWHERE))
    }

    fn key_of(&self, copy: &Found<'_>) -> String {
        self.copy_key(copy.shard, copy.slot, copy.at, copy.nonce)
    }
}

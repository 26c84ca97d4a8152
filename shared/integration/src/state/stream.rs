//! Append-only streams: changes, audit, runs.
//!
//! Entries lie in numbered slots, so that a reader needs no listing. The store has no atomic append: two writers
//! that look for the first free slot at the same moment take the same one, and the later hides the earlier. So each
//! writer first puts a copy under a key of its own (see `append`), and what was hidden is told again from the copies
//! (see `mend`), at the end, where every reader still comes by.

mod append;
mod mend;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeSet;

use super::{Space, StateError};
use crate::platform::Store;

/// A stream under one name, spread over `shards` independent sequences.
pub struct Stream<'a, S> {
    space: &'a Space<'a, S>,
    name: &'static str,
    shards: u8,
    in_order: bool,
}

/// Where a reader stands: per shard the slot and the entry in it that come next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position(pub Vec<(u64, u32)>);

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (slot, entry)) in self.0.iter().enumerate() {
            let between = if index == 0 { "" } else { "," };
            write!(f, "{between}{slot}.{entry}")?;
        }
        Ok(())
    }
}

impl Position {
    /// Reads what `Display` wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let shard = |part: &str| {
            let (slot, entry) = part.split_once('.')?;
            Some((slot.parse().ok()?, entry.parse().ok()?))
        };
        text.split(',').map(shard).collect::<Option<_>>().map(Self)
    }
}

/// An entry with the position after it.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamEntry<T> {
    /// Milliseconds since the epoch, as the writer's clock had it.
    pub at: i64,
    /// The entry.
    pub value: T,
    shard: usize,
    next: (u64, u32),
    /// Tells it from all others, and is the same where it is told again.
    id: String,
}

#[derive(Serialize, Deserialize)]
struct Slot<T> {
    nonce: String,
    at: i64,
    e: Vec<T>,
}

impl<'a, S: Store> Stream<'a, S> {
    /// The stream `name` in `space`.
    pub fn new(space: &'a Space<'a, S>, name: &'static str, shards: u8) -> Self {
        Self { space, name, shards, in_order: false }
    }

    /// What follows on an entry in its shard is told again when that is, so that the last that a reader hears of
    /// something is the newest.
    #[must_use]
    pub fn in_order(self) -> Self {
        Self { in_order: true, ..self }
    }

    /// Where the stream begins now; older entries were erased.
    ///
    /// # Errors
    /// The store's failure.
    pub fn start(&self) -> Result<Position, StateError> {
        (0..u32::from(self.shards))
            .map(|shard| Ok((self.tail(shard)?, 0)))
            .collect::<Result<_, _>>()
            .map(Position)
    }

    /// Reads up to `limit` entries after `from`, oldest first (by the writers' clocks between shards), and
    /// the position to go on from. `None` if `from` lies before what is still kept. What is told twice among them
    /// is there once, in its last place.
    ///
    /// # Errors
    /// The store's failure.
    #[expect(clippy::type_complexity, reason = "entries and the next position")]
    pub fn read<T: DeserializeOwned>(
        &self,
        from: &Position,
        limit: usize,
    ) -> Result<Option<(Vec<StreamEntry<T>>, Position)>, StateError> {
        self.heal();
        let mut entries = Vec::new();
        let mut next = from.clone();
        if next.0.len() != usize::from(self.shards) {
            return Ok(None);
        }
        for (shard, start) in from.0.iter().enumerate() {
            let number = u32::try_from(shard).unwrap_or(u32::MAX);
            if start.0 < self.tail(number)? {
                return Ok(None);
            }
            self.read_shard(number, *start, limit, &mut entries)?;
        }
        // A stable sort: entries of one shard keep their order whatever the clocks said.
        let mut order = i64::MIN;
        let mut last_shard = usize::MAX;
        for entry in &mut entries {
            let entry: &mut StreamEntry<T> = entry;
            order = if entry.shard == last_shard { order.max(entry.at) } else { entry.at };
            last_shard = entry.shard;
            entry.at = order;
        }
        entries.sort_by_key(|a| a.at);
        entries.truncate(limit);
        for entry in &entries {
            next.0[entry.shard] = entry.next;
        }
        Ok(Some((once(entries), next)))
    }

    fn read_shard<T: DeserializeOwned>(
        &self,
        shard: u32,
        (mut slot, mut index): (u64, u32),
        limit: usize,
        into: &mut Vec<StreamEntry<T>>,
    ) -> Result<(), StateError> {
        let stop = into.len() + limit;
        while into.len() < stop {
            let Some(found) = self.space.get::<Slot<T>>(&self.slot_key(shard, slot))? else { break };
            let count = u32::try_from(found.e.len()).unwrap_or(u32::MAX);
            for value in found.e.into_iter().skip(index as usize) {
                index += 1;
                let next = if index >= count { (slot + 1, 0) } else { (slot, index) };
                let id = format!("{} {index}", found.nonce);
                into.push(StreamEntry { at: found.at, value, shard: shard as usize, next, id });
            }
            (slot, index) = (slot + 1, 0);
        }
        Ok(())
    }

    /// The newest `limit` entries, newest first.
    ///
    /// # Errors
    /// The store's failure.
    pub fn newest<T: DeserializeOwned>(&self, limit: usize) -> Result<Vec<T>, StateError> {
        self.heal();
        let mut entries: Vec<StreamEntry<T>> = Vec::new();
        for shard in 0..u32::from(self.shards) {
            let tail = self.tail(shard)?;
            let mut slot = self.end(shard)?;
            let stop = entries.len() + limit;
            while slot > tail && entries.len() < stop {
                slot -= 1;
                if let Some(found) = self.space.get::<Slot<T>>(&self.slot_key(shard, slot))? {
                    entries.extend(found.e.into_iter().enumerate().rev().map(|(index, value)| StreamEntry {
                        at: found.at,
                        value,
                        shard: shard as usize,
                        next: (slot, 0),
                        id: format!("{} {index}", found.nonce),
                    }));
                }
            }
        }
        let mut entries = once(entries);
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
        entries.truncate(limit);
        Ok(entries.into_iter().map(|e| e.value).collect())
    }

    /// Erases whole slots that were written before `before` (milliseconds since the epoch), at most
    /// `budget` of them; tells how many went.
    ///
    /// # Errors
    /// The store's failure.
    pub fn erase_before(&self, before: i64, mut budget: usize) -> Result<usize, StateError> {
        let mut erased = 0;
        for shard in 0..u32::from(self.shards) {
            let first = self.tail(shard)?;
            let mut tail = first;
            while budget > 0 {
                let key = self.slot_key(shard, tail);
                match self.space.get::<Slot<serde::de::IgnoredAny>>(&key)? {
                    // The last slot stays, so that the sequence never starts again at a used number.
                    Some(slot) if slot.at < before && self.exists(shard, tail + 1)? => {}
                    _ => break,
                }
                tail += 1;
                budget -= 1;
            }
            if tail > first {
                // The mark first: a reader must never find a hole that looks like the end.
                self.space.put(&self.tail_key(shard), &tail)?;
                for slot in first..tail {
                    self.space.delete(&self.slot_key(shard, slot))?;
                    erased += 1;
                }
            }
        }
        Ok(erased)
    }

    fn exists(&self, shard: u32, slot: u64) -> Result<bool, StateError> {
        Ok(self.space.get::<serde::de::IgnoredAny>(&self.slot_key(shard, slot))?.is_some())
    }

    fn tail(&self, shard: u32) -> Result<u64, StateError> {
        Ok(self.space.get::<u64>(&self.tail_key(shard))?.unwrap_or(0))
    }

    fn slot_key(&self, shard: u32, slot: u64) -> String {
        format!("s:{}:{shard}:{slot}", self.name)
    }

    fn tail_key(&self, shard: u32) -> String {
        format!("s:{}:{shard}:tail", self.name)
    }
}

/// Each entry once, where it stands last.
fn once<T>(mut entries: Vec<StreamEntry<T>>) -> Vec<StreamEntry<T>> {
    let mut seen = BTreeSet::new();
    entries.reverse();
    entries.retain(|entry| seen.insert(entry.id.clone()));
    entries.reverse();
    entries
}

#[cfg(test)]
mod tests;

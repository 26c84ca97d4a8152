//! Append-only streams: changes, audit, runs.
//!
//! The store has no atomic append. A writer looks for the first free slot, writes its entries there
//! under a nonce, and reads back; whoever finds another's nonce takes the next slot. Two writers that
//! interleave exactly between look and read-back can still hide one another. Runs are one at a time, so that
//! is enough for them; a stream that requests write at once is spread over shards, and its writers look after
//! one another ([`Stream::append_in_a_crowd`]).

use sorted::sort_by;
use std::time::Duration;

use iloq_client::io::Clock;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Space, StateError};
use crate::platform::Store;

/// How often the hint of the newest slot is written: once in so many slots.
const HINT_EVERY: u64 = 4;
/// Longer than a writer takes between looking for a free slot and having written it.
const OVERLAP: Duration = Duration::from_millis(60);
/// How often a writer that had to write again looks once more.
const ROUNDS: u32 = 4;
/// Slots before one's own in which another's entries may lie that were written meanwhile.
const AROUND: u64 = 16;

/// A stream under one name, spread over `shards` independent sequences.
pub struct Stream<'a, S> {
    space: &'a Space<'a, S>,
    name: &'static str,
    shards: u8,
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
        Self { space, name, shards }
    }

    /// Appends `entries` together as one slot of the shard that `spread` falls into. Entries with equal
    /// `spread` keep their order.
    ///
    /// # Errors
    /// The store's failure; the entries may then have been appended.
    pub fn append<T: Serialize + DeserializeOwned>(
        &self,
        spread: &str,
        at: i64,
        nonce: &str,
        entries: Vec<T>,
    ) -> Result<(), StateError> {
        self.append_to(super::spread(spread) % u32::from(self.shards), at, nonce, entries)
    }

    /// The same for a shard that the caller chooses.
    ///
    /// # Errors
    /// The store's failure; the entries may then have been appended.
    pub fn append_to<T: Serialize + DeserializeOwned>(
        &self,
        shard: u32,
        at: i64,
        nonce: &str,
        entries: Vec<T>,
    ) -> Result<(), StateError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.place(shard, &Slot { nonce: nonce.to_owned(), at, e: entries }).map(|_| ())
    }

    /// The same for a stream that many write at once: of two that overlap none is hidden. Three that overlap
    /// within one shard can still hide one, so such a stream has many shards.
    ///
    /// Each writer signs in with its entries, writes, and looks whether somebody has signed in since. Of two that
    /// overlap the earlier always sees the later one; it waits until both must be done, and writes again what is
    /// missing, its own or the other's.
    ///
    /// # Errors
    /// The store's failure; the entries may then have been appended.
    pub async fn append_in_a_crowd<T: Serialize + DeserializeOwned>(
        &self,
        clock: &impl Clock,
        shard: u32,
        at: i64,
        nonce: &str,
        entries: Vec<T>,
    ) -> Result<(), StateError> {
        let mine = Slot { nonce: nonce.to_owned(), at, e: entries };
        let signed = format!("s:{}:{shard}:by", self.name);
        let began = clock.monotonic();
        self.space.put(&signed, &mine)?;
        let slot = self.place(shard, &mine)?;
        let last = self.space.get::<Slot<T>>(&signed)?.filter(|last| last.nonce != nonce);
        let Some(last) = last else { return Ok(()) };
        // Where the store is slow for one it is slow for the other.
        let wait = OVERLAP.max(3 * clock.monotonic().saturating_sub(began));
        for _ in 0..ROUNDS {
            clock.sleep(wait).await;
            let mut missing = false;
            for entry in [&mine, &last] {
                if !self.holds(shard, slot, &entry.nonce)? {
                    self.place(shard, entry)?;
                    missing = true;
                }
            }
            if !missing {
                break;
            }
        }
        Ok(())
    }

    /// Writes into the first free slot; tells which.
    fn place<T: Serialize>(&self, shard: u32, value: &Slot<T>) -> Result<u64, StateError> {
        let mut slot = self.hint(shard)?;
        loop {
            let key = self.slot_key(shard, slot);
            if self.space.get::<serde::de::IgnoredAny>(&key)?.is_none() {
                self.space.put(&key, value)?;
                let stored = self.space.get::<Slot<serde::de::IgnoredAny>>(&key)?;
                if stored.is_some_and(|stored| stored.nonce == value.nonce) {
                    break;
                }
            }
            slot += 1;
        }
        if slot.is_multiple_of(HINT_EVERY) {
            self.space.put(&self.hint_key(shard), &slot)?;
        }
        Ok(slot)
    }

    /// Whether a slot around `near` holds the entries written under `nonce`.
    fn holds(&self, shard: u32, near: u64, nonce: &str) -> Result<bool, StateError> {
        let mut slot = near.saturating_sub(AROUND).max(self.tail(shard)?);
        while let Some(found) = self.space.get::<Slot<serde::de::IgnoredAny>>(&self.slot_key(shard, slot))? {
            if found.nonce == nonce {
                return Ok(true);
            }
            slot += 1;
        }
        Ok(false)
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
    /// the position to go on from. `None` if `from` lies before what is still kept.
    ///
    /// # Errors
    /// The store's failure.
    #[expect(clippy::type_complexity, reason = "entries and the next position")]
    pub fn read<T: DeserializeOwned>(
        &self,
        from: &Position,
        limit: usize,
    ) -> Result<Option<(Vec<StreamEntry<T>>, Position)>, StateError> {
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
        sort_by(&mut entries, |a, b| a.at.cmp(&b.at));
        entries.truncate(limit);
        for entry in &entries {
            next.0[entry.shard] = entry.next;
        }
        Ok(Some((entries, next)))
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
                into.push(StreamEntry { at: found.at, value, shard: shard as usize, next });
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
        let mut entries: Vec<StreamEntry<T>> = Vec::new();
        for shard in 0..u32::from(self.shards) {
            let tail = self.tail(shard)?;
            let mut slot = self.end(shard)?;
            let stop = entries.len() + limit;
            while slot > tail && entries.len() < stop {
                slot -= 1;
                if let Some(found) = self.space.get::<Slot<T>>(&self.slot_key(shard, slot))? {
                    entries.extend(found.e.into_iter().rev().map(|value| StreamEntry {
                        at: found.at,
                        value,
                        shard: shard as usize,
                        next: (slot, 0),
                    }));
                }
            }
        }
        sort_by(&mut entries, |a, b| b.at.cmp(&a.at));
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

    fn end(&self, shard: u32) -> Result<u64, StateError> {
        let mut slot = self.hint(shard)?;
        while self.exists(shard, slot)? {
            slot += 1;
        }
        Ok(slot)
    }

    fn hint(&self, shard: u32) -> Result<u64, StateError> {
        let hint = self.space.get::<u64>(&self.hint_key(shard))?.unwrap_or(0);
        Ok(hint.max(self.tail(shard)?))
    }

    fn tail(&self, shard: u32) -> Result<u64, StateError> {
        Ok(self.space.get::<u64>(&self.tail_key(shard))?.unwrap_or(0))
    }

    fn slot_key(&self, shard: u32, slot: u64) -> String {
        format!("s:{}:{shard}:{slot}", self.name)
    }

    fn hint_key(&self, shard: u32) -> String {
        format!("s:{}:{shard}:hint", self.name)
    }

    fn tail_key(&self, shard: u32) -> String {
        format!("s:{}:{shard}:tail", self.name)
    }
}

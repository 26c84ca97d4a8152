//! Events that were taken, so that the same one again has no effect. Bounded: the newest of each part.
//!
//! An event is known by its body, which is signed, and by its subscription with its number: iLOQ sends an event whose answer
//! it did not get again with a new time in the body, and with the same number.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::{
    platform::Store,
    state::{Space, StateError},
};

/// Parts of the memory; part of the layout.
const SHARDS: u32 = 16;
/// Marks in one part; an event has two.
const MOST: usize = 256;

/// One event's place in the memory.
pub struct Memory<'a, S> {
    space: &'a Space<'a, S>,
    place: String,
    marks: Vec<String>,
    known: Vec<String>,
}

impl<'a, S: Store> Memory<'a, S> {
    /// The place of an event. `outline` is the same for an event that is sent again; `number` is its subscription with its
    /// number, if it has them.
    ///
    /// # Errors
    /// The store's failure.
    pub fn of(
        space: &'a Space<'a, S>,
        outline: u32,
        body: &[u8],
        number: Option<&str>,
    ) -> Result<Self, StateError> {
        let place = format!("er:{}", outline % SHARDS);
        let marks = [Some(mark(b'b', body)), number.map(|number| mark(b'n', number.as_bytes()))];
        let known = space.get(&place)?.unwrap_or_default();
        Ok(Self { space, place, marks: marks.into_iter().flatten().collect(), known })
    }

    /// Whether it was taken before.
    pub fn knows_it(&self) -> bool {
        self.marks.iter().any(|mark| self.known.contains(mark))
    }

    /// Remembers it. To be called after its work is stored: an event whose work got lost is sent again by iLOQ.
    ///
    /// # Errors
    /// The store's failure.
    pub fn keep(mut self) -> Result<(), StateError> {
        self.known.append(&mut self.marks);
        let surplus = self.known.len().saturating_sub(MOST);
        self.known.drain(..surplus);
        self.space.put(&self.place, &self.known)
    }
}

fn mark(kind: u8, bytes: &[u8]) -> String {
    let hash = Sha256::new().chain_update([kind]).chain_update(bytes).finalize();
    URL_SAFE_NO_PAD.encode(&hash[..9])
}

//! Writing, up to the commit.

use super::{Part, Root, leaf, part};
use crate::{
    platform::Store,
    state::{Space, StateError},
};

/// How long a replaced value is kept for those who read with an older root.
const KEPT_MS: i64 = 60 * 60 * 1000;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// A commit in the making: what it has written has names that nothing refers to yet.
pub struct Draft<'a> {
    space: Space<'a, dyn Store + 'a>,
    key: String,
    base: u64,
    stem: String,
    number: u32,
    replaced: Vec<String>,
}

/// The root was written by somebody else since it was read.
#[derive(Debug)]
pub enum Overtaken {
    /// So it is.
    Yes,
    /// The store failed.
    State(StateError),
}

impl From<StateError> for Overtaken {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl<'a> Draft<'a> {
    /// Begins a commit of the root under `key` that follows `root`. Names begin with `prefix`, the hour, and
    /// `writer`, which no other writer has or had: 1 to 64 characters of `[A-Za-z0-9]`.
    #[must_use]
    pub fn begin(
        space: Space<'a, dyn Store + 'a>,
        key: &str,
        prefix: &str,
        root: &Root,
        writer: &str,
        now: i64,
    ) -> Self {
        let stem = format!("{prefix}{:x}-{writer}-{:x}-", now.max(0) / HOUR_MS, root.revision);
        Self { space, key: key.to_owned(), base: root.revision, stem, number: 0, replaced: Vec::new() }
    }

    /// Writes a leaf.
    pub(super) fn put_leaf(&mut self, leaf: leaf::Draft) -> Result<Part, StateError> {
        self.put(leaf.part, &leaf.text)
    }

    /// Writes a node that lists `parts`, which are some.
    pub(super) fn put_node(&mut self, parts: &[Part]) -> Result<Option<Part>, StateError> {
        let Some(part) = part::sum(parts) else { return Ok(None) };
        let text = self.space.json(&self.stem, &parts)?;
        self.put(part, &text).map(Some)
    }

    fn put(&mut self, mut part: Part, text: &str) -> Result<Part, StateError> {
        part.name = format!("{}{:x}", self.stem, self.number);
        self.number += 1;
        self.space.put_text(&part.name, text)?;
        Ok(part)
    }

    /// Notes that a value is no longer listed.
    pub(super) fn replace(&mut self, part: &Part) {
        self.replaced.push(part.name.clone());
    }

    /// Writes `root`: from here on it is what everybody reads. Then erases what was replaced long enough ago.
    ///
    /// The store has no compare-and-swap. A writer that comes between the check and the write is overwritten,
    /// with what it committed; so writers are kept apart by a lease, and what they commit must be found again by
    /// the next one (a cursor beside the trees does that).
    ///
    /// # Errors
    /// [`Overtaken`]; nothing is changed then, unless the store failed in the write itself.
    pub fn commit(self, root: &mut Root, now: i64) -> Result<(), Overtaken> {
        let stored: Option<Root> = self.space.get(&self.key)?;
        if stored.map_or(0, |root| root.revision) != self.base {
            return Err(Overtaken::Yes);
        }
        root.revision = self.base + 1;
        root.remember(now, self.replaced);
        let expired = root.expired(now - KEPT_MS);
        self.space.put(&self.key, root)?;
        for name in expired {
            // What stays is found by housekeeping.
            let _ = self.space.delete(&name);
        }
        Ok(())
    }
}

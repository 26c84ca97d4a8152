//! Writers that cross at a shared value, and the mark that they leave.
//!
//! The store has no compare-and-swap: of two that read, change and write one value at the same moment one undoes
//! the other. So each signs in at the value first and looks afterwards whether somebody else has signed in since.
//! Of two that overlap the earlier one always sees a later one's sign; it leaves a mark, and whoever finds the mark
//! restores what is missing from a listing of the store.
//!
//! A writer that dies before it looks leaves no mark. Housekeeping looks without one.

use serde::{Serialize, de::IgnoredAny};

use super::{Space, StateError};
use crate::platform::Store;

/// Something shared by writers that may cross.
pub struct Doubt<'a, S> {
    space: &'a Space<'a, S>,
    mark: &'a str,
}

impl<'a, S: Store> Doubt<'a, S> {
    /// What is shared is in doubt while there is a value under `mark`.
    pub fn new(space: &'a Space<'a, S>, mark: &'a str) -> Self {
        Self { space, mark }
    }

    /// Does `work` signed in under the key `at`, which belongs to the value that the work changes; `sign` tells
    /// this writer from all others. Leaves the mark if somebody else signed in meanwhile.
    ///
    /// # Errors
    /// The store's failure, or what the work failed with.
    pub fn signed(
        &self,
        at: &str,
        sign: &impl Serialize,
        work: impl FnOnce() -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        let sign = self.space.json(at, sign)?;
        self.space.put_text(at, &sign)?;
        let done = work();
        // A write that failed may have happened, and who can't be asked about may have signed in.
        if done.is_ok() && matches!(self.space.holds_text(at, &sign), Ok(true)) {
            return done;
        }
        self.mark()?;
        done
    }

    /// Leaves the mark.
    ///
    /// # Errors
    /// The store's failure.
    pub fn mark(&self) -> Result<(), StateError> {
        self.space.put(self.mark, &true)
    }

    /// Calls `heal` if there is doubt. If that fails or the process dies in it, the doubt stays; a mark that is
    /// left meanwhile stays too.
    ///
    /// # Errors
    /// The store's failure, or what healing failed with.
    pub fn settle(&self, heal: impl FnOnce() -> Result<(), StateError>) -> Result<(), StateError> {
        let healing = self.healing();
        if !self.is_there()? {
            return Ok(());
        }
        self.space.put(&healing, &true)?;
        self.space.delete(self.mark)?;
        heal()?;
        self.space.delete(&healing)
    }

    /// Whether there is doubt.
    ///
    /// # Errors
    /// The store's failure.
    pub fn is_there(&self) -> Result<bool, StateError> {
        Ok(self.has(self.mark)? || self.has(&self.healing())?)
    }

    fn healing(&self) -> String {
        format!("{}-healing", self.mark)
    }

    fn has(&self, key: &str) -> Result<bool, StateError> {
        Ok(self.space.get::<IgnoredAny>(key)?.is_some())
    }
}

//! Crashes at a chosen effect: each store write and each request to iLOQ has a moment before and one after it.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

/// What a crash unwinds with.
struct Crash;

#[derive(Default)]
pub struct Effects {
    seen: Cell<u64>,
    crash_at: Cell<Option<u64>>,
}

impl Effects {
    /// A moment at which the process may die.
    pub fn moment(&self) {
        self.seen.set(self.seen.get() + 1);
        if self.crash_at.get() == Some(self.seen.get()) {
            self.crash_at.set(None);
            resume_unwind(Box::new(Crash));
        }
    }

    /// Moments since the last reset.
    pub fn seen(&self) -> u64 {
        self.seen.get()
    }

    /// Counts from here; the process dies at moment `at`, if given.
    pub fn reset(&self, at: Option<u64>) {
        self.seen.set(0);
        self.crash_at.set(at);
    }
}

/// Runs `work`; `None` if it crashed on purpose.
pub fn catch_crash<T>(work: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => Some(done),
        Err(cause) if cause.is::<Crash>() => None,
        Err(cause) => resume_unwind(cause),
    }
}

//! What iLOQ was asked for, and how long that took.

use std::{cell::Cell, time::Duration};

/// Requests to iLOQ, retries and logins included.
#[derive(Debug, Default)]
pub struct Traffic {
    requests: Cell<u64>,
    time: Cell<Duration>,
}

impl Traffic {
    /// One more request, which took so long to be answered or to fail.
    pub fn add(&self, took: Duration) {
        self.requests.set(self.requests.get() + 1);
        self.time.set(self.time.get() + took);
    }

    /// How many there were.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.get()
    }

    /// How long they took in all, in milliseconds. Some run side by side, so it may be more than has passed.
    #[must_use]
    pub fn millis(&self) -> u64 {
        u64::try_from(self.time.get().as_millis()).unwrap_or(u64::MAX)
    }
}

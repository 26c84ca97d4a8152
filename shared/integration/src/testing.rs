//! A platform in memory, with a clock that is turned by hand. For tests only.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};

use chrono::{DateTime, TimeZone, Utc};
use iloq_client::io::{Clock, Random};

use crate::platform::{Store, StoreError};

/// A deterministic source of bytes.
pub struct SeededRandom(Cell<u64>);

impl SeededRandom {
    /// Different seeds give different bytes.
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1))
    }
}

impl Random for SeededRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let mut x = self.0.get();
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            self.0.set(x);
            *byte = x.to_le_bytes()[3];
        }
    }
}

/// A clock that moves only when somebody sleeps or turns it.
pub struct ManualClock {
    start: DateTime<Utc>,
    elapsed: Cell<Duration>,
}

impl Default for ManualClock {
    fn default() -> Self {
        let start = Utc.timestamp_opt(1_790_000_000, 0).single().unwrap_or_default();
        Self { start, elapsed: Cell::new(Duration::ZERO) }
    }
}

impl ManualClock {
    /// Turns the clock.
    pub fn advance(&self, by: Duration) {
        self.elapsed.set(self.elapsed.get() + by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        self.start + self.elapsed.get()
    }

    fn monotonic(&self) -> Duration {
        self.elapsed.get()
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.elapsed.get() + duration;
        // Others go first: whoever has work at this moment does it before time passes.
        let mut turns = 0;
        std::future::poll_fn(|cx| {
            turns += 1;
            if turns > 8 || self.elapsed.get() >= end {
                return std::task::Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
        if self.elapsed.get() < end {
            self.elapsed.set(end);
        }
    }
}

/// A store in memory that counts.
#[derive(Default)]
pub struct MemoryStore {
    values: RefCell<BTreeMap<String, Vec<u8>>>,
    reads: Cell<u64>,
    writes: Cell<u64>,
}

impl MemoryStore {
    /// Reads so far.
    pub fn reads(&self) -> u64 {
        self.reads.get()
    }

    /// Writes and deletions so far.
    pub fn writes(&self) -> u64 {
        self.writes.get()
    }

    /// Everything that is stored.
    pub fn snapshot(&self) -> BTreeMap<String, Vec<u8>> {
        self.values.borrow().clone()
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.reads.set(self.reads.get() + 1);
        Ok(self.values.borrow().get(key).cloned())
    }

    fn set(&self, key: &str, value: &[u8]) -> Result<(), StoreError> {
        self.writes.set(self.writes.get() + 1);
        self.values.borrow_mut().insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.writes.set(self.writes.get() + 1);
        self.values.borrow_mut().remove(key);
        Ok(())
    }

    fn keys(&self) -> Result<Vec<String>, StoreError> {
        Ok(self.values.borrow().keys().cloned().collect())
    }
}

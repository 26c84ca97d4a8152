//! How much of everything.

/// The sizes of the jobs.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// How often each job is done by each side.
    pub runs: usize,
    /// How far away iLOQ is, where waiting is what counts, in milliseconds.
    pub latency_ms: u64,
    /// Persons that are imported.
    pub persons: usize,
    /// New users that are brought to iLOQ.
    pub pushed: usize,
    /// Keys whose access rights are changed in one call.
    pub keys: usize,
    /// Rows of the access log.
    pub rows: u32,
    /// Pages of the log that are read in a row.
    pub pages: u32,
}

impl Scale {
    /// What `docs/performance.md` shows: some minutes.
    #[must_use]
    pub fn full() -> Self {
        Self { runs: 3, latency_ms: 50, persons: 10_000, pushed: 1_000, keys: 20, rows: 100_000, pages: 50 }
    }

    /// Whether everything runs, and both sides do what they should: some seconds.
    #[must_use]
    pub fn quick() -> Self {
        Self { runs: 1, latency_ms: 1, persons: 60, pushed: 8, keys: 3, rows: 3_000, pages: 2 }
    }
}

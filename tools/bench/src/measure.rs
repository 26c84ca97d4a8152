//! Samples, and what is made of them.

use std::time::Duration;

use anyhow::Result;
use tokio::time::Instant;

use crate::Iloq;

/// One run of a job by one side.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// How long the caller waited.
    pub took: Duration,
    /// What iLOQ was asked.
    pub requests: u64,
}

/// Does `work` and tells what it cost.
///
/// # Errors
/// Those of `work`.
pub async fn timed<T>(iloq: &Iloq, work: impl Future<Output = Result<T>>) -> Result<(Sample, T)> {
    iloq.simulator.reset_calls();
    let began = Instant::now();
    let done = work.await?;
    let took = began.elapsed();
    Ok((Sample { took, requests: iloq.simulator.counters().total }, done))
}

/// All runs of a job.
#[derive(Clone, Debug)]
pub struct Row {
    /// What is done.
    pub job: String,
    /// By the functions.
    pub ours: Vec<Sample>,
    /// By the peer.
    pub peer: Vec<Sample>,
    /// By the wire alone.
    pub wire: Vec<Duration>,
    /// For a throughput: how many rows there are.
    pub rows: Option<u32>,
}

impl Row {
    /// Nothing was measured yet.
    #[must_use]
    pub fn new(job: impl Into<String>) -> Self {
        Self { job: job.into(), ours: Vec::new(), peer: Vec::new(), wire: Vec::new(), rows: None }
    }

    /// The job is a throughput of so many rows.
    #[must_use]
    pub fn of_rows(mut self, rows: u32) -> Self {
        self.rows = Some(rows);
        self
    }
}

/// The shortest and the middle one; nothing of nothing.
pub(crate) fn spread(times: impl IntoIterator<Item = Duration>) -> Option<(Duration, Duration)> {
    let mut times: Vec<Duration> = times.into_iter().collect();
    times.sort_unstable();
    Some((*times.first()?, *times.get(times.len() / 2)?))
}

//! How many calls to have in flight at once: as many as iLOQ bears.

use std::time::Duration;

use crate::{Error, ErrorKind};

const START: usize = 4;
const MOST: usize = 16;

/// How one call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaceOutcome {
    /// Answered; also a refusal of the single call (4xx).
    Success,
    /// 429, 5xx, or no answer in time.
    Overload,
}

impl PaceOutcome {
    /// Judges a call's result.
    #[must_use]
    pub fn of<T>(result: &Result<T, Error>) -> Self {
        match result.as_ref().err().map(|error| &**error) {
            Some(ErrorKind::Status { status, .. }) if *status == 429 || *status >= 500 => Self::Overload,
            Some(ErrorKind::Lost { .. } | ErrorKind::Deadline { .. } | ErrorKind::NotReached { .. }) => {
                Self::Overload
            }
            _ => Self::Success,
        }
    }
}

/// Additive increase, multiplicative decrease, from 4 up to 16 calls at once.
///
/// It halves on an overload or when the latency doubles, and at most once for the calls that were
/// already in flight then: they tell of the same moment.
#[derive(Clone, Debug)]
pub struct Pace {
    limit: usize,
    /// Fine calls since the limit changed.
    fine: usize,
    /// Calls to come whose bad news is already known.
    deaf: usize,
    /// Smoothed latency, in seconds, of the calls that went well.
    usual: Option<f64>,
}

impl Default for Pace {
    fn default() -> Self {
        Self { limit: START, fine: 0, deaf: 0, usual: None }
    }
}

impl Pace {
    /// The pace at the start of a run.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many calls may be in flight at once: 1 to 16.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Takes one call's outcome and latency into account.
    pub fn record(&mut self, outcome: PaceOutcome, latency: Duration) {
        let seconds = latency.as_secs_f64();
        // Ten milliseconds more are noise, whatever their share.
        let slow = self.usual.is_some_and(|usual| seconds > 2.0 * usual && seconds > usual + 0.01);
        if outcome == PaceOutcome::Success {
            self.usual = Some(self.usual.map_or(seconds, |usual| 0.9 * usual + 0.1 * seconds));
        }
        if outcome == PaceOutcome::Overload || slow {
            self.fine = 0;
            if self.deaf == 0 {
                self.deaf = self.limit;
                self.limit = (self.limit / 2).max(1);
            }
        } else {
            self.fine += 1;
            if self.fine >= self.limit && self.limit < MOST {
                self.limit += 1;
                self.fine = 0;
            }
        }
        self.deaf = self.deaf.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEADY: Duration = Duration::from_millis(50);

    fn after(calls: &[(PaceOutcome, Duration, usize)]) -> usize {
        let mut pace = Pace::default();
        for (outcome, latency, times) in calls {
            for _ in 0..*times {
                pace.record(*outcome, *latency);
            }
        }
        pace.limit()
    }

    #[test]
    fn it_starts_at_four_and_grows_by_one_per_round_up_to_sixteen() {
        assert_eq!(after(&[]), 4);
        assert_eq!(after(&[(PaceOutcome::Success, STEADY, 3)]), 4);
        assert_eq!(after(&[(PaceOutcome::Success, STEADY, 4)]), 5);
        assert_eq!(after(&[(PaceOutcome::Success, STEADY, 4 + 5)]), 6);
        assert_eq!(after(&[(PaceOutcome::Success, STEADY, 1000)]), 16);
    }

    #[test]
    fn an_overload_halves_it_once_per_round_and_never_below_one() {
        let full = (PaceOutcome::Success, STEADY, 1000);
        assert_eq!(after(&[full, (PaceOutcome::Overload, STEADY, 1)]), 8);
        assert_eq!(after(&[full, (PaceOutcome::Overload, STEADY, 16)]), 8);
        assert_eq!(after(&[full, (PaceOutcome::Overload, STEADY, 17)]), 4);
        assert_eq!(after(&[(PaceOutcome::Overload, STEADY, 1000)]), 1);
    }

    #[test]
    fn a_doubled_latency_halves_it_and_a_new_steady_one_is_learnt() {
        let full = (PaceOutcome::Success, STEADY, 1000);
        assert_eq!(after(&[full, (PaceOutcome::Success, 3 * STEADY, 1)]), 8);
        assert_eq!(after(&[full, (PaceOutcome::Success, 3 * STEADY, 1000)]), 16);
        assert_eq!(
            after(&[
                (PaceOutcome::Success, Duration::from_micros(10), 1000),
                (PaceOutcome::Success, Duration::from_millis(5), 1)
            ]),
            16
        );
    }
}

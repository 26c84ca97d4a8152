//! How often, and after how long, a call is made again.

use std::time::Duration;

use crate::io::Random;
use crate::{Error, ErrorKind};

/// Tries of one call, the first included.
pub(crate) const MOST_TRIES: u32 = 3;
/// Retries of one client, over all its calls: when iLOQ is ill, retries must not multiply its load.
pub(crate) const BUDGET: u32 = 20;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(3);
/// The longest `Retry-After` that is waited for; a longer one is left to the next run.
const LONGEST_ASKED: Duration = Duration::from_secs(60);

/// Whether a call may be made again as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It changes nothing, or the same thing again: on every passing failure.
    Read,
    /// Only if it certainly had no effect.
    Write,
}

impl Kind {
    /// Whether this failure is one that may pass, so that the call may be made again.
    pub(crate) fn may_retry(self, error: &Error) -> bool {
        match **error {
            ErrorKind::NotReached { .. } => true,
            ErrorKind::Lost { .. } => self == Self::Read,
            ErrorKind::Status { status: 429, .. } => true,
            ErrorKind::Status { status: 503, retry_after: Some(_), .. } => true,
            ErrorKind::Status { status: 502..=504, .. } => self == Self::Read,
            _ => false,
        }
    }
}

/// How long to wait before try number `tries` + 1; `None` if iLOQ asks for more than is worth waiting for.
pub(crate) fn pause(tries: u32, error: &Error, random: &impl Random) -> Option<Duration> {
    let asked = match **error {
        ErrorKind::Status { retry_after: Some(seconds), .. } => Duration::from_secs(u64::from(seconds)),
        _ => Duration::ZERO,
    };
    (asked <= LONGEST_ASKED).then(|| asked.max(jitter(tries, random)))
}

/// Full jitter: anything from nothing up to 200 ms · 2ⁿ, at most 3 s.
fn jitter(tries: u32, random: &impl Random) -> Duration {
    let most = FIRST.saturating_mul(1 << tries.saturating_sub(1).min(8)).min(LONGEST);
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    most.mul_f64(f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);

    impl Random for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    fn asked(retry_after: Option<u32>) -> Error {
        ErrorKind::Status { operation: "x", status: 503, code: None, message: None, retry_after }.into()
    }

    #[test]
    fn pauses_double_up_to_three_seconds() {
        let longest: Vec<_> = (1..7).filter_map(|tries| pause(tries, &asked(None), &Fixed(255))).collect();
        assert_eq!(
            longest.iter().map(Duration::as_millis).collect::<Vec<_>>(),
            [200, 400, 800, 1600, 3000, 3000]
        );
        assert_eq!(pause(6, &asked(None), &Fixed(0)), Some(Duration::ZERO));
    }

    #[test]
    fn iloq_decides_if_it_asks_for_more() {
        assert_eq!(pause(1, &asked(Some(7)), &Fixed(255)), Some(Duration::from_secs(7)));
        assert_eq!(pause(1, &asked(Some(3600)), &Fixed(255)), None);
    }
}

//! The wall clock that guests see, and that schedules follow.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use tokio::sync::watch;
use wasmtime_wasi::HostWallClock;

/// A wait is looked at again after this long: the machine may have slept, or its clock been put right.
const LOOK: Duration = Duration::from_secs(30);

/// This machine's clock, some seconds ahead (or behind).
#[derive(Clone)]
pub(super) struct Clock(Arc<watch::Sender<i64>>);

impl Clock {
    pub(super) fn new(offset: i64) -> Self {
        Self(Arc::new(watch::Sender::new(offset)))
    }

    /// Sets how many seconds it is ahead.
    pub(super) fn set_offset(&self, seconds: i64) {
        self.0.send_replace(seconds);
    }

    /// Time since 1970.
    #[expect(clippy::disallowed_methods, reason = "this is where guests' clock comes from")]
    pub(super) fn since_epoch(&self) -> Duration {
        // A machine whose clock is before 1970 gets 1970.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let offset = *self.0.borrow();
        let shift = Duration::from_secs(offset.unsigned_abs());
        if offset < 0 { now.saturating_sub(shift) } else { now + shift }
    }

    /// The same as a date.
    pub(super) fn date(&self) -> DateTime<Utc> {
        let now = self.since_epoch();
        let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        DateTime::from_timestamp(seconds, now.subsec_nanos()).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Somebody who waits for moments of this clock.
    pub(super) fn waiter(&self) -> Waiter {
        let mut turned = self.0.subscribe();
        let offset = *turned.borrow_and_update();
        Waiter { clock: self.clone(), turned, offset }
    }
}

/// Waits for moments, and notices when the clock is turned.
pub(super) struct Waiter {
    clock: Clock,
    turned: watch::Receiver<i64>,
    /// The one that the last look at the clock saw.
    offset: i64,
}

impl Waiter {
    /// What the clock shows.
    pub(super) fn now(&mut self) -> DateTime<Utc> {
        self.offset = *self.turned.borrow_and_update();
        self.clock.date()
    }

    /// Waits until `moment`, which was reckoned from the last [`Waiter::now`]. False if the clock was turned back
    /// since.
    pub(super) async fn until(&mut self, moment: DateTime<Utc>) -> bool {
        loop {
            if *self.turned.borrow_and_update() < self.offset {
                return false;
            }
            let left = (moment - self.clock.date()).to_std().unwrap_or_default();
            if left.is_zero() {
                return true;
            }
            tokio::select! {
                () = tokio::time::sleep(left.min(LOOK)) => {}
                // The sender lives as long as this.
                _ = self.turned.changed() => {}
            }
        }
    }
}

impl HostWallClock for Clock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        self.since_epoch()
    }
}

//! When the whole run has to be over.

use std::time::Duration;

use crate::io::Clock;

/// A moment on the monotonic clock after which nothing is sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Duration);

impl Deadline {
    /// `duration` from now.
    pub fn after(clock: &impl Clock, duration: Duration) -> Self {
        Self(clock.monotonic().saturating_add(duration))
    }

    /// At this reading of the monotonic clock.
    #[must_use]
    pub const fn at(monotonic: Duration) -> Self {
        Self(monotonic)
    }

    /// What is left; zero once it has passed.
    pub fn left(self, clock: &impl Clock) -> Duration {
        self.0.saturating_sub(clock.monotonic())
    }

    /// Whether it has passed.
    pub fn has_passed(self, clock: &impl Clock) -> bool {
        self.left(clock).is_zero()
    }
}

//! The wall clock that guests see.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use wasmtime_wasi::HostWallClock;

/// This machine's clock, some seconds ahead (or behind).
pub(super) struct Shifted(pub(super) Arc<AtomicI64>);

impl HostWallClock for Shifted {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    #[expect(clippy::disallowed_methods, reason = "this is where guests' clock comes from")]
    fn now(&self) -> Duration {
        // A machine whose clock is before 1970 gets 1970.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let offset = self.0.load(Ordering::SeqCst);
        let shift = Duration::from_secs(offset.unsigned_abs());
        if offset < 0 { now.saturating_sub(shift) } else { now + shift }
    }
}

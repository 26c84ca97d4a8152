//! The host's clocks.

use std::time::Duration;

use chrono::{DateTime, Utc};
use iloq_client::io::Clock;
use wasi::clocks::{monotonic_clock, wall_clock};

use crate::wait;

/// `wasi:clocks`.
#[derive(Clone, Copy, Debug, Default)]
pub struct WasiClock;

impl Clock for WasiClock {
    fn now(&self) -> DateTime<Utc> {
        let now = wall_clock::now();
        let seconds = i64::try_from(now.seconds).unwrap_or(i64::MAX);
        DateTime::from_timestamp(seconds, now.nanoseconds).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(monotonic_clock::now())
    }

    async fn sleep(&self, duration: Duration) {
        wait::sleep(duration).await;
    }
}

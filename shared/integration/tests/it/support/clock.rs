//! Virtual time: it moves only when everybody waits.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
    task::Poll,
    time::Duration,
};

use chrono::{DateTime, TimeZone, Utc};
use iloq_client::io::Clock;

/// Turns in which nobody else had anything to do, before time moves.
const IDLE_TURNS: u32 = 3;

pub struct VirtualClock {
    start: DateTime<Utc>,
    elapsed: Cell<Duration>,
    sleepers: RefCell<BTreeSet<(Duration, u64)>>,
    next: Cell<u64>,
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self {
            start: Utc.with_ymd_and_hms(2026, 11, 24, 8, 0, 0).unwrap(),
            elapsed: Cell::default(),
            sleepers: RefCell::default(),
            next: Cell::default(),
        }
    }
}

impl VirtualClock {
    pub fn advance(&self, by: Duration) {
        self.elapsed.set(self.elapsed.get() + by);
    }
}

/// Takes a sleeper off the list also when its future is dropped.
struct Asleep<'a> {
    clock: &'a VirtualClock,
    place: (Duration, u64),
}

impl Drop for Asleep<'_> {
    fn drop(&mut self) {
        self.clock.sleepers.borrow_mut().remove(&self.place);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> DateTime<Utc> {
        self.start + self.elapsed.get()
    }

    fn monotonic(&self) -> Duration {
        self.elapsed.get()
    }

    async fn sleep(&self, duration: Duration) {
        let place = (self.elapsed.get() + duration, self.next.replace(self.next.get() + 1));
        self.sleepers.borrow_mut().insert(place);
        let _asleep = Asleep { clock: self, place };
        let mut turns = 0;
        std::future::poll_fn(|cx| {
            if self.elapsed.get() >= place.0 {
                return Poll::Ready(());
            }
            turns += 1;
            if turns > IDLE_TURNS && self.sleepers.borrow().first() == Some(&place) {
                self.elapsed.set(place.0);
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}

//! Leases: they keep two runs of one kind apart in the usual case. Nothing is wrong if two run after all.
//!
//! The holder beats every second. Whoever finds a lease watches it for a while: one that does not beat
//! belongs to a run that died, and is taken over.

use std::{cell::Cell, time::Duration};

use iloq_client::io::Clock;
use serde::{Deserialize, Serialize};

use super::{Space, StateError};
use crate::platform::Store;

/// How often the holder beats.
const BEAT: Duration = Duration::from_secs(1);
/// How long a lease without a beat is watched before it is taken over.
const WATCH: Duration = Duration::from_millis(3_200);
/// How often a watcher looks.
const LOOK: Duration = Duration::from_millis(400);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Value {
    owner: String,
    epoch: u64,
    beat: u64,
}

/// Somebody else is at it.
#[derive(Debug)]
pub enum Busy {
    /// The lease is alive.
    Held,
    /// The store failed.
    State(StateError),
}

impl From<StateError> for Busy {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

/// A lease that is held.
pub struct Lease<'a, S> {
    space: &'a Space<'a, S>,
    key: String,
    owner: String,
    epoch: u64,
    beat: Cell<u64>,
}

impl<'a, S: Store> Lease<'a, S> {
    /// Takes the lease `name` for `owner`. A lease of the same owner (the same request, sent again) is
    /// taken at once; another's only if it does not beat while it is watched.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn acquire(
        space: &'a Space<'a, S>,
        clock: &impl Clock,
        name: &str,
        owner: &str,
    ) -> Result<Self, Busy> {
        let key = format!("lease:{name}");
        let mut seen = space.get::<Value>(&key)?;
        let start = clock.monotonic();
        while let Some(held) = seen.as_ref().filter(|held| held.owner != owner) {
            if clock.monotonic() - start >= WATCH {
                break;
            }
            clock.sleep(LOOK).await;
            let now = space.get::<Value>(&key)?;
            if now.as_ref().is_some_and(|now| now != held) {
                return Err(Busy::Held);
            }
            seen = now;
        }
        let epoch = seen.map_or(1, |held| held.epoch + 1);
        let lease = Self { space, key, owner: owner.to_owned(), epoch, beat: Cell::new(0) };
        lease.write()?;
        let stored = space.get::<Value>(&lease.key)?;
        if stored.is_some_and(|v| v.owner == lease.owner && v.epoch == epoch) {
            Ok(lease)
        } else {
            Err(Busy::Held)
        }
    }

    /// Runs `work` and beats meanwhile.
    pub async fn during<T>(&self, clock: &impl Clock, work: impl Future<Output = T>) -> T {
        let beats = async {
            loop {
                clock.sleep(BEAT).await;
                // A beat that can't be written is no reason to stop: the lease is advisory. One that was
                // taken over is left to its new holder.
                if self.is_mine() {
                    let _ = self.write();
                }
            }
        };
        let (work, beats) = (std::pin::pin!(work), std::pin::pin!(beats));
        match futures::future::select(work, beats).await {
            futures::future::Either::Left((done, _)) => done,
            futures::future::Either::Right((never, _)) => never,
        }
    }

    /// Gives the lease back, unless somebody has taken it over.
    pub fn release(self) {
        if self.is_mine() {
            let _ = self.space.delete(&self.key);
        }
    }

    fn is_mine(&self) -> bool {
        let held = self.space.get::<Value>(&self.key);
        matches!(held, Ok(Some(v)) if v.owner == self.owner && v.epoch == self.epoch)
    }

    fn write(&self) -> Result<(), StateError> {
        let beat = self.beat.get() + 1;
        self.beat.set(beat);
        self.space.put(&self.key, &Value { owner: self.owner.clone(), epoch: self.epoch, beat })
    }
}

//! The jobs against the simulator, in one process and in virtual time.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

mod abandoned;
mod answers;
mod at_once;
mod blocked_phones;
mod blocking;
mod codes;
mod crash;
mod events;
mod fairness;
mod following;
mod gate;
mod guarded;
mod hostile;
mod keys;
mod licence;
mod limits;
mod log_reading;
mod mobile_keys;
mod parking;
mod partly;
mod pulling;
mod replacing;
mod resending;
mod revoking;
mod room;
mod saving;
mod schedule;
mod structure;
mod syncing;
mod systems;
mod trail;
mod zones;

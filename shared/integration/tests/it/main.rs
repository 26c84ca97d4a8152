//! The jobs against the simulator, in one process and in virtual time.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

mod blocking;
mod crash;
mod events;
mod fairness;
mod gate;
mod keys;
mod limits;
mod log_reading;
mod mobile_keys;
mod pulling;
mod saving;
mod schedule;
mod structure;
mod syncing;
mod systems;

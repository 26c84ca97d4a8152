//! The jobs against the simulator, in one process and in virtual time.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

mod at_once;
mod blocking;
mod codes;
mod crash;
mod following;
mod gate;
mod guarded;
mod keys;
mod limits;
mod mobile_keys;
mod saving;
mod structure;
mod syncing;
mod systems;
mod trail;

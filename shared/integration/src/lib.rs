//! The jobs: what a component does, from the checks on a request to the answer.
//!
//! - [`platform`]: everything outside, as traits;
//! - [`http`]: the checks that hold on every route, idempotency keys, the audit trail;
//! - [`state`]: how state lies in the key-value store; [`seal`]: secrets at rest;
//! - [`system`]: one locking system during one call;
//! - [`systems`], [`structure`], [`users`], [`keys`], [`mobile_keys`], [`events`], [`jobs`], [`meta`]: the operations, one module a component;
//! - [`schedule`]: a job's route, called at its time;
//! - [`config`]: the application's variables; [`problem`]: from what went wrong to what the caller is told.

pub mod blocking;
mod certain;
pub mod config;
pub mod events;
pub mod http;
pub mod jobs;
pub mod keys;
pub mod limits;
pub mod logs;
pub mod meta;
pub mod mobile_keys;
pub mod platform;
pub mod problem;
pub mod schedule;
pub mod seal;
mod side_by_side;
pub mod state;
pub mod structure;
pub mod system;
pub mod systems;
#[cfg(test)]
mod testing;
pub mod traffic;
pub mod users;
pub mod zone;

//! The host against a component that misbehaves on request.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "clippy sees the tests' helpers as common code"
)]

mod effects;
mod limits;
mod manifest;
mod outbound;
mod probe;
mod redis;
mod routes;
mod schedules;
mod state;
mod stores;
mod tls;

//! Every function as its .wasm in the runner, over TCP, against the simulator.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod support;

mod crash;
mod crowd;
mod events;
mod gate;
mod input;
mod keys;
mod log_files;
mod log_scale;
mod redis;
mod scale;
mod schedules;
mod secrets;
mod sigkill;
mod smoke;
mod tenants;
mod trouble;

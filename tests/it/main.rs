//! Every function as its .wasm in the runner, over TCP, against the simulator.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]
#![expect(
    clippy::disallowed_methods,
    reason = "what is told to a real host and to its guests is told by the real clock"
)]

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
mod redis_trouble;
mod scale;
mod schedules;
mod secrets;
mod sigkill;
mod smoke;
mod tenants;
mod tick;
mod trouble;
mod two_processes;

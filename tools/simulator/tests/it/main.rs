//! The simulator as its clients see it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that can not go on must stop")]
#![expect(clippy::needless_pass_by_value, reason = "bodies are written in place")]

mod block_list;
mod client;
mod control;
mod faults;
mod keys;
mod limits;
mod logs;
mod orders;
mod persons;
mod phones;
mod rights;
mod rules;
mod sessions;
mod structure;
mod tcp;
mod webhooks;

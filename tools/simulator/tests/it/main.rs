//! The simulator as its clients see it.

#![expect(clippy::unwrap_used, reason = "a test that can not go on must stop")]

mod client;
mod persons;

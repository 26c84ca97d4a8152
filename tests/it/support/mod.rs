//! The application in the runner, simulators, and callers of the portal's API.

mod app;
mod client;
pub mod hook;
mod iloq;
mod outcome;
mod process;
mod slow;
mod state;
mod waiting;
mod watcher;

pub use app::{App, Setup, TOKEN, tokens};
pub use client::{Portal, Response};
pub use iloq::{Iloq, PASSWORD};
pub use outcome::{both_sides, outcome, users};
pub use process::Process;
pub use slow::Slow;
pub use state::{Rows, State};
pub use waiting::until;
pub use watcher::Watcher;

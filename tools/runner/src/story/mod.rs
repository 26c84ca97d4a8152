//! A made-up locking system with the functions in front of it: to try out, and to watch.
//!
//! - [`serve`]: starts everything, prints what to try, and serves until Ctrl-C.
//! - [`tell`]: goes through what the functions do, step by step, and proves each claim.
//!
//! `house` is everything that runs, `stage` what a step works with, `steps` has a function for each step.

mod client;
mod demo;
mod house;
mod iloq;
mod place;
mod secrets;
mod stage;
mod start;
mod steps;
mod table;
mod teller;
mod trying;

pub use demo::{DemoArgs, tell};
pub use start::{StartArgs, serve};
pub use teller::{Style, Teller};

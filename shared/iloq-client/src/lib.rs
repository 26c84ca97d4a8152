#![doc = include_str!("../README.md")]

pub mod io;

mod address;
mod api;
mod bodies;
mod call;
mod client;
mod config;
mod deadline;
mod decode;
mod error;
mod lookup;
mod operations;
mod origin;
mod pace;
mod retry;
mod session;
#[cfg(test)]
mod tests;

pub use address::{Address, InvalidAddress, origin_of};
#[cfg(any(test, feature = "mock"))]
pub use api::MockIloqApi;
pub use api::{IloqApi, LogSink, Lookup, SessionFacts, SignIn, View};
pub use call::AnswerLimit;
pub use client::{Client, RequestNote};
pub use config::{Credentials, KeptSession};
pub use deadline::Deadline;
pub use error::{Error, ErrorKind};
pub use iloq_model::Secret;
pub use origin::{InvalidPattern, OriginPatterns};
pub use pace::{Pace, PaceOutcome};

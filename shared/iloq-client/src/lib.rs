#![doc = include_str!("../README.md")]

pub mod io;

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
mod pace;
mod retry;
mod session;
#[cfg(test)]
mod tests;

#[cfg(any(test, feature = "mock"))]
pub use api::MockIloqApi;
pub use api::{IloqApi, LogSink, Lookup, SessionFacts, SignIn, View};
pub use call::AnswerLimit;
pub use client::{Client, RequestNote};
pub use config::{Credentials, KeptSession};
pub use deadline::Deadline;
pub use error::{Error, ErrorKind};
pub use iloq_model::{Address, InvalidAddress, InvalidPattern, OriginPatterns, Secret, origin_of};
pub use pace::{Pace, PaceOutcome};

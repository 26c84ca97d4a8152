//! What the functions cost, beside a plain client of iLOQ's API that does the same, and beside the wire alone.
//!
//! - [`jobs`]: what is measured; each job is done by both sides, and what it left in iLOQ is checked.
//! - [`Functions`]: our side: the built components in the runner, over TCP.
//! - [`peer`]: the other side: one session for each operation, one call after another, as integrations are commonly
//!   written from iLOQ's documentation.
//! - [`wire`]: the limit: the requests that cannot be avoided, and nothing else.
//! - [`table`]: the figures.

mod functions;
mod iloq;
pub mod jobs;
mod measure;
pub mod peer;
mod scale;
pub mod table;
pub mod wire;

pub use functions::Functions;
pub use iloq::Iloq;
pub use measure::{Row, Sample, timed};
pub use scale::Scale;

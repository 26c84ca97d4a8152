//! A stand-in for iLOQ's Public API v2, as strict as its documents.
//!
//! - [`Simulator`]: the core without sockets; requests in, replies out.
//! - [`Seed`]: what its locking systems hold at the start.
//! - [`Fault`]: what is to go wrong.
//! - [`serve`]: the same over TCP; [`cli`]: from the command line.
//!
//! Calendars and code access groups are not simulated: their paths answer 501.
//!
//! Besides the Public API it has an interface of its own under `/_control/`, for everything that happens in a real
//! locking system outside the API: see [`CONTROL`].

mod block_list;
mod call;
mod call_log;
mod clock;
mod control;
mod faults;
mod http;
mod ids;
mod json_path;
mod key_rights;
mod key_rows;
mod keys;
mod limits;
mod lock_records;
mod locks;
mod logs;
mod operation;
mod orders;
mod persons;
mod phones;
mod profiles;
mod seed;
mod sessions;
mod shape;
mod shell;
mod simulator;
mod structure;
mod tags;
mod trail;
mod users;
mod webhooks;
mod world;

pub mod cli;

pub use call_log::{CallEntry, Counters};
pub use control::{CONTROL, LogFill, NewKey, NewLogRow, Opening, UserChange};
pub use faults::{Action, Fault};
pub use http::{Ending, Reply, Request};
pub use seed::Seed;
pub use shell::{Handle, serve};
pub use simulator::{InFlight, Saved, Simulator};
pub use uuid::Uuid;
pub use webhooks::Delivery;
pub use world::{Limits, Message, Settings};

//! What a portal sees of the functions: types, problems, authorisation, routes, and the OpenAPI document.
//!
//! Pure: no I/O, no clock, no async. The parts:
//!
//! - [`routes`]: every path, who owns it and what it needs; [`auth`]: tokens and scopes;
//! - [`query`], [`json`], [`names`], [`time`], [`date`], [`cursor`]: what comes in, checked;
//! - [`problem`]: what is answered when something is wrong;
//! - [`types`]: requests and answers;
//! - [`openapi`]: the description of all that.

pub mod auth;
pub mod cursor;
pub mod date;
pub mod json;
pub mod names;
pub mod openapi;
mod percent;
pub mod problem;
pub mod query;
pub mod routes;
pub mod time;
pub mod types;
mod words;

pub use date::Date;
pub use json::Patch;
pub use names::PortalId;
pub use problem::{Code, FieldError, IloqCause, Problem};
pub use time::Time;
pub use types::*;

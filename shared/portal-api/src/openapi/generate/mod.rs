//! Generates the document: the route table gives the paths, the types the schemas, `operations` the words. Needs the
//! feature `openapi`, which no component turns on.

mod changes;
mod document;
mod operation;
mod operations;
mod parameters;
mod problem;
mod problems;
mod refresh;
mod requests;
mod scalars;
mod schemas;
mod tidy;

pub use document::{DocumentError, document, text};
pub use scalars::ClosedSet;
pub(crate) use scalars::enumeration;

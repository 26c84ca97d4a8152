//! The OpenAPI 3.1 document: the route table gives the paths, the types the schemas, `operations` the words.
//!
//! `docs/openapi.json` is the document as it was last built, and what is served; a test keeps it equal to what the code
//! says. Building it needs the feature `openapi`, which no component turns on.

#[cfg(feature = "openapi")]
mod changes;
#[cfg(feature = "openapi")]
mod document;
#[cfg(feature = "openapi")]
mod operation;
#[cfg(feature = "openapi")]
mod operations;
#[cfg(feature = "openapi")]
mod parameters;
#[cfg(feature = "openapi")]
mod problem;
#[cfg(feature = "openapi")]
mod problems;
#[cfg(feature = "openapi")]
mod refresh;
#[cfg(feature = "openapi")]
mod requests;
#[cfg(feature = "openapi")]
mod scalars;
#[cfg(feature = "openapi")]
mod schemas;
#[cfg(feature = "openapi")]
mod tidy;

#[cfg(feature = "openapi")]
pub use document::{DocumentError, document, text};
#[cfg(feature = "openapi")]
pub use scalars::ClosedSet;
#[cfg(feature = "openapi")]
pub(crate) use scalars::enumeration;

/// The document of the built components: what `GET /openapi.json` answers.
#[must_use]
pub fn served() -> &'static [u8] {
    include_bytes!("../../../../docs/openapi.json")
}

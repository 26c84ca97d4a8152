//! The OpenAPI 3.1 document: `docs/openapi.json` as it was last generated, which is what is served. A test keeps it equal
//! to what the code says.

#[cfg(feature = "openapi")]
mod generate;

#[cfg(feature = "openapi")]
pub(crate) use generate::enumeration;
#[cfg(feature = "openapi")]
pub use generate::{ClosedSet, DocumentError, document, text};

/// The document of the built components: what `GET /openapi.json` answers.
#[must_use]
pub fn served() -> &'static [u8] {
    include_bytes!("../../../../docs/openapi.json")
}

//! JSON read in two steps: text to a [`Tree`], tree to a type.
//!
//! A type that is read from text brings a copy of the parser's inner loops into the program, once for each of
//! its members. A type that is read from a tree brings only its own names. In a guest with dozens of types that
//! is a quarter of the code, and the price is one pass over memory. Errors tell the path to the wrong member.

mod access;
mod error;
mod list;
mod parse;
mod read;
mod tree;

pub use error::{Error, Kind};
pub use list::for_each;
pub use tree::Tree;

/// Reads a whole text as one value.
///
/// # Errors
/// [`Error`]: not JSON, cut off, followed by something, or not the form of a `T`.
pub fn from_slice<T: serde::de::DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    Tree::parse(json)?.read()
}

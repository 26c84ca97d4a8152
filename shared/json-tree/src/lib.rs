//! JSON read in two steps: text to a [`Tree`], tree to a type.
//!
//! A type that is read from text brings a copy of the parser's inner loops into the program, once for each of
//! its members. A type that is read from a tree brings only its own names. In a guest with dozens of types that
//! is a quarter of the code, and the price is one pass over memory. Errors tell the path to the wrong member.

mod access;
mod error;
mod list;
mod object;
mod parse;
mod read;
mod tree;

pub use error::{Error, Kind};
pub use list::for_each;
pub use object::{Object, object};
pub use tree::Tree;

/// Reads a whole text as one value.
///
/// # Errors
/// [`Error`]: not JSON, cut off, followed by something, or not the form of a `T`.
pub fn from_slice<T: serde::de::DeserializeOwned>(json: &[u8]) -> Result<T, Error> {
    Tree::parse(json)?.read()
}

/// Any type as a `Value`, by way of its text: a guest then has one writer for each of its types instead of two.
/// What is no JSON (a map whose keys are no texts) is null.
pub fn to_value<T: serde::Serialize>(value: &T) -> serde_json::Value {
    let text = serde_json::to_vec(value).unwrap_or_default();
    from_slice(&text).unwrap_or_default()
}

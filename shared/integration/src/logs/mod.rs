//! The access log: pulled from iLOQ, kept in a book, read by the portal.

mod book;
mod rollup;
mod row;

pub use book::{Added, Book};
pub use row::{Named, Person, Row, Text};

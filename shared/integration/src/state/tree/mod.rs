//! Ordered maps of any size over a store that has only get, set and delete.
//!
//! A tree is a copy-on-write B-tree of three levels: the root lists nodes, a node lists leaves, a leaf holds
//! entries. Several trees hang below one root. Every leaf and node is written once, under a name that was never
//! used before; what changes is written anew, and then the root, in one write. That write is the only commit:
//! whoever dies before it has changed nothing, and whoever reads sees the old root or the new one.
//!
//! - [`Key`], [`Entry`], [`Cell`], [`Form`]: what is kept;
//! - `leaf`, `part`: how leaves and nodes are written, without any store;
//! - [`Shelf`]: reading; [`Draft`]: writing up to the commit; [`Root`]: the one value that changes.

mod draft;
mod edit;
mod entry;
mod key;
pub(crate) mod leaf;
pub(crate) mod part;
mod root;
mod shelf;
mod sweep;
#[cfg(test)]
mod tests;

pub use draft::{Draft, Overtaken};
pub use entry::{Cell, Entry, Form};
pub use key::Key;
pub use part::{Part, Tree};
pub use root::Root;
pub use shelf::{Cache, Leaf, Shelf};

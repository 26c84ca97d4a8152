//! Maps and sets as sorted lists.
//!
//! Each pair of types in a `BTreeMap` brings some 8 kB of code into a guest, and each type that is sorted some
//! 5 kB. Here a pair costs a few hundred bytes: lookups are binary searches in a `Vec`, and one sorting routine
//! serves all types. The interface is that of the standard collections as far as it is used. Looking up is as
//! fast as there; putting single entries in between costs a move of what follows, which is nothing for the
//! collections of one locking system (10,000 entries of a few words are moved in microseconds). Many at once are
//! collected first and sorted once.

mod map;
mod order;
mod serial;
mod set;

pub use map::{Entry, SortedMap};
pub use order::sort_by;
pub use set::SortedSet;

//! Parts: how a node describes its leaves, and the root its nodes.

use serde::{Deserialize, Serialize, Serializer};

use super::{Key, key::Minor};

/// A node is cut when it would have more leaves: about 100 kB.
pub(crate) const MAX_PARTS: usize = 640;

/// A leaf or a node, as the level above describes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "Stored<String>")]
pub struct Part {
    /// Its key in the space.
    pub name: String,
    /// The key of its first entry.
    pub first: Key,
    /// The key of its last entry.
    pub last: Key,
    /// The lowest mark among its entries.
    pub low: i64,
    /// The highest mark among its entries.
    pub high: i64,
    /// How many entries it has.
    pub count: u64,
}

/// A tree: its nodes in order. The nodes are parts whose values list leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tree {
    /// The nodes.
    pub nodes: Vec<Part>,
}

impl Tree {
    /// How many entries there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.nodes.iter().map(|node| node.count).sum()
    }

    /// The least key.
    #[must_use]
    pub fn first(&self) -> Option<Key> {
        self.nodes.first().map(|node| node.first)
    }

    /// Whether an entry has a mark below `cutoff`.
    #[must_use]
    pub fn has_below(&self, cutoff: i64) -> bool {
        self.nodes.iter().any(|node| node.low < cutoff)
    }

    /// The greatest key.
    #[must_use]
    pub fn last(&self) -> Option<Key> {
        self.nodes.last().map(|node| node.last)
    }
}

/// One description of all `parts`, still without a name; `None` if there are none.
pub(crate) fn sum(parts: &[Part]) -> Option<Part> {
    let (first, last) = (parts.first()?, parts.last()?);
    Some(Part {
        name: String::new(),
        first: first.first,
        last: last.last,
        low: parts.iter().map(|part| part.low).min()?,
        high: parts.iter().map(|part| part.high).max()?,
        count: parts.iter().map(|part| part.count).sum(),
    })
}

/// Cuts the leaves of a node into as few nodes of similar size as are needed.
pub(crate) fn groups(parts: &[Part]) -> impl Iterator<Item = &[Part]> {
    let count = parts.len().div_ceil(MAX_PARTS).max(1);
    parts.chunks(parts.len().div_ceil(count).max(1))
}

/// A part as it is stored: `["name",major,"minor",major,"minor",low,high,count]`.
type Stored<Name> = (Name, i64, Minor, i64, Minor, i64, i64, u64);

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { name, first, last, low, high, count } = self;
        let (first_minor, last_minor) = (Minor(first.minor), Minor(last.minor));
        let stored: Stored<&str> =
            (name, first.major, first_minor, last.major, last_minor, *low, *high, *count);
        stored.serialize(serializer)
    }
}

impl From<Stored<String>> for Part {
    fn from((name, first, first_minor, last, last_minor, low, high, count): Stored<String>) -> Self {
        let (first, last) = (Key::new(first, first_minor.0), Key::new(last, last_minor.0));
        Self { name, first, last, low, high, count }
    }
}

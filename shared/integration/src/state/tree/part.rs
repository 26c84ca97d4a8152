//! Parts: how a node describes its leaves, and the root its nodes.

use json_tree::Tree as Json;

use super::{
    Key,
    key::{number, write_number},
};

/// A node is cut when it would have more leaves: about 100 kB.
pub(crate) const MAX_PARTS: usize = 640;

/// A leaf or a node, as the level above describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// Writes parts as `[["name",major,"minor",major,"minor",low,high,count]…]`.
pub(crate) fn write(parts: &[Part], out: &mut String) {
    out.push('[');
    for (at, part) in parts.iter().enumerate() {
        out.push_str(if at == 0 { "[\"" } else { ",[\"" });
        out.push_str(&part.name);
        out.push_str("\",");
        part.first.write(out);
        out.push(',');
        part.last.write(out);
        for number in [part.low, part.high, i64::try_from(part.count).unwrap_or(i64::MAX)] {
            out.push(',');
            write_number(out, number);
        }
        out.push(']');
    }
    out.push(']');
}

/// Reads what [`write`] wrote.
pub(crate) fn read(json: &Json<'_>) -> Option<Vec<Part>> {
    let Json::List(parts) = json else { return None };
    parts.iter().map(part).collect()
}

fn part(json: &Json<'_>) -> Option<Part> {
    let Json::List(elements) = json else { return None };
    let [Json::Text(name), first, first_minor, last, last_minor, low, high, count] = elements.as_slice()
    else {
        return None;
    };
    Some(Part {
        name: name.as_ref().to_owned(),
        first: Key::read(first, first_minor)?,
        last: Key::read(last, last_minor)?,
        low: number(low)?,
        high: number(high)?,
        count: u64::try_from(number(count)?).ok()?,
    })
}

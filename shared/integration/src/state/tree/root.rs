//! The root: the one value that changes.

use json_tree::Tree as Json;

use super::{
    Tree,
    key::{number, write_number},
    part,
};

/// Names that are remembered for erasing. What is forgotten beyond them is found by housekeeping.
const MAX_GARBAGE: usize = 2_000;

/// What the root holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Root {
    /// Raised by each commit; 0 before the first.
    pub revision: u64,
    /// What the user of the trees keeps beside them, changed by the same commit.
    pub notes: Vec<String>,
    /// The trees.
    pub trees: Vec<Tree>,
    /// What was replaced, and when (in milliseconds since 1970), oldest first.
    pub(super) garbage: Vec<(i64, String)>,
}

impl Root {
    pub(super) fn empty(trees: usize) -> Self {
        Self { trees: vec![Tree::default(); trees], ..Self::default() }
    }

    /// Remembers replaced names, at most so many that the root stays small.
    pub(super) fn remember(&mut self, now: i64, names: Vec<String>) {
        self.garbage.extend(names.into_iter().map(|name| (now, name)));
        let surplus = self.garbage.len().saturating_sub(MAX_GARBAGE);
        self.garbage.drain(..surplus);
    }

    /// Takes the names out that were replaced before `before`.
    pub(super) fn expired(&mut self, before: i64) -> Vec<String> {
        let count = self.garbage.iter().take_while(|(at, _)| *at < before).count();
        self.garbage.drain(..count).map(|(_, name)| name).collect()
    }

    /// `[revision,[notes],[trees],[[at,"name"]…]]`.
    pub(super) fn write(&self) -> String {
        let mut out = String::from("[");
        write_number(&mut out, i64::try_from(self.revision).unwrap_or(i64::MAX));
        out.push(',');
        out.push_str(&serde_json::to_string(&self.notes).unwrap_or_default());
        out.push_str(",[");
        for (at, tree) in self.trees.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            part::write(&tree.nodes, &mut out);
        }
        out.push_str("],[");
        for (at, (since, name)) in self.garbage.iter().enumerate() {
            out.push_str(if at == 0 { "[" } else { ",[" });
            write_number(&mut out, *since);
            out.push_str(",\"");
            out.push_str(name);
            out.push_str("\"]");
        }
        out.push_str("]]");
        out
    }

    /// Reads what [`Self::write`] wrote; trees that an older release did not have are empty.
    pub(super) fn read(json: &Json<'_>, trees: usize) -> Option<Self> {
        let Json::List(elements) = json else { return None };
        let [revision, Json::List(notes), Json::List(kept), Json::List(garbage)] = elements.as_slice() else {
            return None;
        };
        let text = |json: &Json<'_>| match json {
            Json::Text(text) => Some(text.as_ref().to_owned()),
            _ => None,
        };
        let old = |json: &Json<'_>| match json {
            Json::List(pair) => match pair.as_slice() {
                [at, name] => Some((number(at)?, text(name)?)),
                _ => None,
            },
            _ => None,
        };
        let tree = |json: &Json<'_>| Some(Tree { nodes: part::read(json)? });
        let mut read = Self {
            revision: u64::try_from(number(revision)?).ok()?,
            notes: notes.iter().map(text).collect::<Option<_>>()?,
            trees: kept.iter().map(tree).collect::<Option<_>>()?,
            garbage: garbage.iter().map(old).collect::<Option<_>>()?,
        };
        read.trees.resize(trees.max(read.trees.len()), Tree::default());
        Some(read)
    }
}

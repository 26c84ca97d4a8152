//! The root: the one value that changes.

use serde::{Deserialize, Serialize, Serializer};

use super::Tree;

/// Names that are remembered for erasing. What is forgotten beyond them is found by housekeeping.
const MAX_GARBAGE: usize = 2_000;

/// What the root holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Stored")]
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

    /// The same with at least so many trees: those that an older release did not have are empty.
    pub(super) fn with_trees(mut self, trees: usize) -> Self {
        self.trees.resize(trees.max(self.trees.len()), Tree::default());
        self
    }
}

/// A root as it is stored: `[revision,[notes],[trees],[[at,"name"]…]]`.
type Stored = (u64, Vec<String>, Vec<Tree>, Vec<(i64, String)>);

impl Serialize for Root {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.revision, &self.notes, &self.trees, &self.garbage).serialize(serializer)
    }
}

impl From<Stored> for Root {
    fn from((revision, notes, trees, garbage): Stored) -> Self {
        Self { revision, notes, trees, garbage }
    }
}

//! What runs that died have left behind.

use std::collections::BTreeSet;

use super::{Root, Shelf};
use crate::state::StateError;

const HOUR_MS: i64 = 60 * 60 * 1000;
/// A run is over by then, whatever became of it.
const OLD_HOURS: i64 = 24;

impl Shelf<'_> {
    /// Of `names`, which are all keys with the prefix of a root's values, those that the root does not reach
    /// and that were written more than a day before `now`.
    ///
    /// # Errors
    /// The store's failure.
    pub fn orphans<'n>(
        &mut self,
        root: &Root,
        prefix: &str,
        names: &[&'n str],
        now: i64,
    ) -> Result<Vec<&'n str>, StateError> {
        let newest = now / HOUR_MS - OLD_HOURS;
        let old: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| hour(name, prefix).is_some_and(|hour| hour < newest))
            .collect();
        let mut known: Vec<String> = root.garbage.iter().map(|(_, name)| name.clone()).collect();
        if old.is_empty() {
            return Ok(Vec::new());
        }
        for node in root.trees.iter().flat_map(|tree| &tree.nodes) {
            known.push(node.name.clone());
            known.extend(self.parts(node)?.iter().map(|part| part.name.clone()));
        }
        let known: BTreeSet<String> = known.into_iter().collect();
        Ok(old.into_iter().filter(|name| !known.contains(*name)).collect())
    }
}

/// The hour in a name; `None` if it is no name of a draft's.
fn hour(name: &str, prefix: &str) -> Option<i64> {
    i64::from_str_radix(name.strip_prefix(prefix)?.split_once('-')?.0, 16).ok()
}

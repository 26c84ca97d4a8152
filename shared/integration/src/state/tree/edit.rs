//! Changing a tree: only the leaves that change are read and written.

use std::rc::Rc;

use super::{Draft, Entry, Form, Key, Part, Shelf, Tree, leaf, part};
use crate::state::StateError;

/// What happens where a tree has an entry under the key of a new one: may change the old one and says whether
/// it did.
pub type OnSame<'f> = &'f mut dyn FnMut(&mut Entry, &Entry) -> bool;

impl Draft<'_> {
    /// Puts `entries` into `tree`. They are in order, each key once.
    ///
    /// # Errors
    /// The store's failure.
    pub fn merge(
        &mut self,
        shelf: &mut Shelf<'_>,
        tree: &mut Tree,
        form: Form,
        entries: &[Entry],
        on_same: OnSame<'_>,
    ) -> Result<(), StateError> {
        let mut rest = entries;
        let mut nodes = Vec::with_capacity(tree.nodes.len() + 1);
        let old: Vec<Option<Part>> = match tree.nodes.len() {
            0 => vec![None],
            _ => tree.nodes.iter().cloned().map(Some).collect(),
        };
        for (at, node) in old.iter().enumerate() {
            let below = old.get(at + 1).and_then(Option::as_ref).map(|next| next.first);
            let (here, later) = rest.split_at(reach(rest, below));
            rest = later;
            if here.is_empty() {
                nodes.extend(node.clone());
                continue;
            }
            let parts = match node {
                Some(node) => shelf.parts(node)?,
                None => Rc::from([]),
            };
            let changed = self.merge_leaves(shelf, &parts, form, here, below.is_none(), on_same)?;
            self.put_nodes(node.as_ref(), &parts, changed, &mut nodes)?;
        }
        tree.nodes = nodes;
        Ok(())
    }

    /// The leaves of one node with `entries`; `None` if nothing changed.
    fn merge_leaves(
        &mut self,
        shelf: &mut Shelf<'_>,
        parts: &[Part],
        form: Form,
        entries: &[Entry],
        last_node: bool,
        on_same: OnSame<'_>,
    ) -> Result<Option<Vec<Part>>, StateError> {
        let (mut rest, mut changed) = (entries, false);
        let mut leaves = Vec::with_capacity(parts.len() + 2);
        for at in 0..parts.len().max(1) {
            let below = parts.get(at + 1).map(|next| next.first);
            let (here, later) = rest.split_at(reach(rest, below));
            rest = later;
            let part = parts.get(at);
            if here.is_empty() {
                leaves.extend(part.cloned());
                continue;
            }
            let old = match part {
                Some(part) => shelf.leaf(part, form)?.entries,
                None => Rc::from([]),
            };
            match merged(&old, here, on_same) {
                None => leaves.extend(part.cloned()),
                Some(entries) => {
                    changed = true;
                    for leaf in leaf::write(&entries, form, last_node && below.is_none()) {
                        leaves.push(self.put_leaf(leaf)?);
                    }
                    part.into_iter().for_each(|part| self.replace(part));
                }
            }
        }
        Ok(changed.then_some(leaves))
    }

    /// Takes every entry out whose mark is below `cutoff`; how many. Leaves that are older as a whole are not
    /// even read.
    ///
    /// # Errors
    /// The store's failure.
    pub fn prune(
        &mut self,
        shelf: &mut Shelf<'_>,
        tree: &mut Tree,
        form: Form,
        cutoff: i64,
    ) -> Result<u64, StateError> {
        let before = tree.count();
        let mut nodes = Vec::with_capacity(tree.nodes.len());
        for node in &tree.nodes {
            if node.low >= cutoff {
                nodes.push(node.clone());
                continue;
            }
            let parts = shelf.parts(node)?;
            let mut leaves = Vec::with_capacity(parts.len());
            for part in parts.iter() {
                if part.low >= cutoff {
                    leaves.push(part.clone());
                    continue;
                }
                self.replace(part);
                if part.high < cutoff {
                    continue;
                }
                let old = shelf.leaf(part, form)?;
                let kept: Vec<Entry> =
                    old.entries.iter().filter(|entry| (form.mark)(entry) >= cutoff).cloned().collect();
                for leaf in leaf::write(&kept, form, true) {
                    leaves.push(self.put_leaf(leaf)?);
                }
            }
            self.put_nodes(Some(node), &parts, Some(leaves), &mut nodes)?;
        }
        tree.nodes = nodes;
        Ok(before - tree.count())
    }

    /// Puts a node that changed, cut if it has grown too long, at the end of `nodes`; else the old one.
    fn put_nodes(
        &mut self,
        old: Option<&Part>,
        before: &[Part],
        changed: Option<Vec<Part>>,
        nodes: &mut Vec<Part>,
    ) -> Result<(), StateError> {
        match changed.filter(|leaves| leaves.as_slice() != before) {
            None => nodes.extend(old.cloned()),
            Some(leaves) => {
                for group in part::groups(&leaves) {
                    nodes.extend(self.put_node(group)?);
                }
                old.into_iter().for_each(|old| self.replace(old));
            }
        }
        Ok(())
    }
}

/// How many of `entries` come before `below`; all of them if there is no such bound.
fn reach(entries: &[Entry], below: Option<Key>) -> usize {
    below.map_or(entries.len(), |below| entries.partition_point(|entry| entry.key < below))
}

/// Two lists as one; `None` if the old one stays as it is.
fn merged(old: &[Entry], new: &[Entry], on_same: OnSame<'_>) -> Option<Vec<Entry>> {
    let mut all = Vec::with_capacity(old.len() + new.len());
    let (mut old, mut changed) = (old.iter().peekable(), false);
    for entry in new {
        while let Some(before) = old.next_if(|old| old.key < entry.key) {
            all.push(before.clone());
        }
        match old.next_if(|old| old.key == entry.key) {
            Some(same) => {
                let mut same = same.clone();
                changed |= on_same(&mut same, entry);
                all.push(same);
            }
            None => {
                changed = true;
                all.push(entry.clone());
            }
        }
    }
    all.extend(old.cloned());
    changed.then_some(all)
}

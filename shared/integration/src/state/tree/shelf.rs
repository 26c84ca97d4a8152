//! Reading trees.

use std::rc::Rc;

use super::{Entry, Form, Key, Part, Root, Tree, leaf};
use crate::{
    platform::Store,
    state::{Fault, Space, StateError},
};

/// Reads nodes and leaves, and keeps the last of each: neighbours are asked for one after the other.
pub struct Shelf<'a> {
    space: Space<'a, dyn Store + 'a>,
    cache: Cache,
}

/// The last node and the last leaf that were read.
#[derive(Debug, Default)]
pub struct Cache {
    node: Option<(String, Rc<[Part]>)>,
    leaf: Option<Leaf>,
}

/// A leaf that was read.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// How its node describes it.
    pub part: Part,
    /// What it holds, in order.
    pub entries: Rc<[Entry]>,
}

impl<'a> Shelf<'a> {
    /// The values in `space`.
    #[must_use]
    pub fn new(space: Space<'a, dyn Store + 'a>) -> Self {
        Self::with_cache(space, Cache::default())
    }

    /// The values in `space`, some of which were read before.
    #[must_use]
    pub fn with_cache(space: Space<'a, dyn Store + 'a>, cache: Cache) -> Self {
        Self { space, cache }
    }

    /// What was read last, for a later shelf over the same space.
    #[must_use]
    pub fn into_cache(self) -> Cache {
        self.cache
    }

    /// The space.
    #[must_use]
    pub fn space(&self) -> &Space<'a, dyn Store + 'a> {
        &self.space
    }

    /// The root under `key`; an empty one with `trees` trees if there is none.
    ///
    /// # Errors
    /// The store's failure.
    pub fn root(&self, key: &str, trees: usize) -> Result<Root, StateError> {
        let root: Option<Root> = self.space.get(key)?;
        Ok(root.unwrap_or_default().with_trees(trees))
    }

    /// The first leaf with an entry at or after `from`.
    ///
    /// # Errors
    /// The store's failure. A leaf may be missing if the root is older than an hour: read the root again.
    pub fn at_or_after(&mut self, tree: &Tree, form: Form, from: Key) -> Result<Option<Leaf>, StateError> {
        let Some(node) = tree.nodes.iter().find(|node| node.last >= from) else { return Ok(None) };
        let parts = self.parts(node)?;
        match parts.iter().find(|part| part.last >= from) {
            Some(part) => self.leaf(part, form).map(Some),
            None => Err(self.broken(&node.name)),
        }
    }

    /// The last leaf with an entry at or before `until`.
    ///
    /// # Errors
    /// As for [`Self::at_or_after`].
    pub fn at_or_before(&mut self, tree: &Tree, form: Form, until: Key) -> Result<Option<Leaf>, StateError> {
        match self.part_at_or_before(tree, until)? {
            Some(part) => self.leaf(&part, form).map(Some),
            None => Ok(None),
        }
    }

    /// What describes the leaf that [`Self::at_or_before`] reads.
    ///
    /// # Errors
    /// As for [`Self::at_or_after`].
    pub fn part_at_or_before(&mut self, tree: &Tree, until: Key) -> Result<Option<Part>, StateError> {
        let Some(node) = tree.nodes.iter().rfind(|node| node.first <= until) else { return Ok(None) };
        let parts = self.parts(node)?;
        match parts.iter().rfind(|part| part.first <= until) {
            Some(part) => Ok(Some(part.clone())),
            None => Err(self.broken(&node.name)),
        }
    }

    /// The entry under `key`.
    ///
    /// # Errors
    /// As for [`Self::at_or_after`].
    pub fn find(&mut self, tree: &Tree, form: Form, key: Key) -> Result<Option<Entry>, StateError> {
        let Some(leaf) = self.at_or_after(tree, form, key)? else { return Ok(None) };
        let at = leaf.entries.binary_search_by(|entry| entry.key.cmp(&key));
        Ok(at.ok().and_then(|at| leaf.entries.get(at)).cloned())
    }

    /// The leaves that a node lists.
    ///
    /// # Errors
    /// As for [`Self::at_or_after`].
    pub(super) fn parts(&mut self, node: &Part) -> Result<Rc<[Part]>, StateError> {
        if let Some((name, parts)) = &self.cache.node
            && *name == node.name
        {
            return Ok(Rc::clone(parts));
        }
        let parts: Option<Vec<Part>> = self.space.get(&node.name)?;
        let parts: Rc<[Part]> = Rc::from(parts.ok_or_else(|| self.missing(&node.name))?);
        self.cache.node = Some((node.name.clone(), Rc::clone(&parts)));
        Ok(parts)
    }

    /// One leaf.
    ///
    /// # Errors
    /// As for [`Self::at_or_after`].
    pub(super) fn leaf(&mut self, part: &Part, form: Form) -> Result<Leaf, StateError> {
        if let Some(leaf) = &self.cache.leaf
            && leaf.part.name == part.name
        {
            return Ok(leaf.clone());
        }
        // The old one goes before the new one comes.
        self.cache.leaf = None;
        let entries = self.space.get_with(&part.name, leaf::Read(form))?;
        let entries = entries.ok_or_else(|| self.missing(&part.name))?;
        let leaf = Leaf { part: part.clone(), entries: Rc::from(entries) };
        self.cache.leaf = Some(leaf.clone());
        Ok(leaf)
    }

    fn missing(&self, name: &str) -> StateError {
        Fault::Missing { key: format!("{}{name}", self.space.prefix()) }.into()
    }

    fn broken(&self, name: &str) -> StateError {
        let detail = "it does not list what the root says".to_owned();
        Fault::Corrupt { key: format!("{}{name}", self.space.prefix()), detail }.into()
    }
}

//! How the structure lies in the store: per kind pages of entities by id, and one directory of the pages.

use std::collections::BTreeMap;

use portal_api::types::{AccessRightView, Door, Location, Scanner, TimeProfile, ZoneView};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    platform::Store,
    state::{Space, StateError},
};

const DIRECTORY: &str = "st";

/// Most bytes of a page, without its envelope: half of what every backend takes.
const PAGE: usize = 200_000;

/// An entity that is kept in pages.
pub trait Listed: Serialize + DeserializeOwned + PartialEq {
    /// Its kind: a part of the layout, and of cursors.
    const KIND: &'static str;

    /// Its id: the order of the list.
    fn id(&self) -> &str;
}

macro_rules! listed {
    ($($view:ident = $kind:literal;)*) => {$(
        impl Listed for $view {
            const KIND: &'static str = $kind;

            fn id(&self) -> &str {
                &self.id
            }
        }
    )*};
}

listed! {
    Location = "locations";
    ZoneView = "zones";
    Door = "doors";
    Scanner = "scanners";
    AccessRightView = "accessRights";
    TimeProfile = "timeProfiles";
}

/// Which pages there are. Written last, so that it never names a page that is not there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Directory {
    /// When the structure was read, in milliseconds since the epoch.
    pub(super) synced_at: i64,
    /// Per kind the first id of each page.
    pub(super) pages: BTreeMap<String, Vec<String>>,
}

/// The stored structure of one system.
pub struct StructureStore<'a, S> {
    space: &'a Space<'a, S>,
}

impl<'a, S: Store> StructureStore<'a, S> {
    /// The structure in `space`.
    pub fn new(space: &'a Space<'a, S>) -> Self {
        Self { space }
    }

    /// Up to `limit` entities after the one with the id `after`, by id, and whether there are more.
    ///
    /// # Errors
    /// The store's failure.
    pub fn scan<T: Listed>(
        &self,
        after: Option<&str>,
        limit: usize,
        keep: impl Fn(&T) -> bool,
    ) -> Result<(Vec<T>, bool), StateError> {
        let firsts = self.directory()?.pages.remove(T::KIND).unwrap_or_default();
        let start = after.map_or(0, |after| firsts.partition_point(|first| first.as_str() <= after));
        let mut found = Vec::new();
        for page in start.saturating_sub(1)..firsts.len() {
            for item in self.page::<T>(page)?.unwrap_or_default() {
                if after.is_some_and(|after| item.id() <= after) || !keep(&item) {
                    continue;
                }
                if found.len() == limit {
                    return Ok((found, true));
                }
                found.push(item);
            }
        }
        Ok((found, false))
    }

    pub(super) fn directory(&self) -> Result<Directory, StateError> {
        Ok(self.space.get(DIRECTORY)?.unwrap_or_default())
    }

    /// Writes the pages of one kind that differ from what is stored, and notes them in `directory`.
    ///
    /// # Errors
    /// The store's failure.
    pub(super) fn write<T: Listed>(
        &self,
        directory: &mut Directory,
        mut items: Vec<T>,
    ) -> Result<(), StateError> {
        items.sort_by(|one, other| one.id().cmp(other.id()));
        items.dedup_by(|one, other| one.id() == other.id());
        let pages = paged(items);
        for (number, page) in pages.iter().enumerate() {
            let stored = match self.page::<T>(number) {
                // It can be read from iLOQ again, so what is damaged is simply replaced.
                Err(StateError::Corrupt { .. }) => None,
                stored => stored?,
            };
            if stored.as_ref() != Some(page) {
                self.space.put(&key::<T>(number), page)?;
            }
        }
        let firsts = pages.iter().filter_map(|page| page.first()).map(|item| item.id().to_owned());
        directory.pages.insert(T::KIND.to_owned(), firsts.collect());
        Ok(())
    }

    /// Makes `directory` the one that holds, and erases the pages that only `before` had.
    ///
    /// # Errors
    /// The store's failure.
    pub(super) fn finish(&self, before: &Directory, directory: &Directory) -> Result<(), StateError> {
        self.space.put(DIRECTORY, directory)?;
        for (kind, pages) in &before.pages {
            let kept = directory.pages.get(kind).map_or(0, Vec::len);
            for number in kept..pages.len() {
                self.space.delete(&format!("{DIRECTORY}:{kind}:{number}"))?;
            }
        }
        Ok(())
    }

    fn page<T: Listed>(&self, number: usize) -> Result<Option<Vec<T>>, StateError> {
        self.space.get(&key::<T>(number))
    }
}

fn key<T: Listed>(page: usize) -> String {
    format!("{DIRECTORY}:{}:{page}", T::KIND)
}

/// The items in pages of at most [`PAGE`] bytes; a single larger one has a page of its own.
fn paged<T: Listed>(items: Vec<T>) -> Vec<Vec<T>> {
    let mut pages: Vec<Vec<T>> = Vec::new();
    let mut size = PAGE;
    for item in items {
        // The comma between two items counts as well.
        let bytes = serde_json::to_vec(&item).map_or(PAGE, |bytes| bytes.len() + 1);
        if size + bytes > PAGE {
            pages.push(Vec::new());
            size = 0;
        }
        size += bytes;
        if let Some(page) = pages.last_mut() {
            page.push(item);
        }
    }
    pages
}

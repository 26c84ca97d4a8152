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
        items: Vec<T>,
    ) -> Result<(), StateError> {
        let row = |item: T| (item.id().to_owned(), serde_json::to_string(&item).unwrap_or_default());
        self.write_rows(T::KIND, directory, items.into_iter().map(row).collect())
    }

    /// As text, so that one routine writes all kinds.
    fn write_rows(
        &self,
        kind: &str,
        directory: &mut Directory,
        mut rows: Vec<Row>,
    ) -> Result<(), StateError> {
        rows.sort_by(|one, other| one.0.cmp(&other.0));
        rows.dedup_by(|one, other| one.0 == other.0);
        let pages = paged(rows);
        for (number, (_, page)) in pages.iter().enumerate() {
            let key = key(kind, number);
            if !self.space.holds_text(&key, page)? {
                self.space.put_text(&key, page)?;
            }
        }
        let firsts = pages.into_iter().map(|(first, _)| first).collect();
        directory.pages.insert(kind.to_owned(), firsts);
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
                self.space.delete(&key(kind, number))?;
            }
        }
        Ok(())
    }

    fn page<T: Listed>(&self, number: usize) -> Result<Option<Vec<T>>, StateError> {
        self.space.get(&key(T::KIND, number))
    }
}

/// An entity's id, and the entity as JSON.
type Row = (String, String);

fn key(kind: &str, page: usize) -> String {
    format!("{DIRECTORY}:{kind}:{page}")
}

/// The rows in pages of at most [`PAGE`] bytes, each with its first id; a single larger row has a page of its own.
fn paged(rows: Vec<Row>) -> Vec<Row> {
    let mut pages: Vec<Row> = Vec::new();
    for (id, json) in rows {
        match pages.last_mut() {
            // The comma between two items counts as well.
            Some((_, page)) if page.len() + 1 + json.len() < PAGE => {
                page.push(',');
                page.push_str(&json);
            }
            _ => pages.push((id, format!("[{json}"))),
        }
    }
    for (_, page) in &mut pages {
        page.push(']');
    }
    pages
}

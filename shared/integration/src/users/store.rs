//! Where users lie: pages written by runs, keys of their own written by requests.
//!
//! Two writers of one page would lose a write (the store has no compare-and-swap), and an acknowledged
//! write must not be lost. So a request writes its user under `u:{id}` and notes the id in an index;
//! a run reads both, writes pages only, and takes an id off the index once the page holds what the own
//! key holds. A reader takes the greater `(rev, sub)` of the two. An index entry lost in a race is
//! restored by whoever finishes last, by the next job (see [`index`]), and by housekeeping.

mod index;
mod one;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use self::one::OneOf;
use super::record::UserRecord;
use crate::{
    platform::Store,
    state::{Space, StateError, spread},
};

/// Users that a page is laid out for.
const PAGE_USERS: usize = 160;
/// What a page's users may take, in bytes: half of what a value may have, since they change until the next time.
const PAGE_BYTES: usize = 200_000;
/// The most pages: 2^12.
const MAX_LEVEL: u8 = 12;

/// The users of one system.
pub struct UserStore<'a, S> {
    space: &'a Space<'a, S>,
}

/// All users, by page, as a run works on them.
pub struct AllUsers {
    /// Pages are 2^level.
    pub level: u8,
    /// The users of each page by id.
    pub pages: Vec<BTreeMap<String, UserRecord>>,
    /// Ids in the index, with the order of the copy under their own key.
    pub indexed: BTreeMap<String, (u64, u32)>,
    /// Users whose page, as it is stored, is older than the copy under their own key.
    pub unfolded: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct Directory {
    level: u8,
}

type Page = BTreeMap<String, UserRecord>;

/// The page of an id among 2^level.
#[must_use]
pub fn page_of(id: &str, level: u8) -> usize {
    if level == 0 { 0 } else { (spread(id) >> (32 - u32::from(level))) as usize }
}

fn own_key(id: &str) -> String {
    format!("u:{id}")
}

fn page_key(level: u8, page: usize) -> String {
    format!("up:{level}:{page}")
}

/// Whether a page that holds `held` lacks what is under the user's own key. Of two that were written at the same
/// moment, with the same order, the own one holds: a request's outcome is nowhere else.
fn is_behind(held: Option<&UserRecord>, own: &UserRecord) -> bool {
    held.is_none_or(|held| {
        held.order() < own.order() || (held.order() == own.order() && held.writer != own.writer)
    })
}

/// The newer of two copies.
fn newer(a: Option<UserRecord>, b: Option<UserRecord>) -> Option<UserRecord> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.order() > a.order() { b } else { a }),
        (a, b) => a.or(b),
    }
}

impl<'a, S: Store> UserStore<'a, S> {
    /// The users in `space`.
    pub fn new(space: &'a Space<'a, S>) -> Self {
        Self { space }
    }

    /// One user.
    ///
    /// # Errors
    /// The store's failure.
    pub fn get(&self, id: &str) -> Result<Option<UserRecord>, StateError> {
        let own = self.own(id)?;
        let level = self.level()?;
        let page = self.space.get_with(&page_key(level, page_of(id, level)), OneOf(id))?;
        Ok(newer(own, page.flatten()))
    }

    /// The copy under the user's own key.
    ///
    /// # Errors
    /// The store's failure.
    pub fn own(&self, id: &str) -> Result<Option<UserRecord>, StateError> {
        self.space.get(&own_key(id))
    }

    /// Writes the copy under the user's own key. The index is told before, so that a crash can't hide the copy,
    /// and asked after, since a run may have taken the id off in between.
    ///
    /// # Errors
    /// The store's failure; the write may have happened.
    pub fn put_own(&self, id: &str, user: &UserRecord) -> Result<(), StateError> {
        let by = format!("{id} {}", user.writer);
        self.note_as(id, &by)?;
        self.space.put(&own_key(id), user)?;
        self.note_as(id, &by)
    }

    /// Makes sure that the index holds `id`.
    ///
    /// # Errors
    /// The store's failure.
    pub fn note(&self, id: &str) -> Result<(), StateError> {
        self.note_as(id, id)
    }

    fn note_as(&self, id: &str, by: &str) -> Result<(), StateError> {
        let shard = index::shard_of(id);
        if index::shard(self.space, shard)?.contains(id) {
            return Ok(());
        }
        index::change(self.space, shard, by, |ids| ids.insert(id.to_owned()))
    }

    /// Ids that have a key of their own which may be newer than the page.
    ///
    /// # Errors
    /// The store's failure.
    pub fn indexed(&self) -> Result<Vec<String>, StateError> {
        let mut all = Vec::new();
        for shard in 0..1 << index::BITS {
            all.extend(index::shard(self.space, shard)?);
        }
        Ok(all)
    }

    /// Everything.
    ///
    /// # Errors
    /// The store's failure.
    pub fn load(&self) -> Result<AllUsers, StateError> {
        let level = self.level()?;
        let mut all = AllUsers {
            level,
            pages: (0..1 << level).map(|_| Page::new()).collect(),
            indexed: BTreeMap::new(),
            unfolded: Vec::new(),
        };
        for (number, page) in all.pages.iter_mut().enumerate() {
            *page = self.page(level, number)?;
        }
        for id in self.indexed()? {
            let Some(own) = self.own(&id)? else {
                all.indexed.insert(id, (0, 0));
                continue;
            };
            all.indexed.insert(id.clone(), own.order());
            let page = &mut all.pages[page_of(&id, level)];
            let held = page.remove(&id);
            if is_behind(held.as_ref(), &own) {
                all.unfolded.push(id.clone());
            }
            page.extend(newer(Some(own), held).map(|user| (id, user)));
        }
        Ok(all)
    }

    /// Spreads the users over as many pages as `expected` users need, or as they need for their size, if that is
    /// more than there are. The new pages are written first, then the directory: a crash leaves the old layout standing.
    ///
    /// # Errors
    /// The store's failure.
    pub fn grow(&self, all: &mut AllUsers, expected: usize) -> Result<(), StateError> {
        let mut level = all.level;
        while level < MAX_LEVEL && (expected > PAGE_USERS << level || all.largest(level) > PAGE_BYTES) {
            level += 1;
        }
        if level == all.level {
            return Ok(());
        }
        let mut pages: Vec<Page> = (0..1 << level).map(|_| Page::new()).collect();
        for (id, user) in std::mem::take(&mut all.pages).into_iter().flatten() {
            pages[page_of(&id, level)].insert(id, user);
        }
        // A page that is left over from a growth that did not finish must not come back to life.
        for (number, page) in pages.iter().enumerate() {
            self.space.put(&page_key(level, number), page)?;
        }
        // The old pages stay for readers that have just read the old directory; housekeeping erases them.
        self.space.put("users", &Directory { level })?;
        all.level = level;
        all.pages = pages;
        Ok(())
    }

    /// Writes one page.
    ///
    /// # Errors
    /// The store's failure; the write may have happened.
    pub fn put_page(&self, all: &AllUsers, number: usize) -> Result<(), StateError> {
        self.space.put(&page_key(all.level, number), &all.pages[number])
    }

    /// All pages have been written: takes ids off the index whose page holds at least what their own key holds, except those that wait
    /// for another try or are blocked: the index is also how they are found.
    ///
    /// # Errors
    /// The store's failure.
    pub fn settle(&self, all: &mut AllUsers) -> Result<(), StateError> {
        let held = |id: &str| all.pages[page_of(id, all.level)].get(id);
        let settled = |id: &str, own: (u64, u32)| {
            held(id).is_some_and(|user| user.order() >= own && !user.is_waiting() && user.blocked.is_none())
        };
        let mut by_shard: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for (id, own) in &all.indexed {
            if settled(id, *own) {
                by_shard.entry(index::shard_of(id)).or_default().push(id.clone());
            }
        }
        for (shard, ids) in by_shard {
            index::change(self.space, shard, "a run", |index| {
                ids.iter().filter(|id| index.remove(*id)).count() > 0
            })?;
            for id in ids {
                // A request may have written in between and have found its id still in the index.
                match self.own(&id)? {
                    Some(own) if is_behind(held(&id), &own) => self.note(&id)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Users in the order of their hash, beginning after `after`, at most `limit` of those that `keep`
    /// lets through; and where to go on, if there may be more.
    ///
    /// # Errors
    /// The store's failure.
    #[expect(clippy::type_complexity, reason = "users and the next position")]
    pub fn scan(
        &self,
        after: Option<&(u32, String)>,
        limit: usize,
        keep: impl Fn(&str, &UserRecord) -> bool,
    ) -> Result<(Vec<(String, UserRecord)>, Option<(u32, String)>), StateError> {
        let level = self.level()?;
        let mut found = Vec::new();
        let start = after.map_or(0, |(hash, _)| *hash);
        let first = if level == 0 { 0 } else { (start >> (32 - u32::from(level))) as usize };
        let mut indexed: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
        for number in first..1 << level {
            let mut page = self.page(level, number)?;
            for shard in shards_of(level, number) {
                if let std::collections::btree_map::Entry::Vacant(e) = indexed.entry(shard) {
                    e.insert(index::shard(self.space, shard)?);
                }
                for id in indexed[&shard].iter().filter(|id| page_of(id, level) == number) {
                    let held = page.remove(id);
                    page.extend(newer(self.own(id)?, held).map(|user| (id.clone(), user)));
                }
            }
            let mut sorted: Vec<_> = page.into_iter().map(|(id, user)| ((spread(&id), id), user)).collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            for (place, user) in sorted {
                if after.is_some_and(|after| place <= *after) || !keep(&place.1, &user) {
                    continue;
                }
                if found.len() == limit {
                    let next = found.last().map(|(id, _): &(String, UserRecord)| (spread(id), id.clone()));
                    return Ok((found, next));
                }
                found.push((place.1, user));
            }
        }
        Ok((found, None))
    }

    /// Restores what the index may lack after requests wrote it at the same moment; else it is one read. For jobs:
    /// it lists the store.
    ///
    /// # Errors
    /// The store's failure.
    pub fn heal(&self) -> Result<(), StateError> {
        index::doubt(self.space).settle(|| {
            let own = format!("{}{}", self.space.prefix(), own_key(""));
            let keys = self.space.store().keys()?;
            let ids: Vec<_> =
                keys.iter().filter_map(|key| key.strip_prefix(&own)).map(str::to_owned).collect();
            self.repair(&ids).map(drop)
        })
    }

    /// Notes in the index every id whose own key is newer than its page; `ids` are those that have a key of
    /// their own (from a listing of the whole store). Tells how many were missing.
    ///
    /// # Errors
    /// The store's failure.
    pub fn repair(&self, ids: &[String]) -> Result<usize, StateError> {
        let all = self.load()?;
        let mut repaired = 0;
        for id in ids.iter().filter(|id| !all.indexed.contains_key(*id)) {
            let held = all.pages[page_of(id, all.level)].get(id);
            if self.own(id)?.is_some_and(|own| is_behind(held, &own)) {
                self.note(id)?;
                repaired += 1;
            }
        }
        Ok(repaired)
    }

    /// Whether `key` (without the prefix) is a page of a layout that has been grown out of.
    ///
    /// # Errors
    /// The store's failure.
    pub fn is_old_page(&self, key: &str) -> Result<bool, StateError> {
        let level = key.strip_prefix("up:").and_then(|rest| rest.split(':').next()?.parse::<u8>().ok());
        let current = self.level()?;
        Ok(level.is_some_and(|level| level < current))
    }

    fn level(&self) -> Result<u8, StateError> {
        Ok(self.space.get::<Directory>("users")?.map_or(0, |d| d.level.min(MAX_LEVEL)))
    }

    fn page(&self, level: u8, number: usize) -> Result<Page, StateError> {
        Ok(self.space.get(&page_key(level, number))?.unwrap_or_default())
    }
}

/// The index shards that hold ids of a page.
fn shards_of(level: u8, page: usize) -> std::ops::RangeInclusive<u32> {
    let page = u32::try_from(page).unwrap_or(u32::MAX);
    let level = u32::from(level);
    if level >= index::BITS {
        let shard = page >> (level - index::BITS);
        shard..=shard
    } else {
        let width = index::BITS - level;
        (page << width)..=((page + 1) << width) - 1
    }
}

impl AllUsers {
    /// One user.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&UserRecord> {
        self.pages[page_of(id, self.level)].get(id)
    }

    /// Every user, page by page.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &UserRecord)> {
        self.pages.iter().flatten()
    }

    /// Puts a user into its page in memory; tells the page.
    pub fn insert(&mut self, id: String, user: UserRecord) -> usize {
        let page = page_of(&id, self.level);
        self.pages[page].insert(id, user);
        page
    }

    /// What the users of the largest of 2^`level` pages take, in bytes.
    fn largest(&self, level: u8) -> usize {
        let mut pages = vec![0; 1 << level];
        for (id, user) in self.iter() {
            pages[page_of(id, level)] += user.size();
        }
        pages.into_iter().fold(0, usize::max)
    }

    /// How many users are stored, tombstones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pages.iter().map(BTreeMap::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pages.iter().all(BTreeMap::is_empty)
    }
}

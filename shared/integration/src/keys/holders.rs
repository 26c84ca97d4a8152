//! Who held which key at the last look: what is done in Manager to keys that the portal never had to do with is found
//! by that.

use std::collections::BTreeMap;

use iloq_model::{Key, PersonId};

use super::status;
use crate::{
    platform::Store,
    state::{Space, StateError, spread},
};

/// A page has room for some 5,000 keys that are held. Part of the layout.
const PAGES: u32 = 32;

type Page = BTreeMap<String, PersonId>;

/// The holders as they were.
pub struct Holders<'a, S> {
    space: &'a Space<'a, S>,
    /// `None`: nobody has looked yet, so nothing is known to have changed.
    pages: Vec<Option<Page>>,
}

fn page_of(id: &str) -> usize {
    (spread(id) % PAGES) as usize
}

fn place(page: usize) -> String {
    format!("kh:{page}")
}

impl<'a, S: Store> Holders<'a, S> {
    /// Reads them.
    ///
    /// # Errors
    /// The store's failure.
    pub fn load(space: &'a Space<'a, S>) -> Result<Self, StateError> {
        let pages = (0..PAGES as usize).map(|page| space.get(&place(page))).collect::<Result<_, _>>()?;
        Ok(Self { space, pages })
    }

    /// Whether `key` has got another holder since, or one for the first time.
    #[must_use]
    pub fn is_given(&self, key: &Key) -> bool {
        let id = key.id.to_string();
        key.person_id.is_some() && self.pages[page_of(&id)].is_some() && self.of(&id) != key.person_id
    }

    /// Who held the key.
    #[must_use]
    pub fn of(&self, id: &str) -> Option<PersonId> {
        self.pages[page_of(id)].as_ref()?.get(id).copied()
    }

    /// Every key that was held, with its holder.
    pub fn all(&self) -> impl Iterator<Item = (&String, PersonId)> {
        self.pages.iter().flatten().flatten().map(|(id, person)| (id, *person))
    }

    /// Stores the holders as they are now, but for those keys that are looked at `later`: of these what was known stays.
    ///
    /// # Errors
    /// The store's failure.
    pub fn store(self, listed: &[Key], later: impl Fn(&str) -> bool) -> Result<(), StateError> {
        let mut pages = vec![Page::new(); PAGES as usize];
        for key in listed.iter().filter(|key| status::is_alive(status::of(key))) {
            let id = key.id.to_string();
            if let Some(person) = key.person_id.filter(|_| !later(&id)) {
                pages[page_of(&id)].insert(id, person);
            }
        }
        for (id, person) in self.all().filter(|(id, _)| later(id)) {
            pages[page_of(id)].insert(id.clone(), person);
        }
        for (number, page) in pages.into_iter().enumerate() {
            if self.pages[number].as_ref() != Some(&page) {
                self.space.put(&place(number), &page)?;
            }
        }
        Ok(())
    }
}

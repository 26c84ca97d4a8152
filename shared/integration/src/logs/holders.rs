//! Who holds which key, as it is known here, for rows that iLOQ names nobody for.

use iloq_client::{IloqApi, Lookup};
use iloq_model::{Key, KeyId, PersonId};
use std::collections::BTreeMap;

use super::{Text, arrived::Texts};
use crate::{keys::KeyStore, platform::Platform, problem::Stop, system::System, users::UserRecord};

/// So many keys are asked for one by one; for more, iLOQ lists them all.
const ONE_BY_ONE: usize = 4;

/// A user who holds a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The user's id.
    pub user: Text,
    /// The user's name.
    pub name: Text,
}

/// A key as it is today.
#[derive(Clone, Debug, Default)]
pub struct Today {
    /// Its holder, if that is a user.
    pub holder: Option<Holder>,
    /// Its name.
    pub name: Option<Text>,
}

/// What is known of holders, read as it is needed and kept for one pull.
pub struct Holders<'s, 'a, P: Platform> {
    system: &'s System<'a, P>,
    recorded: BTreeMap<KeyId, Option<Holder>>,
    today: BTreeMap<KeyId, Today>,
    has_listed: bool,
    people: Option<People>,
}

/// The users who are persons in iLOQ.
struct People {
    by_person: Vec<(PersonId, Holder)>,
    /// Compared names, and the user if only one has the name.
    by_name: Vec<(String, Option<Text>)>,
}

/// Whom a name means among the users.
enum Meant {
    One(Text),
    Several,
    Nobody,
}

fn is_called(holder: &Holder, name: &str) -> bool {
    *holder.name == *name || compared(&holder.name) == compared(name)
}

impl<'s, 'a, P: Platform> Holders<'s, 'a, P> {
    /// Nothing is read yet.
    pub fn new(system: &'s System<'a, P>) -> Self {
        Self { system, recorded: BTreeMap::new(), today: BTreeMap::new(), has_listed: false, people: None }
    }

    /// The user that is meant by `name`, iLOQ's name for the holder of `key` at some moment: whom the portal gave
    /// the key if the name is that user's, else the only user of this name, else the key's holder of today if
    /// [`Self::look`] has read it and the name is that user's.
    ///
    /// # Errors
    /// The store's failure.
    pub fn user_called(
        &mut self,
        name: &str,
        key: Option<KeyId>,
        texts: &mut Texts,
    ) -> Result<Option<Text>, Stop> {
        match self.named(name, key, texts)? {
            Meant::One(user) => Ok(Some(user)),
            Meant::Nobody => Ok(None),
            Meant::Several => {
                let today = key.and_then(|key| self.today.get(&key)?.holder.as_ref());
                Ok(today.filter(|holder| is_called(holder, name)).map(|holder| Text::clone(&holder.user)))
            }
        }
    }

    /// Whether several users have the name, so that only the key can tell who is meant.
    ///
    /// # Errors
    /// The store's failure.
    pub fn is_ambiguous(&mut self, name: &str, key: KeyId, texts: &mut Texts) -> Result<bool, Stop> {
        Ok(matches!(self.named(name, Some(key), texts)?, Meant::Several))
    }

    fn named(&mut self, name: &str, key: Option<KeyId>, texts: &mut Texts) -> Result<Meant, Stop> {
        if let Some(key) = key
            && let Some(holder) = self.recorded(key, texts)?
            && is_called(&holder, name)
        {
            return Ok(Meant::One(holder.user));
        }
        let people = self.people(texts)?;
        let name = compared(name);
        let found = people.by_name.binary_search_by(|(known, _)| known.as_str().cmp(&name));
        Ok(match found.ok().map(|place| people.by_name[place].1.clone()) {
            Some(Some(user)) => Meant::One(user),
            Some(None) => Meant::Several,
            None => Meant::Nobody,
        })
    }

    /// A key that [`Self::look`] has been asked for.
    pub fn today(&self, key: KeyId) -> Today {
        self.today.get(&key).cloned().unwrap_or_default()
    }

    /// Reads the keys that are not known yet: the holder whom the portal gave the key, else iLOQ's of today.
    ///
    /// # Errors
    /// iLOQ's or the store's error.
    pub async fn look(
        &mut self,
        api: &impl IloqApi,
        mut keys: Vec<KeyId>,
        texts: &mut Texts,
    ) -> Result<(), Stop> {
        keys.sort();
        keys.dedup();
        keys.retain(|key| !self.today.contains_key(key));
        if keys.is_empty() {
            return Ok(());
        }
        if keys.len() > ONE_BY_ONE && !self.has_listed {
            self.has_listed = true;
            let listed = api.keys().await?;
            for key in listed.iter().filter(|key| keys.binary_search(&key.id).is_ok()) {
                self.keep(key.id, Some(key), texts)?;
            }
            keys.retain(|key| !self.today.contains_key(key));
        }
        for id in keys {
            // One that the listing lacks is returned or deleted, or not to be seen.
            let found = if self.has_listed { Lookup::Absent } else { api.key(id).await? };
            match found {
                Lookup::Found(key) => self.keep(id, Some(&key), texts)?,
                Lookup::Absent => self.keep(id, None, texts)?,
            }
        }
        Ok(())
    }

    fn keep(&mut self, id: KeyId, key: Option<&Key>, texts: &mut Texts) -> Result<(), Stop> {
        let mut holder = self.recorded(id, texts)?;
        if holder.is_none()
            && let Some(person) = key.and_then(|key| key.person_id)
        {
            let people = self.people(texts)?;
            let found = people.by_person.binary_search_by(|(known, _)| known.cmp(&person));
            holder = found.ok().map(|place| people.by_person[place].1.clone());
        }
        let name = key.and_then(|key| called(&key.description, &key.stamp)).map(|name| texts.of(name));
        self.today.insert(id, Today { holder, name });
        Ok(())
    }

    /// The user whom the portal gave the key.
    fn recorded(&mut self, key: KeyId, texts: &mut Texts) -> Result<Option<Holder>, Stop> {
        if let Some(known) = self.recorded.get(&key) {
            return Ok(known.clone());
        }
        let record = KeyStore::new(&self.system.space).get(&key.to_string())?.unwrap_or_default();
        let holder = match record.user.filter(|_| !record.leaving) {
            Some(user) => self
                .system
                .users()
                .get(&user)?
                .filter(UserRecord::is_visible)
                .map(|found| Holder { name: texts.of(&found.fields.full_name()), user: texts.of(&user) }),
            None => None,
        };
        self.recorded.insert(key, holder.clone());
        Ok(holder)
    }

    fn people(&mut self, texts: &mut Texts) -> Result<&People, Stop> {
        let people = match self.people.take() {
            Some(people) => people,
            None => read_people(self.system, texts)?,
        };
        Ok(self.people.insert(people))
    }
}

fn read_people<P: Platform>(system: &System<'_, P>, texts: &mut Texts) -> Result<People, Stop> {
    let (mut by_person, mut names) = (Vec::new(), Vec::new());
    for (id, user) in system.users().load()?.iter().filter(|(_, user)| user.is_visible()) {
        let Some(person) = user.person else { continue };
        let name = user.fields.full_name();
        let holder = Holder { user: texts.of(id), name: texts.of(&name) };
        names.push((compared(&name), Some(Text::clone(&holder.user))));
        by_person.push((person, holder));
    }
    by_person.sort_by_key(|(one, _)| *one);
    names.sort_by(|(one, _), (other, _)| one.cmp(other));
    // A name of several users says nothing.
    names.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = None;
        }
        same
    });
    Ok(People { by_person, by_name: names })
}

/// The first text that says something.
pub fn called<'t>(name: &'t Option<String>, label: &'t Option<String>) -> Option<&'t str> {
    [name, label].into_iter().filter_map(|text| text.as_deref().map(str::trim)).find(|text| !text.is_empty())
}

/// A name as names are compared: iLOQ's documents do not say whether the first or the last name comes first.
fn compared(name: &str) -> String {
    let mut words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    words.sort();
    words.join(" ")
}

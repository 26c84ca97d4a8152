//! The names of persons that no user of the portal has, as of the last listing, so that a save can match
//! by name without a listing of its own.

use std::collections::BTreeMap;

use iloq_model::{Person, PersonId};
use serde::{Deserialize, Serialize};

use super::{
    fields::Fields,
    matching,
    record::{Candidate, UserRecord},
    store::{AllUsers, UserStore},
};
use crate::{
    platform::Store,
    state::{Space, StateError, spread},
};

/// A listing older than this (in milliseconds) is made anew before a name is called unknown.
const FRESH: i64 = 15 * 60 * 1000;
/// The index has 2^bits shards: these at least, which are what v0.1.0 always had.
const LEAST_BITS: u32 = 5;
/// And these at most.
const MOST_BITS: u32 = 12;
/// Persons that a shard is laid out for: with names of usual length about 100 kB.
const SHARD_PERSONS: usize = 1_000;

/// When iLOQ's persons were last listed, and how the index is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    at: i64,
    #[serde(default = "least_bits")]
    bits: u32,
}

fn least_bits() -> u32 {
    LEAST_BITS
}

/// A person in the index. An import has the rest of what is known; v0.1.0 wrote it here for all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    /// The person, where no user has it.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    candidate: Option<Candidate>,
    /// The user as which the person was imported.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    user: Option<String>,
}

impl Row {
    /// Rows of one name have an order, so that an index that stays the same is not written.
    fn place(&self) -> (Option<PersonId>, Option<&String>) {
        (self.candidate.as_ref().map(|candidate| candidate.person_id), self.user.as_ref())
    }

    fn is_of(&self, person: PersonId) -> bool {
        self.candidate.as_ref().is_some_and(|candidate| candidate.person_id == person)
    }
}

type Shard = BTreeMap<String, Vec<Row>>;

/// The name index of one system.
pub struct NameIndex<'a, S> {
    space: &'a Space<'a, S>,
}

fn shard_of(name: &str, bits: u32) -> u32 {
    spread(name) >> (32 - bits)
}

fn shard_key(shard: u32, bits: u32) -> String {
    if bits == LEAST_BITS { format!("n:{shard}") } else { format!("n:{bits}:{shard}") }
}

/// How many bits `persons` need.
fn bits_for(persons: usize) -> u32 {
    (LEAST_BITS..MOST_BITS).find(|bits| persons >> bits < SHARD_PERSONS).unwrap_or(MOST_BITS)
}

impl<'a, S: Store> NameIndex<'a, S> {
    /// The index in `space`.
    pub fn new(space: &'a Space<'a, S>) -> Self {
        Self { space }
    }

    /// Whether the last listing is young enough to call a name unknown.
    ///
    /// # Errors
    /// The store's failure.
    pub fn is_fresh(&self, now: i64) -> Result<bool, StateError> {
        Ok(self.listed()?.is_some_and(|listed| (0..FRESH).contains(&(now - listed.at))))
    }

    /// Persons named `name` that no user of the portal has, each with the import that holds it.
    ///
    /// # Errors
    /// The store's failure.
    pub fn find(
        &self,
        users: &UserStore<'_, S>,
        name: &str,
    ) -> Result<Vec<(Candidate, Option<String>)>, StateError> {
        let (_, mut shard) = self.shard(name)?;
        let mut found = Vec::new();
        for row in shard.remove(name).unwrap_or_default() {
            let known =
                |user: &UserRecord| row.candidate.is_none() || user.person.is_some_and(|p| row.is_of(p));
            let import = match &row.user {
                Some(id) => users.get(id)?.filter(known).map(|user| (id.clone(), user)),
                None => None,
            };
            match (import, row.candidate) {
                (Some((id, user)), _) => {
                    let person = user.person.filter(|_| user.is_unadopted_import());
                    let proposed = |person| matching::proposed(person, &user.fields, &user.external_id);
                    found.extend(person.map(|person| (proposed(person), Some(id))));
                }
                (None, Some(candidate)) => found.push((candidate, None)),
                // The import is gone, or was adopted under another id.
                (None, None) => {}
            }
        }
        Ok(found)
    }

    /// Takes a person, or the import that holds it, off the index while a user is being linked to it, so that nobody
    /// else is.
    ///
    /// # Errors
    /// The store's failure.
    pub fn take(&self, name: &str, person: PersonId, import: Option<&str>) -> Result<(), StateError> {
        let (key, mut shard) = self.shard(name)?;
        let stays = |row: &Row| !row.is_of(person) && (import.is_none() || row.user.as_deref() != import);
        if let Some(rows) = shard.get_mut(name)
            && !rows.iter().all(stays)
        {
            rows.retain(stays);
            self.space.put(&key, &shard)?;
        }
        Ok(())
    }

    /// Replaces the index by what a complete listing told. Shards that stay the same are not written.
    ///
    /// # Errors
    /// The store's failure.
    pub fn replace(&self, users: &AllUsers, persons: &[Person], now: i64) -> Result<(), StateError> {
        let holders: BTreeMap<PersonId, (&String, &UserRecord)> = users
            .iter()
            .filter(|(_, user)| user.is_visible())
            .filter_map(|(id, user)| Some((user.person?, (id, user))))
            .collect();
        let bits = bits_for(persons.len());
        let mut shards: Vec<Shard> = vec![Shard::new(); 1 << bits];
        for person in persons {
            let row = match holders.get(&person.id) {
                Some((_, user)) if !user.is_unadopted_import() => continue,
                Some((id, _)) => Row { candidate: None, user: Some((*id).clone()) },
                None => Row { candidate: Some(matching::candidate(person)), user: None },
            };
            let name = Fields::of_person(person).match_name();
            let shard = &mut shards[shard_of(&name, bits) as usize];
            shard.entry(name).or_default().push(row);
        }
        for (number, shard) in (0..).zip(&mut shards) {
            for rows in shard.values_mut() {
                rows.sort_by(|a, b| a.place().cmp(&b.place()));
            }
            let key = shard_key(number, bits);
            if self.space.get::<Shard>(&key)?.unwrap_or_default() != *shard {
                self.space.put(&key, shard)?;
            }
        }
        self.space.put("n", &Listed { at: now, bits })
    }

    /// Those of `keys` (without the prefix) that are shards of another layout than today's: they can be erased.
    ///
    /// # Errors
    /// The store's failure.
    pub fn outgrown<'k>(&self, keys: &[&'k str]) -> Result<Vec<&'k str>, StateError> {
        let Some(Listed { bits: current, .. }) = self.listed()? else { return Ok(Vec::new()) };
        let is_outgrown = |key: &&&str| {
            let Some(shard) = key.strip_prefix("n:") else { return false };
            let bits = shard.split_once(':').map_or(Some(LEAST_BITS), |(bits, _)| bits.parse().ok());
            bits.is_some_and(|bits| bits != current)
        };
        Ok(keys.iter().filter(is_outgrown).copied().collect())
    }

    fn listed(&self) -> Result<Option<Listed>, StateError> {
        self.space.get("n")
    }

    /// The shard of `name`, and its key.
    fn shard(&self, name: &str) -> Result<(String, Shard), StateError> {
        let bits = self.listed()?.map_or(LEAST_BITS, |listed| listed.bits.clamp(LEAST_BITS, MOST_BITS));
        let key = shard_key(shard_of(name, bits), bits);
        let shard = self.space.get(&key)?.unwrap_or_default();
        Ok((key, shard))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Memory;

    fn persons(count: u32) -> Vec<Person> {
        let person = |number: u32| Person {
            first_name: Some(format!("Maximiliana {number}")),
            last_name: Some("von Habsburg-Lothringen".to_owned()),
            email: Some(format!("maximiliana.{number}@habsburg-lothringen.example")),
            ..Person::new(PersonId::derive(iloq_model::LockGroupId::ZERO, "person", "p", number))
        };
        (0..count).map(person).collect()
    }

    #[test]
    fn the_index_grows_with_the_persons_and_other_layouts_can_be_erased() {
        let store = Memory::default();
        let space = Space::system(&store, "s", "i");
        let (index, users) = (NameIndex::new(&space), UserStore::new(&space));
        let none = users.load().unwrap();
        let name = "maximiliana 7 von habsburg-lothringen";
        let own = || -> Vec<String> {
            let keys = store.keys().unwrap();
            keys.iter().filter_map(|key| key.strip_prefix(space.prefix())).map(str::to_owned).collect()
        };
        for (count, shards) in [(100, 1..=32), (60_000, 33..=64), (10, 1..=32)] {
            index.replace(&none, &persons(count), 1_000).unwrap();
            let found = index.find(&users, name).unwrap();
            assert_eq!(found.len(), 1, "{count}");
            assert!(index.is_fresh(2_000).unwrap());
            let own = own();
            let own: Vec<&str> = own.iter().map(String::as_str).collect();
            let outgrown = index.outgrown(&own).unwrap();
            let kept = own.iter().filter(|key| key.starts_with("n:") && !outgrown.contains(key)).count();
            assert!(shards.contains(&kept), "{kept} shards of {count} persons");
            outgrown.iter().for_each(|key| space.delete(key).unwrap());
        }
        index.take(name, persons(8)[7].id, None).unwrap();
        assert!(index.find(&users, name).unwrap().is_empty());
    }

    #[test]
    fn a_shard_of_the_first_release_is_read() {
        let store = Memory::default();
        let space = Space::system(&store, "s", "i");
        let id = persons(1)[0].id;
        let row = serde_json::json!({
            "c": { "personId": id, "firstName": "Anna", "lastName": "Aho" },
            "u": id,
        });
        space.put("n", &serde_json::json!({ "at": 1_000 })).unwrap();
        space.put(&shard_key(shard_of("anna aho", 5), 5), &serde_json::json!({ "anna aho": [row] })).unwrap();
        let found = NameIndex::new(&space).find(&UserStore::new(&space), "anna aho").unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0.first_name.as_str(), &found[0].1), ("Anna", &None));
    }
}

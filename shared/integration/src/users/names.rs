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
/// Shards of the index; each holds a part of the names.
const SHARD_BITS: u32 = 5;

/// When iLOQ's persons were last listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Listed {
    at: i64,
}

/// A person in the index, with the id under which it was (or would be) imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    #[serde(rename = "c")]
    candidate: Candidate,
    #[serde(rename = "u")]
    user: String,
}

type Shard = BTreeMap<String, Vec<Row>>;

/// The name index of one system.
pub struct NameIndex<'a, S> {
    space: &'a Space<'a, S>,
}

fn shard_of(name: &str) -> u32 {
    spread(name) >> (32 - SHARD_BITS)
}

fn shard_key(shard: u32) -> String {
    format!("n:{shard}")
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
        Ok(self.space.get::<Listed>("n")?.is_some_and(|listed| (0..FRESH).contains(&(now - listed.at))))
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
        let mut shard = self.space.get::<Shard>(&shard_key(shard_of(name)))?.unwrap_or_default();
        let mut found = Vec::new();
        for row in shard.remove(name).unwrap_or_default() {
            let person = row.candidate.person_id;
            match users.get(&row.user)? {
                Some(user) if user.person == Some(person) => {
                    if user.is_unadopted_import() {
                        found.push((row.candidate, Some(row.user)));
                    }
                }
                _ => found.push((row.candidate, None)),
            }
        }
        Ok(found)
    }

    /// Takes a person off the index that a user is being linked to, so that nobody else is.
    ///
    /// # Errors
    /// The store's failure.
    pub fn take(&self, name: &str, person: PersonId) -> Result<(), StateError> {
        let key = shard_key(shard_of(name));
        let mut shard = self.space.get::<Shard>(&key)?.unwrap_or_default();
        if let Some(rows) = shard.get_mut(name) {
            rows.retain(|row| row.candidate.person_id != person);
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
        let mut shards: Vec<Shard> = vec![Shard::new(); 1 << SHARD_BITS];
        for person in persons {
            let user = match holders.get(&person.id) {
                Some((_, user)) if !user.is_unadopted_import() => continue,
                Some((id, _)) => (*id).clone(),
                None => person.id.to_string(),
            };
            let name = Fields::of_person(person).match_name();
            let shard = &mut shards[shard_of(&name) as usize];
            shard.entry(name).or_default().push(Row { candidate: matching::candidate(person), user });
        }
        for (number, shard) in (0..).zip(&mut shards) {
            for rows in shard.values_mut() {
                rows.sort_by(|a, b| a.candidate.person_id.cmp(&b.candidate.person_id));
            }
            let key = shard_key(number);
            if self.space.get::<Shard>(&key)?.unwrap_or_default() != *shard {
                self.space.put(&key, shard)?;
            }
        }
        self.space.put("n", &Listed { at: now })
    }
}

//! A user as it is stored.

use std::collections::BTreeMap;

use iloq_model::{PersonId, ZoneId};
use portal_api::types::{BlockReason, Origin};
use serde::{Deserialize, Serialize};

use super::fields::Fields;
use crate::state::Waiting;

/// A user: what the portal has, what iLOQ had when both were last equal, and how the two are linked.
///
/// The record may lie in two places: under a key of its own, written by requests, and in a page,
/// written by runs. The greater `(rev, sub)` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UserRecord {
    /// Raised by every request that changes the user.
    #[serde(rename = "r")]
    pub rev: u64,
    /// Raised by what happens between two requests (linked, found gone, refused).
    #[serde(rename = "s", default, skip_serializing_if = "is_zero")]
    pub sub: u32,
    /// The request or run that wrote it: two writers of the same revision can be told apart.
    #[serde(rename = "n", default, skip_serializing_if = "String::is_empty")]
    pub writer: String,
    /// When the portal's side last changed, in milliseconds since the epoch.
    #[serde(rename = "t")]
    pub updated_at: i64,
    /// Where the user came from.
    #[serde(rename = "o", default = "portal", skip_serializing_if = "is_portal")]
    pub origin: Origin,
    /// Whether the portal has saved the user itself; an import is only adopted by that.
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    pub saved: bool,
    /// What the portal has.
    #[serde(rename = "f")]
    pub fields: Fields,
    /// Information fields that are not mapped to a field of iLOQ's person.
    #[serde(rename = "i", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub info: BTreeMap<String, String>,
    /// Zones that a new person is made in; empty: the system's default zone.
    #[serde(rename = "z", default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<ZoneId>,
    /// The last common value of the fields.
    #[serde(rename = "b", default, skip_serializing_if = "Base::is_none")]
    pub base: Base,
    /// iLOQ's person.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// The person's `ExternalPersonId` as last seen; empty if it has none.
    #[serde(rename = "e", default, skip_serializing_if = "String::is_empty")]
    pub external_id: String,
    /// Counts the persons made for this user, so that a re-created one gets a GUID of its own.
    #[serde(rename = "g", default, skip_serializing_if = "is_zero")]
    pub generation: u32,
    /// A person has decided that no other person is meant: names are not matched any more.
    #[serde(rename = "d", default, skip_serializing_if = "is_zero")]
    pub decided: bool,
    /// A deletion takes the person's keys away first.
    #[serde(rename = "k", default, skip_serializing_if = "is_zero")]
    pub remove_keys: bool,
    /// The user is blocked, or was and is about to get back what was taken.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Blocked>,
    /// How the two sides stand.
    #[serde(rename = "l")]
    pub link: Link,
    /// Why it is not linked, and when it is tried again.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
}

/// A block. What it took is in a journal of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// Why.
    #[serde(rename = "r")]
    pub reason: BlockReason,
    /// Physical keys stay with the person.
    #[serde(rename = "k", default, skip_serializing_if = "is_zero")]
    pub keep_keys: bool,
    /// Since when, in milliseconds since the epoch.
    #[serde(rename = "t")]
    pub at: i64,
    /// It does not hold any more.
    #[serde(rename = "o", default, skip_serializing_if = "is_zero")]
    pub lifted: bool,
    /// Now that it is lifted, what it took is given back; else that is only forgotten.
    #[serde(rename = "b", default, skip_serializing_if = "is_zero")]
    pub restore: bool,
}

/// The last value that both sides had.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Base {
    /// There was none yet.
    #[default]
    None,
    /// The same as the portal's fields now: the usual case, stored in few bytes.
    Same,
    /// Something else: the portal's fields have changed since.
    Was(Box<Fields>),
}

impl Base {
    fn is_none(&self) -> bool {
        *self == Self::None
    }
}

/// How the portal's user and iLOQ's person stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Link {
    /// Both sides are linked and were equal at last contact.
    Linked,
    /// The portal's side is not yet in iLOQ.
    Pending,
    /// Persons of the same name exist; a person decides.
    Conflict(Vec<Candidate>),
    /// The person was deleted in iLOQ; kept here.
    Gone,
    /// Deleted here, refused by iLOQ, hence back.
    Undeletable,
    /// Deleted here, not yet in iLOQ.
    Deleting,
    /// Deleted on both sides.
    Deleted,
    /// Adopted under another id.
    Moved(String),
}

/// A person that may be the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// The person.
    pub person_id: PersonId,
    /// Its first name in iLOQ.
    pub first_name: String,
    /// Its last name in iLOQ.
    pub last_name: String,
    /// Its e-mail address, if it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// Its `ExternalPersonId`, if it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub external_person_id: String,
}

fn portal() -> Origin {
    Origin::Portal
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_portal(origin: &Origin) -> bool {
    *origin == Origin::Portal
}

fn is_zero<T: PartialEq + Default>(value: &T) -> bool {
    *value == T::default()
}

impl UserRecord {
    /// About as many bytes as the record takes.
    #[must_use]
    pub fn size(&self) -> usize {
        let info: usize = self.info.iter().map(|(name, value)| name.len() + value.len() + 6).sum();
        let base = if let Base::Was(fields) = &self.base { fields.size() } else { 0 };
        let candidates = if let Link::Conflict(candidates) = &self.link { candidates.len() * 200 } else { 0 };
        let waiting = if self.waiting.is_some() { 600 } else { 0 };
        250 + self.fields.size() + base + info + self.zones.len() * 40 + candidates + waiting
    }

    /// A user that nobody has seen before, at revision 0.
    #[must_use]
    pub fn new(origin: Origin) -> Self {
        Self {
            rev: 0,
            sub: 0,
            writer: String::new(),
            updated_at: 0,
            origin,
            saved: false,
            fields: Fields::default(),
            info: BTreeMap::new(),
            zones: Vec::new(),
            base: Base::None,
            person: None,
            external_id: String::new(),
            generation: 0,
            decided: false,
            remove_keys: false,
            blocked: None,
            link: Link::Pending,
            waiting: None,
        }
    }

    /// Which of two copies holds: the greater.
    #[must_use]
    pub fn order(&self) -> (u64, u32) {
        (self.rev, self.sub)
    }

    /// The last common value of the fields.
    #[must_use]
    pub fn base(&self) -> Option<&Fields> {
        match &self.base {
            Base::None => None,
            Base::Same => Some(&self.fields),
            Base::Was(fields) => Some(fields),
        }
    }

    /// Sets the portal's fields, keeping the last common value.
    pub fn set_fields(&mut self, fields: Fields) {
        match &mut self.base {
            Base::None => {}
            Base::Same if self.fields != fields => {
                self.base = Base::Was(Box::new(std::mem::replace(&mut self.fields, fields)));
                return;
            }
            Base::Same => return,
            Base::Was(was) if **was == fields => self.base = Base::Same,
            Base::Was(_) => {}
        }
        self.fields = fields;
    }

    /// Both sides have `fields` now.
    pub fn set_common(&mut self, fields: Fields) {
        self.fields = fields;
        self.base = Base::Same;
    }

    /// Whether work for this user failed and is tried again, or waits for a person.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some() && self.link != Link::Undeletable
    }

    /// Whether nothing may be given to this user.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.blocked.is_some_and(|blocked| !blocked.lifted)
    }

    /// Whether the portal shows this user.
    #[must_use]
    pub fn is_visible(&self) -> bool {
        !matches!(self.link, Link::Deleting | Link::Deleted | Link::Moved(_))
    }

    /// Whether this is a person found in iLOQ that no user of the portal has been linked with yet.
    #[must_use]
    pub fn is_unadopted_import(&self) -> bool {
        self.origin == Origin::Iloq && !self.saved && matches!(self.link, Link::Linked)
    }
}

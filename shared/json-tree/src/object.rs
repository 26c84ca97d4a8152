//! Objects read member by member into a value that is there already.
//!
//! A derived reader keeps each member apart until all are there and leaves at the first error, which is some 300 bytes
//! of a guest for each member. Here a member is one call, and the first error waits for the end.

use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::Value;

use crate::{Error, Tree, error::WithPath};

/// Reads an object: `read` takes its members. `expected` says what it is, with its article.
///
/// # Errors
/// It is no object, or the first error of a member, with its path.
pub fn object<'de, D: Deserializer<'de>>(
    from: D,
    expected: &'static str,
    read: &mut dyn FnMut(&mut Object<'_>),
) -> Result<(), D::Error> {
    let tree = Tree::deserialize(from)?;
    members_of(&tree, expected, read).map_err(|error| D::Error::custom(WithPath(error)))
}

fn members_of(
    tree: &Tree<'_>,
    expected: &'static str,
    read: &mut dyn FnMut(&mut Object<'_>),
) -> Result<(), Error> {
    let Tree::Object(members) = tree else { return Err(tree.refused(&expected)) };
    let mut object = Object { members, error: None };
    read(&mut object);
    object.error.map_or(Ok(()), Err)
}

/// Makes a type that is an object readable: what it is with its article, the value that it starts as, and for each of
/// its fields how the member is read ([`Object`]) and its name.
#[macro_export]
macro_rules! members {
    ($type:ty, $expected:literal, $start:expr, { $($how:ident $name:literal => $($field:ident).+,)* }) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let mut value: Self = $start;
                $crate::object(from, $expected, &mut |members| {
                    $(members.$how($name, &mut value.$($field).+);)*
                })?;
                Ok(value)
            }
        }
    };
}

/// The members of an object. Names are compared without regard to ASCII case; of two of one name the last holds.
pub struct Object<'t> {
    members: &'t [(Cow<'t, str>, Tree<'t>)],
    error: Option<Error>,
}

impl<'t> Object<'t> {
    /// The member `name` into `slot`, which stays as it is if there is none.
    pub fn may<T: DeserializeOwned>(&mut self, name: &'static str, slot: &mut T) {
        if let Some(value) = self.member(name) {
            self.put(name, value, slot);
        }
    }

    /// The member `name` into `slot`, which stays as it is if there is none, or null.
    pub fn value<T: DeserializeOwned>(&mut self, name: &'static str, slot: &mut T) {
        if let Some(value) = self.member(name).filter(|value| **value != Tree::Null) {
            self.put(name, value, slot);
        }
    }

    /// The member `name` into `slot`. That there is none is an error; null is what `slot` is already.
    pub fn listed<T: DeserializeOwned>(&mut self, name: &'static str, slot: &mut T) {
        match self.member(name) {
            None => self.missing(name),
            Some(Tree::Null) => {}
            Some(value) => self.put(name, value, slot),
        }
    }

    /// The member `name` into `slot`. That there is none, or null, is an error.
    pub fn need<T: DeserializeOwned>(&mut self, name: &'static str, slot: &mut T) {
        match self.member(name) {
            None | Some(Tree::Null) => self.missing(name),
            Some(value) => self.put(name, value, slot),
        }
    }

    /// The members that are not among `names`, in their order.
    #[must_use]
    pub fn others(&self, names: &[&str]) -> Vec<(Box<str>, Value)> {
        let is_other = |name: &str| names.iter().all(|known| !known.eq_ignore_ascii_case(name));
        let others = self.members.iter().filter(|(name, _)| is_other(name));
        others.map(|(name, value)| (name.as_ref().into(), value.read().unwrap_or_default())).collect()
    }

    fn member(&self, name: &str) -> Option<&'t Tree<'t>> {
        let mut members = self.members.iter().rev();
        // The lengths first, and here: the comparison is a call, and of most members it would be in vain.
        let is_it = |member: &str| member.len() == name.len() && member.eq_ignore_ascii_case(name);
        members.find(|(member, _)| is_it(member)).map(|(_, value)| value)
    }

    fn put<T: DeserializeOwned>(&mut self, name: &'static str, value: &Tree<'_>, slot: &mut T) {
        match value.read() {
            Ok(value) => *slot = value,
            Err(error) => self.fail(error.in_member(name)),
        }
    }

    #[cold]
    fn missing(&mut self, name: &'static str) {
        self.fail(Error::missing_field(name));
    }

    #[cold]
    fn fail(&mut self, error: Error) {
        self.error.get_or_insert(error);
    }
}

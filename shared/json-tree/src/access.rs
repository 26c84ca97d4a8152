//! Elements, members and variants, one after another.

use std::{borrow::Cow, slice::Iter};

use serde::de::{DeserializeSeed, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor};

use crate::{Error, Tree};

type Member<'de> = (Cow<'de, str>, Tree<'de>);

/// The elements of a list.
pub(crate) struct Items<'de> {
    rest: Iter<'de, Tree<'de>>,
    next: usize,
}

impl<'de> Items<'de> {
    pub(crate) fn of(items: &'de [Tree<'de>]) -> Self {
        Self { rest: items.iter(), next: 0 }
    }
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(item) = self.rest.next() else { return Ok(None) };
        self.next += 1;
        match seed.deserialize(item) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(error.in_element(self.next - 1)),
        }
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }
}

/// The members of an object.
pub(crate) struct Members<'de> {
    rest: Iter<'de, Member<'de>>,
    current: Option<&'de Member<'de>>,
}

impl<'de> Members<'de> {
    pub(crate) fn of(members: &'de [Member<'de>]) -> Self {
        Self { rest: members.iter(), current: None }
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.current = self.rest.next();
        match self.current {
            Some((name, _)) => seed.deserialize(Name(name)).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let Some((name, value)) = self.current else { return Err(out_of_turn()) };
        match seed.deserialize(value) {
            Ok(value) => Ok(value),
            Err(error) => Err(error.in_member(name)),
        }
    }
}

#[cold]
fn out_of_turn() -> Error {
    serde::de::Error::custom("a value was asked for before its name")
}

/// A member's name: a string, whatever is expected of it.
struct Name<'de>(&'de str);

impl<'de> serde::Deserializer<'de> for Name<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str(self.0)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A variant: `"Name"`, or `{"Name": what it holds}`.
pub(crate) struct Variant<'de> {
    name: &'de str,
    value: Option<&'de Tree<'de>>,
}

impl<'de> Variant<'de> {
    pub(crate) fn of(tree: &'de Tree<'de>) -> Option<Self> {
        match tree {
            Tree::Text(name) => Some(Self { name, value: None }),
            Tree::Object(members) => match members.as_slice() {
                [(name, value)] => Some(Self { name, value: Some(value) }),
                _ => None,
            },
            _ => None,
        }
    }

    fn held(&self) -> Result<&'de Tree<'de>, Error> {
        self.value.ok_or_else(|| serde::de::Error::custom("the variant holds nothing"))
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        Ok((seed.deserialize(Name(self.name))?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.value {
            None => Ok(()),
            Some(value) => Err(value.refused(&"nothing in the variant")),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.held()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        serde::Deserializer::deserialize_tuple(self.held()?, length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        serde::Deserializer::deserialize_map(self.held()?, visitor)
    }
}

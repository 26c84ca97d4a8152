//! The tree.

use std::borrow::Cow;

use serde::de::{DeserializeOwned, Unexpected};

use crate::{Error, Kind};

/// One JSON value. Texts without escapes are borrowed from the text that was parsed.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree<'a> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Whole(i64),
    /// A whole number above what fits into an `i64`.
    Large(u64),
    /// Any other number.
    Float(f64),
    /// A string.
    Text(Cow<'a, str>),
    /// An array.
    List(Vec<Self>),
    /// An object; its members in the order in which they came.
    Object(Vec<(Cow<'a, str>, Self)>),
}

impl<'a> Tree<'a> {
    /// Parses a whole text. Nesting is limited to 128, as in `serde_json`.
    ///
    /// # Errors
    /// [`Error`] of any kind but [`Kind::Form`].
    pub fn parse(json: &'a [u8]) -> Result<Self, Error> {
        let mut text = serde_json::Deserializer::from_slice(json);
        let tree = <Self as serde::Deserialize>::deserialize(&mut text)
            .map_err(|error| if error.is_eof() { cut_off() } else { no_json() })?;
        text.end().map_err(|_| Error::new(Kind::Trailing, "something follows the JSON".to_owned()))?;
        Ok(tree)
    }

    /// Takes the member `name` out of an object; `None` if there is none, or it is no object.
    pub fn take(&mut self, name: &str) -> Option<Self> {
        let Self::Object(members) = self else { return None };
        let at = members.iter().position(|(member, _)| member == name)?;
        Some(members.swap_remove(at).1)
    }

    /// Reads the value that the tree stands for.
    ///
    /// # Errors
    /// [`Kind::Form`].
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(self)
    }

    #[cold]
    pub(crate) fn refused(&self, expected: &dyn serde::de::Expected) -> Error {
        let unexpected = match self {
            Self::Null => Unexpected::Other("null"),
            Self::Bool(value) => Unexpected::Bool(*value),
            Self::Whole(value) => Unexpected::Signed(*value),
            Self::Large(value) => Unexpected::Unsigned(*value),
            Self::Float(value) => Unexpected::Float(*value),
            Self::Text(value) => Unexpected::Str(value),
            Self::List(_) => Unexpected::Seq,
            Self::Object(_) => Unexpected::Map,
        };
        serde::de::Error::invalid_type(unexpected, expected)
    }
}

fn no_json() -> Error {
    Error::new(Kind::Syntax, "not JSON".to_owned())
}

fn cut_off() -> Error {
    Error::new(Kind::CutOff, "the JSON is cut off".to_owned())
}

//! The order of entries.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// What entries are sorted by: 24 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// Compared first, for example a time in milliseconds.
    pub major: i64,
    /// Compared second, for example a GUID.
    pub minor: u128,
}

impl Key {
    /// Before every other key.
    pub const MIN: Self = Self { major: i64::MIN, minor: 0 };
    /// After every other key.
    pub const MAX: Self = Self { major: i64::MAX, minor: u128::MAX };

    /// The key of these two.
    #[must_use]
    pub const fn new(major: i64, minor: u128) -> Self {
        Self { major, minor }
    }

    /// The first key with this `major`.
    #[must_use]
    pub const fn from_major(major: i64) -> Self {
        Self { major, minor: 0 }
    }

    /// The key right after; the last one stays.
    #[must_use]
    pub fn next(self) -> Self {
        match (self.minor.checked_add(1), self.major.checked_add(1)) {
            (Some(minor), _) => Self { minor, ..self },
            (None, Some(major)) => Self { major, minor: 0 },
            (None, None) => self,
        }
    }

    /// The key right before; the first one stays.
    #[must_use]
    pub fn prev(self) -> Self {
        match (self.minor.checked_sub(1), self.major.checked_sub(1)) {
            (Some(minor), _) => Self { minor, ..self },
            (None, Some(major)) => Self { major, minor: u128::MAX },
            (None, None) => self,
        }
    }
}

/// [`Key::minor`] as it is stored: 16 bytes in base64, a third shorter than in hexadecimal.
pub(super) struct Minor(pub(super) u128);

impl Serialize for Minor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&URL_SAFE_NO_PAD.encode(self.0.to_be_bytes()))
    }
}

impl<'de> Deserialize<'de> for Minor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        let mut bytes = [0; size_of::<u128>()];
        match URL_SAFE_NO_PAD.decode_slice(text.as_bytes(), &mut bytes) {
            Ok(length) if length == bytes.len() => Ok(Self(u128::from_be_bytes(bytes))),
            _ => Err(D::Error::custom("not 16 bytes in base64")),
        }
    }
}

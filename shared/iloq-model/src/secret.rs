//! Texts that must not be seen.

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

/// A password, a key or a session id: a [`SecretString`] with the equality and the `Deserialize` that records need.
///
/// It has no `Display`, cannot be serialised, its `Debug` hides it, and its memory is wiped when it is dropped.
#[derive(Clone, Debug)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text.into())
    }

    /// The text. Every use is a place where it could leak: keep them few.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose_secret() == other.expose_secret()
    }
}

impl Eq for Secret {}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let shown = format!("{:?}", Secret::from("hunter2"));
        assert!(shown.starts_with("Secret(") && !shown.contains("hunter2"), "{shown}");
    }

    #[test]
    fn secrets_are_equal_if_their_texts_are() {
        assert_eq!(serde_json::from_str::<Secret>("\"a\"").unwrap(), Secret::new("a".to_owned()));
        assert_ne!(Secret::from("a"), Secret::from("b"));
    }
}

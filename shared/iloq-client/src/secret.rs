//! Texts that must not be seen.

use std::fmt;

/// A password, a key or a session id. It has no `Display`, cannot be serialised, and its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Wraps a text.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text.into_boxed_str())
    }

    /// `text` without this secret, in whatever case it stands there.
    pub(crate) fn cut_from(&self, text: &str) -> String {
        // A very short secret would cut ordinary words to pieces and still be guessed from the gaps.
        if self.0.len() < 4 {
            return text.to_owned();
        }
        let (lower, secret) = (text.to_ascii_lowercase(), self.0.to_ascii_lowercase());
        let (mut out, mut from) = (String::with_capacity(text.len()), 0);
        for (at, found) in lower.match_indices(&secret) {
            out.push_str(&text[from..at]);
            out.push('…');
            from = at + found.len();
        }
        out.push_str(&text[from..]);
        out
    }

    /// The text. Every use is a place where it could leak: keep them few.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_cut_out_in_any_case() {
        let secret = Secret::from("3FA8-b");
        assert_eq!(secret.cut_from("id: 3fa8-B, 3fa8-b; ä3FA8"), "id: …, …; ä3FA8");
        assert_eq!(Secret::from("a").cut_from("banana"), "banana");
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Secret::from("hunter2")), "Secret(…)");
    }
}

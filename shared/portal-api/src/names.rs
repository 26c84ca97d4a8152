//! Names that callers choose: portal ids, request ids, actors, idempotency keys.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An id that the portal chose for a system or a user: `[A-Za-z0-9][A-Za-z0-9._~-]{0,63}`, but not `sync`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortalId(String);

impl PortalId {
    /// The id if `text` is a legal one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (is_token(text) && text != "sync").then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for PortalId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PortalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for PortalId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PortalId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not a portal id"))
    }
}

/// Whether `text` is `[A-Za-z0-9][A-Za-z0-9._~-]{0,63}`: the alphabet of portal ids and of the ids we make.
#[must_use]
pub fn is_token(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= 64
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(b))
}

/// The GUID in lower case if `text` is one (8-4-4-4-12 hexadecimal digits, any case).
#[must_use]
pub fn guid(text: &str) -> Option<String> {
    let dashes = [8, 13, 18, 23];
    let fits = text.len() == 36
        && text
            .bytes()
            .enumerate()
            .all(|(at, b)| if dashes.contains(&at) { b == b'-' } else { b.is_ascii_hexdigit() });
    fits.then(|| text.to_ascii_lowercase())
}

/// The caller's `X-Request-Id` if it may be used as it is: `[A-Za-z0-9._-]{1,64}`.
#[must_use]
pub fn request_id(header: Option<&str>) -> Option<&str> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    header.filter(|text| (1..=64).contains(&text.len()) && text.bytes().all(legal))
}

/// The caller's `X-Actor` for the audit trail: trimmed, 1 to 128 printable characters; else nothing.
#[must_use]
pub fn actor(header: Option<&str>) -> Option<&str> {
    let text = header?.trim();
    let count = text.chars().count();
    ((1..=128).contains(&count) && !text.chars().any(char::is_control)).then_some(text)
}

/// The caller's `Idempotency-Key` if it is one: 1 to 255 visible ASCII characters.
#[must_use]
pub fn idempotency_key(header: &str) -> Option<&str> {
    let fits = (1..=255).contains(&header.len()) && header.bytes().all(|b| b.is_ascii_graphic());
    fits.then_some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portal_ids() {
        let longest = "a".repeat(64);
        for good in ["a", "7", "A.b_c~d-e", longest.as_str(), "Sync", "sync2"] {
            assert_eq!(PortalId::parse(good).unwrap().as_str(), good);
        }
        let too_long = "a".repeat(65);
        for bad in ["", "sync", ".a", "-a", "_a", "~a", "a b", "a/b", "å", "a:b", too_long.as_str()] {
            assert_eq!(PortalId::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn guids_become_lower_case() {
        assert_eq!(
            guid("0F8FAD5B-D9CB-469F-A165-70867728950E").unwrap(),
            "0f8fad5b-d9cb-469f-a165-70867728950e"
        );
        for bad in [
            "",
            "0f8fad5bd9cb469fa16570867728950e",
            "{0f8fad5b-d9cb-469f-a165-70867728950e}",
            "0f8fad5b-d9cb-469f-a165-70867728950g",
        ] {
            assert_eq!(guid(bad), None, "{bad}");
        }
    }

    #[test]
    fn header_values() {
        assert_eq!(request_id(Some("a.B_9-")), Some("a.B_9-"));
        assert_eq!(request_id(Some(&"a".repeat(65))), None);
        assert_eq!(request_id(Some("a b")), None);
        assert_eq!(request_id(Some("")), None);
        assert_eq!(request_id(None), None);
        assert_eq!(actor(Some(" Åsa (desk 2) ")), Some("Åsa (desk 2)"));
        assert_eq!(actor(Some("a\u{7}")), None);
        assert_eq!(actor(Some(&"å".repeat(128))).map(str::len), Some(256));
        assert_eq!(actor(Some(&"å".repeat(129))), None);
        assert_eq!(actor(Some("  ")), None);
        assert_eq!(idempotency_key("order-1!"), Some("order-1!"));
        assert_eq!(idempotency_key(""), None);
        assert_eq!(idempotency_key("a b"), None);
        assert_eq!(idempotency_key(&"k".repeat(256)), None);
    }
}

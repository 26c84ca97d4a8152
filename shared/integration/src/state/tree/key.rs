//! The order of entries.

use json_tree::Tree as Json;
use portal_api::base64::URL;

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

    /// Writes `major,"minor"`: two elements of a list.
    pub(super) fn write(self, out: &mut String) {
        write_number(out, self.major);
        out.push_str(",\"");
        out.push_str(&URL.encode(self.minor.to_be_bytes()));
        out.push('"');
    }

    pub(super) fn read(major: &Json<'_>, minor: &Json<'_>) -> Option<Self> {
        let Json::Text(minor) = minor else { return None };
        let minor = URL.decode(minor)?.try_into().ok()?;
        Some(Self { major: number(major)?, minor: u128::from_be_bytes(minor) })
    }
}

/// Appends a number in decimal.
pub(super) fn write_number(out: &mut String, number: i64) {
    out.push_str(&number.to_string());
}

pub(super) fn number(json: &Json<'_>) -> Option<i64> {
    if let Json::Whole(number) = json { Some(*number) } else { None }
}

//! GUIDs: strict reading, and new ones.

use uuid::Uuid;

/// Reads a GUID in its text form with dashes, upper or lower case; nothing else.
pub(crate) fn parse(text: &str) -> Option<Uuid> {
    if text.len() != 36 {
        return None;
    }
    Uuid::try_parse(text).ok()
}

/// Makes GUIDs: the same ones for the same seed, in the same order.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    space: Uuid,
    next: u64,
}

impl Ids {
    /// A source for `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self { space: Uuid::new_v5(&Uuid::NAMESPACE_OID, &seed.to_be_bytes()), next: 0 }
    }

    /// The next GUID.
    pub(crate) fn next(&mut self) -> Uuid {
        self.next += 1;
        Uuid::new_v5(&self.space, &self.next.to_be_bytes())
    }
}

/// A GUID that nobody can foresee, for session ids: two simulators never give out the same.
pub(crate) fn unforeseeable() -> Uuid {
    use std::hash::{BuildHasher, Hasher};
    let half = || std::hash::RandomState::new().build_hasher().finish();
    uuid::Builder::from_u128((u128::from(half()) << 64) | u128::from(half()))
        .with_variant(uuid::Variant::RFC4122)
        .with_version(uuid::Version::Random)
        .into_uuid()
}

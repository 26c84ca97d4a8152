//! What a key is, and how far its programming has come.

use iloq_model::{Key, KeyState, KeyTypeMask, ProgrammingState};
use portal_api::types::{KeyStatus, KeyType};

/// The first of the contract's words that applies.
#[must_use]
pub fn of(key: &Key) -> KeyStatus {
    match key.state {
        Some(KeyState::Deleted) => return KeyStatus::Deleted,
        Some(KeyState::Returned) => return KeyStatus::Returned,
        Some(KeyState::Hidden) => return KeyStatus::Hidden,
        _ => {}
    }
    match key.programming_state {
        Some(ProgrammingState::Error) => KeyStatus::Error,
        Some(ProgrammingState::Ordered) if kind(key) == Some(KeyType::Mobile) => KeyStatus::Sent,
        Some(ProgrammingState::Ordered) => KeyStatus::Ordered,
        Some(ProgrammingState::Fetched | ProgrammingState::OnProgrammingKey) => KeyStatus::Fetched,
        Some(ProgrammingState::Programmed) => KeyStatus::Programmed,
        _ => KeyStatus::NotOrdered,
    }
}

/// Whether anything may be done to a key of that status.
#[must_use]
pub fn is_alive(status: KeyStatus) -> bool {
    !matches!(status, KeyStatus::Deleted | KeyStatus::Returned | KeyStatus::Hidden)
}

/// The key's type by the bits of its mask; `None` for what the portal does not know (S10 keys).
#[must_use]
pub fn kind(key: &Key) -> Option<KeyType> {
    let mask = key.kind.unwrap_or_default();
    let has = |bits: KeyTypeMask| mask.contains(bits);
    if has(KeyTypeMask::PHONE) {
        Some(KeyType::Mobile)
    } else if has(KeyTypeMask::EXTERNAL) {
        Some(KeyType::Tag)
    } else if has(KeyTypeMask::SERIES_5_KEY) {
        Some(KeyType::Key)
    } else if has(KeyTypeMask::FOB) {
        Some(KeyType::Fob)
    } else {
        None
    }
}

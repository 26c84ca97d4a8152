//! Keys: how answers show them, what is asked of them, and what became of that.

mod item;
mod refresh;
mod replace;
mod rights;
mod view;
mod words;

pub use item::{ItemsAnswer, KeyItem};
pub use refresh::{RefreshAnswer, RefreshItem, RefreshKeys, RefreshedKey};
pub use replace::ReplaceKey;
pub(super) use rights::access_rights;
pub use rights::{AttachKeys, KeyRights, PutAccessRights, PutKeys};
pub use view::{KeyRightsView, KeyView};
pub use words::{Effective, ItemAction, ItemOutcome, KeyStatus, KeyType};

/// The most keys that one call takes.
pub const MAX_KEYS: usize = 50;
/// The most access rights that a call takes for one key.
pub const MAX_RIGHTS: usize = 100;

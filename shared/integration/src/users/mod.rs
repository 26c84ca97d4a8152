//! Users: saved on one side, found on the other, kept equal.

pub mod changes;
mod delete;
pub mod fields;
mod input;
mod list;
mod matching;
mod merge;
mod names;
mod push;
mod record;
mod remove;
mod resolve;
mod retry;
mod routes;
mod save;
mod saving;
mod store;
pub mod sync;
pub mod view;
mod waiting;

pub use list::feed;
pub use names::NameIndex;
pub use record::{Blocked, Link, UserRecord};
pub use retry::{Tried, again, find as find_retry, give_up, retries, run_due};
pub use routes::{handle, handle_sync, visible};
pub use saving::Saving;
pub use store::UserStore;

//! Keys: listed, attached with their API rights, changed, taken away, refreshed.

pub(crate) mod block_list;
pub(crate) mod bring;
pub(crate) mod change;
pub(crate) mod detach;
mod follow;
pub(crate) mod holder;
mod holders;
pub(crate) mod invitation;
pub mod job;
pub(crate) mod list;
pub mod list_order;
pub(crate) mod order;
pub(crate) mod record;
mod refresh;
mod replace;
pub(crate) mod rights;
mod routes;
pub(crate) mod sending;
pub(crate) mod set_rights;
pub(crate) mod settle;
pub(crate) mod status;
mod take_away;
pub(crate) mod verdict;

pub use record::{KeyRecord, KeyStore, Seen};
pub use routes::{handle, handle_block_list, handle_rights};
pub use take_away::{Taken, look_at_phone, take_away};

//! Keys: listed, attached with their API rights, changed, taken away, refreshed.

mod block_list;
mod bring;
mod change;
mod holder;
pub mod job;
mod list;
mod order;
mod record;
mod refresh;
mod replace;
mod rights;
mod routes;
mod status;
mod take_away;

pub use record::{KeyRecord, KeyStore};
pub use routes::{handle, handle_block_list, handle_rights};
pub use take_away::{Taken, take_away};

//! The other side: a plain client of iLOQ's API.
//!
//! It does each job as it is commonly written from iLOQ's documentation: it signs in for each operation (GetUrl,
//! CreateSession, LockGroups, SetLockgroup), looks for the person in the whole listing, makes one call after another on
//! a connection that is kept, asks before it orders, and ends the session. It repeats nothing and remembers nothing that
//! is not in its own database, and it is trusted not to be interrupted: what it leaves out to be safe is in its favour.

mod keys;
mod log;
mod persons;
mod session;

pub use keys::{block, change_rights, link, send_mobile_key};
pub use log::{Log, span, windows};
pub use persons::{Person, Persons, push, save};
pub use session::Session;
